"""Signal outputs in the admin: the list, the page, moves by hand."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pages.middleware import ZONE_COOKIE
from signals import services
from signals.admin.outputs import LARGE_COLUMNS
from signals.admin.reading import MAX_DEPTH, label, readable
from signals.models import SignalOutput
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db

LIST = reverse("admin:signals_signaloutput_changelist")
PAYLOAD = {
    "ticker": "VNM",
    "event_type": "earnings",
    "event_date": "2026-11-20",
    "source": "hose",
    "task_id": "morning",
    "task_name": "Morning report",
}


def ingested(**more: Any) -> SignalOutput:
    return services.ingest(PAYLOAD | more)[0]


def page(signal: SignalOutput, name: str = "change") -> str:
    return reverse(f"admin:signals_signaloutput_{name}", args=[signal.pk])


def body(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def listed(client: Client, query: str) -> list[int]:
    return [row.pk for row in client.get(f"{LIST}?{query}").context["cl"].result_list]


def staff(*names: str) -> Client:
    user = make_user(is_staff=True, username="an")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


# -- the list


@pytest.mark.parametrize(
    "query",
    ["status__exact=new", "ticker__icontains=vnm", "event_type__icontains=earn",
     "source__icontains=hose", "event_date_from=2026-11-20&event_date_to=2026-11-20",
     "q=morning"],
)  # fmt: skip
def test_the_list_can_be_narrowed(admin_client, query):
    wanted = ingested()
    services.ingest({"ticker": "FPT", "event_date": "2026-11-21"})
    SignalOutput.objects.exclude(pk=wanted.pk).update(
        status="completed", finished_at=timezone.now()
    )
    assert listed(admin_client, query) == [wanted.pk]


def test_the_days_of_creation_are_the_readers(admin_client):
    signal = ingested()
    # 00:30 on the 21st in Ho Chi Minh, the 20th in UTC.
    SignalOutput.objects.update(created_at="2026-11-20T17:30:00Z")
    admin_client.cookies[ZONE_COOKIE] = "Asia/Ho_Chi_Minh"
    query = "created_at_from=2026-11-21&created_at_to=2026-11-21"
    assert listed(admin_client, query) == [signal.pk]
    admin_client.cookies[ZONE_COOKIE] = "UTC"
    assert listed(admin_client, query) == []


def test_a_day_that_is_none_narrows_nothing(admin_client):
    signal = ingested()
    assert listed(admin_client, "created_at_from=soon") == [signal.pk]


def test_the_list_asks_as_much_for_ten_signals_as_for_one(
    admin_client, django_assert_num_queries
):
    def one() -> None:
        run = make_run()
        ingested(run_id=str(run.id), task_id=run.task_id)

    one()
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(LIST)
    for _ in range(9):
        one()
    with django_assert_num_queries(len(asked)):
        admin_client.get(LIST)


def test_the_list_loads_no_large_columns(admin_client):
    ingested(content="x")
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(LIST)
    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert '"signals_signaloutput"."ticker"' in said
    for column in LARGE_COLUMNS:
        assert f'"signals_signaloutput"."{column}"' not in said


def test_an_empty_list_says_where_signals_come_from(admin_client):
    assert "downstream jobs" in body(admin_client, LIST)


@pytest.mark.parametrize("where", ["list", "page"])
def test_a_signal_leads_to_its_run_and_task(admin_client, where):
    run = make_run()
    signal = ingested(run_id=str(run.id), task_id=run.task_id)
    shown = body(admin_client, LIST if where == "list" else page(signal))
    assert reverse("admin:scheduling_run_change", args=[run.id]) in shown
    assert reverse("admin:scheduling_scheduledtask_change", args=[run.task_id]) in shown


@pytest.mark.parametrize("run_id", ["0a4c", str(uuid.UUID(int=1)), ""])
@pytest.mark.parametrize("where", ["list", "page"])
def test_what_is_not_there_is_no_link(admin_client, where, run_id):
    signal = ingested(run_id=run_id)
    shown = body(admin_client, LIST if where == "list" else page(signal))
    assert f"/scheduling/run/{run_id}" not in shown or not run_id
    assert "/scheduling/scheduledtask/morning" not in shown


def test_who_may_not_see_runs_gets_no_link():
    run = make_run()
    signal = ingested(run_id=str(run.id), task_id=run.task_id)
    shown = body(staff("view_signaloutput"), page(signal))
    assert f"/scheduling/run/{run.id}" not in shown


# -- the page


def test_layers_and_factors_are_readable(admin_client):
    signal = ingested(
        layer1_result={"score": 0.7, "is_new": True, "by": {"price_change": -1.2}},
        signal_factors=[{"name": "volume", "weight": 3}, {"name": "trend"}],
    )
    shown = body(admin_client, page(signal))
    assert "<dt>Price change</dt>" in shown
    assert '<th scope="col">Weight</th>' in shown
    assert shown.count("volume") == 2  # readable, and in the whole data


def test_markup_in_a_signal_stays_text(admin_client):
    evil = "<script>x()</script>"
    signal = ingested(
        content={evil: evil},
        metadata={"a": evil},
        layer1_result=[{evil: evil}, {evil: 1}],
        ticker=evil,
        source=evil,
        task_name=evil,
    )
    for url in (LIST, page(signal)):
        assert evil not in body(admin_client, url)


def test_the_page_tells_who_moved_it_and_when(admin_client):
    signal = ingested()
    (taken,) = services.claim(consumer="scorer")
    services.fail(taken.pk, taken.lease_token, "no price")
    shown = body(admin_client, page(signal))
    assert "run morning" in shown
    assert "scorer" in shown
    assert "no price" in shown


def test_a_lease_is_told_and_its_token_is_not(admin_client):
    signal = ingested()
    (taken,) = services.claim(consumer="scorer")
    shown = body(admin_client, page(signal))
    assert "Held by" in shown
    assert str(taken.lease_token) not in shown


def test_a_lease_that_is_over_is_said_so(admin_client):
    signal = ingested()
    services.claim(consumer="scorer")
    SignalOutput.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    assert '<span class="bb-bad">ended</span>' in body(admin_client, page(signal))


def test_nobody_edits_a_signal(admin_client):
    signal = ingested()
    assert admin_client.post(page(signal), {"status": "failed"}).status_code == 403


# -- reading


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "nothing"), ({}, "nothing"), (0, "text"), (False, "no"), ("x", "text"),
     ({"a": 1}, "rows"), ([1, 2], "items"), ([{"a": 1}, {"b": 2}], "table"),
     ([{"a": 1}], "items"), ([{"a": 1}, 2], "items"),
     ([{str(n): n for n in range(11)}] * 2, "items"), (list(range(101)), "json")],
)  # fmt: skip
def test_each_value_has_a_shape(value, kind):
    assert readable(value)["kind"] == kind


def test_what_is_deep_is_json():
    value: Any = "leaf"
    for _ in range(MAX_DEPTH + 2):
        value = {"a": value}
    node = readable(value)
    for _ in range(MAX_DEPTH):
        ((_name, node),) = node["rows"]
    assert node["kind"] == "json"
    assert "leaf" in node["text"]


def test_a_great_document_is_not_unfolded():
    value = [[[n] * 20] * 20 for n in range(20)]
    assert "json" in {each["kind"] for each in readable(value)["items_list"]}


@pytest.mark.parametrize(
    ("key", "words"),
    [("price_change", "Price change"), ("EPS", "EPS"), ("giá", "giá"), ("_", "_"),
     ("2026-11", "2026-11")],
)  # fmt: skip
def test_keys_read_as_words_where_they_are_identifiers(key, words):
    assert label(key) == words


# -- moves by hand


def move(client: Client, signal: SignalOutput, **given: Any) -> Any:
    seen = f"{signal.status}-{signal.claims}"
    sent = {"status": "failed", "seen": seen, "note": "no use"} | given
    return client.post(page(signal, "move"), sent, follow=True)


def test_a_person_who_may_consume_moves_a_signal_by_hand():
    client, signal = staff("view_signaloutput", "consume_signaloutput"), ingested()
    assert "Mark as failed" in body(client, page(signal))
    assert "The signal was moved." in move(client, signal).content.decode()
    signal.refresh_from_db()
    last = signal.moves.last()
    assert (signal.status, last.actor, last.note) == ("failed", "an", "no use")


@pytest.mark.parametrize(
    "names",
    [["view_signaloutput"], ["consume_signaloutput"], ["change_signaloutput"]],
)
def test_others_do_not_move_signals(names):
    client, signal = staff(*names), ingested()
    assert move(client, signal).status_code == 403
    signal.refresh_from_db()
    assert signal.status == "new"


def test_a_viewer_is_shown_no_moves_by_hand():
    assert "Mark as failed" not in body(staff("view_signaloutput"), page(ingested()))


def test_a_stranger_is_sent_to_sign_in(client):
    answer = client.post(page(ingested(), "move"), {"status": "failed"})
    assert "/login/" in answer.url


def test_nothing_moves_by_get(admin_client):
    signal = ingested()
    assert admin_client.get(page(signal, "move")).status_code == 405


def test_a_move_needs_the_token_of_the_form(admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert move(client, ingested()).status_code == 403


def test_whoever_saw_an_older_state_is_told_to_look_again(admin_client):
    signal = ingested()
    services.claim(consumer="scorer")
    assert "look again" in move(admin_client, signal).content.decode()
    signal.refresh_from_db()
    assert signal.status == "processing"


@pytest.mark.parametrize("status", ["new", "processing", "gone", ""])
def test_a_move_that_is_none_is_refused_in_words(admin_client, status):
    signal = ingested()
    said = move(admin_client, signal, status=status).content.decode()
    assert "cannot be made" in said
    assert signal.moves.count() == 1


def test_a_signal_that_is_gone_is_not_found(admin_client):
    signal = ingested()
    url = page(signal, "move")
    signal.delete()
    assert admin_client.post(url, {}).status_code == 404


def test_event_dates_are_shown_as_they_are(admin_client):
    signal = ingested()
    assert signal.event_date == date(2026, 11, 20)
    assert "2026-11-20" in body(admin_client, page(signal))
