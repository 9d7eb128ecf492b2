"""History and the page of a run, as they come to a browser."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Attempt, ChatSession, Delivery
from scheduling import history, services
from scheduling.models import Agent, Run
from scheduling.templatetags.runs import dollars, duration
from signals.models import SignalOutput
from tests.factories import (
    make_agent,
    make_delivery,
    make_member,
    make_run,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.trees import TWELVE, begin, end, end_run, make_tree, run_of

pytestmark = pytest.mark.django_db
LIST = "/admin/scheduling/run/"
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)  # twelve in Ho Chi Minh City


def browser(group: str) -> Client:
    client = Client()
    client.force_login(make_member(group))
    return client


@pytest.fixture
def viewer() -> Client:
    return browser("viewers")


@pytest.fixture
def operator() -> Client:
    return browser("operators")


def link(run: Run, name: str = "change") -> str:
    return reverse(f"admin:scheduling_run_{name}", args=[run.pk])


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return re.sub(r"\s+", " ", answer.content.decode())


def rows(client: Client, query: str = "") -> list[Run]:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200, query
    return list(answer.context["cl"].result_list)


# -- the list


def test_a_row_tells_what_came_of_a_run(viewer):
    run = make(
        "failed",
        failure_reason="timeout",
        input_tokens=12_345,
        output_tokens=67,
        cost=Decimal("0.0123"),
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=75),
    )
    body = text(viewer, LIST)
    for said in ("Failed", "Deadline passed", "Manual", "1 min 15 s", "12,345 / 67", "$0.0123"):  # fmt: skip
        assert said in body
    assert link(run) in body
    assert reverse("admin:scheduling_scheduledtask_change", args=[run.task_id]) in body


def test_a_slot_is_told_in_the_tasks_zone(viewer):
    task = make_task(timezone="Asia/Ho_Chi_Minh")
    make("succeeded", task, scheduled_for=NOON)
    assert "2026-05-04 12:00:00 Asia/Ho_Chi_Minh" in text(viewer, LIST)


def test_a_row_that_stands_for_several_slots_says_how_many_and_which(viewer):
    task = make_task(timezone="UTC")
    last = NOON + timedelta(hours=3)
    make("skipped", task, scheduled_for=NOON, slots=4, last_slot=last)
    body = text(viewer, LIST)
    assert "Backbeat was not running" in body
    assert "4 slots" in body
    assert "2026-05-04 05:00:00 UTC – 2026-05-04 08:00:00 UTC" in body


def test_a_row_sums_up_its_deliveries(viewer):
    run = make("succeeded")
    for number in range(3):
        webhook = make_webhook(run.task, name=f"hook {number}")
        status = "failed" if number == 0 else "delivered"
        make_delivery(webhook, run_id=run.id, status=status, finished_at=NOON)
    body = text(viewer, LIST)
    assert "2 delivered" in body
    assert "1 failed" in body


def test_history_is_newest_first(viewer):
    old, new = make("succeeded", created_at=NOON), make("succeeded")
    assert rows(viewer) == [new, old]


def test_history_of_one_task_is_named_after_it(viewer):
    mine, _ = make("succeeded", make_task(name="Mine")), make("succeeded")
    query = f"task__id__exact={mine.task_id}"
    assert rows(viewer, query) == [mine]
    assert "History of Mine" in text(viewer, f"{LIST}?{query}")


def test_history_of_a_deleted_task_is_found_by_its_id(viewer):
    gone = make("succeeded", make_task(id="gone", name="Gone"))
    make("succeeded")
    gone.task.delete()
    assert rows(viewer, "task_ref=gone") == [gone]
    body = text(viewer, f"{LIST}?task_ref=gone")
    assert "History of Gone" in body
    assert "(deleted)" in body


def test_history_can_be_narrowed_to_a_status_a_trigger_a_reason_or_an_agent(viewer):
    agent = make_agent(id="other", name="Other")
    failed = make("failed", make_task(agent=agent), failure_reason="lost")
    skipped = make("skipped", skip_reason="overlap", trigger="api")
    assert rows(viewer, "status__exact=failed") == [failed]
    assert rows(viewer, "trigger__exact=api") == [skipped]
    assert rows(viewer, "reason=lost") == [failed]
    assert rows(viewer, "reason=overlap") == [skipped]
    assert rows(viewer, "agent__id__exact=other") == [failed]


def test_a_reason_that_both_have_finds_both(viewer):
    make("succeeded")
    spent = make("failed", failure_reason="budget")
    unused = make("skipped", skip_reason="budget")
    assert set(rows(viewer, "reason=budget")) == {spent, unused}


def test_a_range_of_days_is_whole_days_of_the_reader(viewer):
    viewer.cookies["timezone"] = "Asia/Ho_Chi_Minh"
    late = make("succeeded", created_at=datetime(2026, 5, 4, 16, 59, tzinfo=UTC))
    make("succeeded", created_at=datetime(2026, 5, 4, 17, 0, tzinfo=UTC))
    early = make("succeeded", created_at=datetime(2026, 5, 3, 17, 0, tzinfo=UTC))
    found = rows(viewer, "created_at_from=2026-05-04&created_at_to=2026-05-04")
    assert found == [late, early]


def test_a_day_that_is_none_is_said(viewer):
    make("succeeded")
    body = text(viewer, f"{LIST}?created_at_from=yesterday")
    assert "“yesterday” is not a date" in body


@pytest.mark.parametrize("term", ["orning rep", "report-7", "REPORT-7"])
def test_the_search_finds_runs_by_their_task(viewer, term):
    run = make("succeeded", make_task(id="report-7", name="Morning report"))
    make("succeeded", make_task(name="Other"))
    assert rows(viewer, f"q={term}") == [run]


def test_the_search_finds_a_run_by_its_id_and_a_deleted_tasks_runs(viewer):
    run = make("succeeded", make_task(id="gone"))
    make("succeeded")
    run.task.delete()
    assert rows(viewer, f"q={run.id}") == [run]
    assert rows(viewer, "q=gone") == [run]


def test_a_long_history_is_counted_so_far_and_no_further(viewer, monkeypatch):
    monkeypatch.setattr("scheduling.admin.run.paging.MOST", 60)
    task = make_task()
    Run.objects.bulk_create(
        Run(task=task, task_ref=task.id, task_name=task.name, trigger="manual")
        for _ in range(70)
    )
    body = text(viewer, LIST)
    assert "the latest 60 runs" in body
    assert len(rows(viewer, "p=2")) == 10


def test_an_empty_history_says_what_will_be_there(viewer):
    assert "Nothing has run yet" in text(viewer, LIST)
    assert "No run is like that" in text(viewer, f"{LIST}?status__exact=failed")


def test_an_agent_whose_key_is_lost_can_still_be_a_filter(viewer):
    run = make("succeeded")
    Agent.objects.update(credentials={"api_key": "k"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_agent SET credentials='enc1:bad'")
    assert rows(viewer, f"agent__id__exact={run.agent_id}") == [run]
    assert viewer.get(link(run)).status_code == 200


# -- the strip


def test_the_strip_shows_the_last_sixty_oldest_first(viewer):
    task = make_task()
    made = [
        make("succeeded", task, created_at=NOON + timedelta(minutes=minute))
        for minute in range(62)
    ]
    shown = history.last_runs(task_id=task.id)
    assert shown == made[2:]
    body = text(viewer, f"{LIST}?task__id__exact={task.id}")
    assert body.count('class="bb-bar bb-bar-succeeded" href') == 60


def test_a_bar_of_the_strip_leads_to_its_run_and_names_it(viewer):
    task = make_task(timezone="UTC")
    run = make("failed", task, scheduled_for=NOON, started_at=NOON, finished_at=NOON + timedelta(seconds=2))  # fmt: skip
    body = text(viewer, f"{LIST}?task__id__exact={task.id}")
    assert f'href="{link(run)}" title="Failed (Error) · 2026-05-04 05:00:00 UTC · 2 s"' in body  # fmt: skip
    assert "1 × Failed" in body


# -- the page


def test_the_page_shows_the_output_as_markdown_raw_and_data(viewer):
    run = make("succeeded", output="# Title\n\n**bold**", output_data={"a": [1, "é"]})
    body = viewer.get(link(run)).content.decode()
    assert "<strong>bold</strong>" in body
    assert "# Title\n\n**bold**" in body
    assert "&quot;é&quot;" in body


def test_what_an_agent_or_a_receiver_says_stays_text(viewer):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    run = make(
        "failed",
        make_task(name=evil),
        output=evil,
        output_data={evil: evil},
        error=evil,
        error_trace=evil,
        system_prompt=evil,
        input_message=evil,
        metadata={evil: evil, "list": [evil]},
        worker=evil,
        model=evil,
    )
    webhook = make_webhook(run.task, name=evil)
    delivery = make_delivery(webhook, run_id=run.id, status="failed", error=evil, finished_at=NOON)  # fmt: skip
    Attempt.objects.create(delivery=delivery, number=1, started_at=NOON, request_body=evil, response=evil, error=evil)  # fmt: skip
    for url in (link(run), link(run, "live"), LIST):
        body = viewer.get(url).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body


def test_a_long_output_is_shown_in_part_and_downloaded_whole(viewer, monkeypatch):
    monkeypatch.setattr("scheduling.admin.run.page.MAX_CHARS", 100)
    run = make("succeeded", output="word " * 100 + "END")
    body = text(viewer, link(run))
    assert "The first 100 of 503 characters are shown" in body
    assert "END</pre>" not in body
    answer = viewer.get(link(run, "output"))
    assert answer.content.decode() == run.output
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{run.id}.txt"'


def test_typed_output_is_downloaded_as_json(viewer):
    run = make("succeeded", output_data={"ticker": "FPT"})
    answer = viewer.get(link(run, "data"))
    assert answer.json() == {"ticker": "FPT"}
    assert "attachment" in answer["Content-Disposition"]


def test_the_page_shows_the_exact_prompt_and_what_it_took(viewer):
    run = make(
        "succeeded",
        system_prompt="You are terse.",
        input_message="Report for 2026-05-04.",
        model="gpt-x",
        requests=2,
        input_tokens=1234,
        tool_calls=3,
        worker="celery@one",
        attempt=2,
        metadata={"sources": ["a"], "mood": "calm"},
    )
    body = text(viewer, link(run))
    for said in ("You are terse.", "Report for 2026-05-04.", "gpt-x", "1,234", "celery@one", "2 of 3", "calm"):  # fmt: skip
        assert said in body


def test_an_error_is_told_with_its_trace_folded(viewer):
    run = make("failed", failure_reason="lost", error="The worker fell silent.", error_trace="Traceback: x")  # fmt: skip
    body = text(viewer, link(run))
    assert "Worker lost" in body
    assert "The worker fell silent." in body
    assert re.search(r'<details id="run-trace">.*Traceback: x', body)


def test_the_page_leads_to_the_session_the_signals_and_the_reruns(viewer):
    run = make("succeeded", user_id="45")
    again = make("succeeded", run.task, rerun_of=run, trigger="rerun")
    session = ChatSession.objects.create(user_id="45", run_id=run.id, title="Report")
    signal = SignalOutput.objects.create(run_id=str(run.id), ticker="FPT")
    body = text(viewer, link(run))
    for name, row in (("notifications_chatsession", session), ("signals_signaloutput", signal), ("scheduling_run", again)):  # fmt: skip
        assert reverse(f"admin:{name}_change", args=[row.pk]) in body
    assert link(run) in text(viewer, link(again))


def test_each_delivery_is_shown_with_its_attempts(viewer):
    run = make("succeeded")
    webhook = make_webhook(run.task, name="Team channel")
    delivery = make_delivery(webhook, run_id=run.id, status="failed", error="gone", finished_at=NOON)  # fmt: skip
    Attempt.objects.create(delivery=delivery, number=1, started_at=NOON, status_code=410, response="no such hook")  # fmt: skip
    body = text(viewer, link(run))
    for said in ("Team channel", "HTTP 410", "no such hook", "gone"):
        assert said in body


@pytest.mark.parametrize(
    ("form", "url", "code", "said"),
    [("email", "mailto:an@example.org", 250, "SMTP 250"), ("chat", "", 200, "")],
)
def test_an_attempt_speaks_of_http_only_where_there_was_some(viewer, form, url, code, said):  # fmt: skip
    run = make("succeeded")
    webhook = make_webhook(run.task, format=form, url=url)
    delivery = make_delivery(webhook, run_id=run.id, status="delivered", finished_at=NOON)  # fmt: skip
    Attempt.objects.create(delivery=delivery, number=1, started_at=NOON, status_code=code)  # fmt: skip
    body = text(viewer, link(run))
    assert said in body
    assert "HTTP" not in body


def test_the_timeline_goes_from_the_slot_to_the_last_delivery():
    run = make(
        "succeeded",
        make_task(),
        trigger="schedule",
        scheduled_for=NOON,
        created_at=NOON + timedelta(milliseconds=40),
        started_at=NOON + timedelta(milliseconds=90),
        finished_at=NOON + timedelta(seconds=9),
    )
    delivery = make_delivery(make_webhook(run.task), run_id=run.id, status="delivered", finished_at=NOON + timedelta(seconds=10))  # fmt: skip
    moments = history.timeline(run, [delivery])
    assert [str(each.what) for each in moments] == ["Slot", "Queued", "Started", "Succeeded", "hook: Delivered"]  # fmt: skip
    assert [duration(each.after) for each in moments] == ["0 ms", "40 ms", "90 ms", "9 s", "10 s"]  # fmt: skip


@pytest.mark.parametrize("wrong", ["no-such-run", str(uuid.UUID(int=7))])
def test_a_run_that_is_not_there_leads_back_with_a_word(viewer, wrong):
    answer = viewer.get(f"{LIST}{wrong}/change/", follow=True)
    assert "doesn’t exist" in answer.content.decode()


# -- what people do


def test_a_viewer_sees_everything_but_the_buttons(viewer):
    body = text(viewer, link(make("running")))
    assert "Cancel</button>" not in body
    assert link(make("succeeded"), "rerun") not in body


@pytest.mark.parametrize("verb", ["cancel", "rerun"])
def test_a_viewer_cannot_operate_a_run(viewer, verb):
    run = make("queued")
    assert viewer.post(link(run, verb)).status_code == 403
    run.refresh_from_db()
    assert run.status == "queued"
    assert Run.objects.count() == 1


@pytest.mark.parametrize("verb", ["cancel", "rerun"])
def test_nothing_is_changed_by_get(operator, verb):
    run = make("queued")
    assert operator.get(link(run, verb)).status_code == 405
    run.refresh_from_db()
    assert run.status == "queued"
    assert Run.objects.count() == 1


def test_the_page_itself_takes_no_post(operator):
    assert operator.post(link(make("queued")), {"status": "failed"}).status_code == 405


def test_an_operator_cancels_a_run(operator):
    run = make("queued")
    assert link(run, "cancel") in text(operator, link(run))
    assert operator.post(link(run, "cancel"))["Location"] == link(run)
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_rerun_leads_to_the_new_run(operator):
    run = make("failed")
    assert link(run, "rerun") in text(operator, link(run))
    answer = operator.post(link(run, "rerun"))
    again = run.reruns.get()
    assert answer["Location"] == link(again)
    assert (again.trigger, again.status) == ("rerun", "queued")


def test_what_cannot_be_done_is_said_on_the_page(operator):
    run = make("succeeded")
    answer = operator.post(link(run, "cancel"), follow=True)
    assert "already ended" in answer.content.decode()
    Agent.objects.update(active=False)
    answer = operator.post(link(run, "rerun"), follow=True)
    assert "switched off" in answer.content.decode()


def test_a_run_of_a_deleted_task_offers_no_rerun(operator):
    run = make("succeeded")
    run.task.delete()
    assert link(run, "rerun") not in text(operator, link(run))


def test_several_runs_are_cancelled_and_what_refuses_is_told(operator):
    runs = [make("queued"), make("queued"), make("succeeded")]
    chosen = {"action": "cancel", "_selected_action": [run.pk for run in runs]}
    body = operator.post(LIST, chosen, follow=True).content.decode()
    assert "Cancelling 2 runs." in body
    assert "already ended" in body


def test_nobody_who_may_not_look_at_runs_sees_any_of_it():
    client = Client()
    client.force_login(make_user(is_staff=True))
    run = make("succeeded", output="x")
    for url in (LIST, *(link(run, name) for name in ("change", "live", "output", "data"))):  # fmt: skip
        assert client.get(url).status_code == 403, url


def test_deliveries_are_for_those_who_may_look_at_them():
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_run"))
    client = Client()
    client.force_login(user)
    run = make("succeeded")
    make_delivery(make_webhook(run.task, name="Secret place"), run_id=run.id)
    assert "Secret place" not in text(client, link(run))
    assert "1 pending" not in text(client, LIST)


# -- following


def poll(client: Client, run: Run) -> Any:
    """Ask for news as the page would."""
    found = re.search(
        r'hx-get="([^"]+/live/[^"]+)"', client.get(link(run)).content.decode()
    )
    assert found, "the page does not follow this run"
    return found[1].replace("&amp;", "&")


def test_nothing_new_is_answered_without_a_body(viewer):
    run = make("running")
    answer = viewer.get(poll(viewer, run))
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_run_that_has_ended_is_shown_and_followed_no_more(viewer):
    run = make("running")
    url = poll(viewer, run)
    Run.objects.update(status="succeeded", finished_at=timezone.now(), output="Done.", lease_token=None, lease_expires_at=None)  # fmt: skip
    body = viewer.get(url).content.decode()
    assert "<title>Succeeded · Morning report | Backbeat</title>" in body
    assert 'id="run-result" hx-swap-oob="innerHTML"' in body
    assert "Done." in body
    assert "hx-get" not in body


def test_a_delivery_under_way_is_followed_without_touching_the_output(viewer):
    run = make("succeeded", output="Done.")
    delivery = make_delivery(make_webhook(run.task), run_id=run.id)
    url = poll(viewer, run)
    Delivery.objects.filter(id=delivery.id).update(status="delivered", finished_at=timezone.now())  # fmt: skip
    body = viewer.get(url).content.decode()
    assert 'id="run-told"' in body
    assert 'id="run-result"' not in body
    assert "hx-get" not in body


def test_a_run_that_was_pruned_is_followed_no_more(viewer):
    run = make("running")
    url = poll(viewer, run)
    Run.objects.all().delete()
    assert viewer.get(url).status_code == 286


# -- words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.42, "420 ms"), (12.34, "12.3 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (187_200, "2 d 4 h")],
)  # fmt: skip
def test_a_duration_is_told_in_the_units_that_matter(seconds, said):
    assert duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("cost", "said"),
    [(None, "–"), ("0", "$0.0000"), ("0.00001", "< $0.0001"), ("1.23456", "$1.2346")],
)
def test_cost_is_told_to_a_hundredth_of_a_cent(cost, said):
    assert dollars(cost and Decimal(cost)) == said


def test_running_again_asks_first(operator):
    body = text(operator, link(make("failed")))
    assert re.search(r"<details[^>]*id=\"ask-rerun\".*Yes, run it again", body)


def test_a_cancelled_run_says_so_and_who_asked_for_it(operator):
    run = make("queued")
    operator.post(link(run, "cancel"))
    Run.objects.update(error="Cancelled while it was running.")
    body = text(operator, link(run))
    person = operator.get(LIST).wsgi_request.user.username
    assert ">Cancelled</h2>" in body
    assert f"Asked for by {person}" in body
    assert "The last attempt failed" not in body


def test_a_run_that_a_program_cancelled_names_nobody(viewer):
    run = make("cancelled", cancel_requested_at=NOON)
    assert "Asked for <" in text(viewer, link(run))


def test_a_target_user_is_told_by_name_and_id(viewer):
    person = make_user()
    run = make("succeeded", user_id=str(person.pk))
    assert f"{person.username} ({person.pk})" in text(viewer, link(run))


def test_a_webhook_without_a_name_is_called_by_its_format(viewer):
    run = make("succeeded")
    delivery = make_delivery(make_webhook(run.task), run_id=run.id, format="signal_output", webhook_name="signal_output", status="delivered", finished_at=NOON)  # fmt: skip
    body = text(viewer, link(run))
    assert "Signal output (table): Delivered" in body
    assert str(delivery.id) in body
    assert ">signal_output<" not in body


# -- the cycle


def test_a_page_without_a_cycle_shows_none(viewer):
    assert "run-cycle-title" not in text(viewer, link(make("succeeded")))


def test_the_page_shows_the_tree_with_what_each_waits_for_and_why_one_was_skipped(
    viewer,
):
    begin(make_tree({"a": "", "b": "a", "c": "a", "d": "b c", "e": "c:failed"})["a"])
    end("a")
    end("c")
    body = text(viewer, link(run_of("d")))
    assert "3 of 5 have ended" in body
    assert "Step 3" in body
    assert "Step 4" not in body
    assert "It waits for the end of: B." in body
    assert "Waits for B</span>" in body
    assert "After A (when it failed)" not in body
    assert "After C (when it failed)" in body
    assert "C succeeded." in body
    for task_id in "abce":
        assert link(run_of(task_id)) in body
    assert body.count('aria-current="true"') == 1


def test_a_run_that_was_run_again_leads_to_the_one_that_took_its_place(viewer):
    begin(make_tree({"a": "", "b": "a"})["a"])
    old = end("a", "failed")
    again = services.rerun(old, user=None)
    body = text(viewer, link(old))
    assert "(has taken the place of this run)" in body
    assert link(again) in body
    assert "Its run number 2 in this cycle" in body


def test_a_page_follows_the_other_runs_of_its_cycle(viewer):
    begin(make_tree({"a": "", "b": "a"})["a"])
    a = end("a")
    url = poll(viewer, a)
    assert viewer.get(url).status_code == 204
    end("b")
    body = viewer.get(url).content.decode()
    assert 'id="run-cycle" hx-swap-oob="innerHTML"' in body
    assert "2 of 2 have ended" in body
    assert 'id="run-result"' not in body
    assert "hx-get" not in body


def test_an_operator_cancels_a_whole_cycle_after_being_asked(operator):
    begin(make_tree({"a": "", "b": "a", "c": "b"})["a"])
    run = run_of("b")
    body = text(operator, link(run))
    assert re.search(
        r"<details[^>]*id=\"ask-cancel-cycle\".*Yes, cancel all of it", body
    )
    assert operator.post(link(run, "cancel_cycle"))["Location"] == link(run)
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    assert "ask-cancel-cycle" not in text(operator, link(run))


def test_a_viewer_cannot_cancel_a_cycle(viewer):
    begin(make_tree({"a": "", "b": "a"})["a"])
    assert viewer.post(link(run_of("a"), "cancel_cycle")).status_code == 403
    assert "ask-cancel-cycle" not in text(viewer, link(run_of("a")))


def test_a_run_that_waits_for_the_one_before_says_so(viewer):
    run = make("queued", waits_for="previous")
    assert "It waits until the run before it has ended." in text(viewer, link(run))


def test_a_run_that_is_put_off_says_when_it_is_to_start(viewer):
    later = timezone.now() + timedelta(hours=1)
    assert "It is to start:" in text(viewer, link(make("queued", rung_at=None, next_attempt_at=later)))  # fmt: skip


def test_the_note_of_a_skipped_run_is_told(viewer):
    run = make("skipped", skip_reason="paused", note="<b>Closed</b> for Tết.")
    assert "&lt;b&gt;Closed&lt;/b&gt; for Tết." in text(viewer, link(run))


def test_the_versions_that_a_run_ran_are_told(viewer):
    run = make("succeeded", task_version=3, agent_version=2)
    shown = text(viewer, link(run))
    assert "Version 3 of the task" in shown
    assert "Version 2 of the agent" in shown


def test_a_cycle_costs_the_page_the_same_queries_however_large(
    viewer, django_assert_max_num_queries
):
    begin(make_tree({"x": "", "y": "x"})["x"])
    begin(make_tree(TWELVE)["a"])
    small, large = link(run_of("x")), link(run_of("a"))
    viewer.get(small)
    with django_assert_max_num_queries(30) as two:
        viewer.get(small)
    with django_assert_max_num_queries(len(two)):
        viewer.get(large)


def test_the_page_shows_what_changed_and_who_was_not_told(viewer):
    task = make_task()
    make_webhook(task, name="<b>odd</b>", notify_on="failure")
    first, second = (end_run(make_run(task), output=said) for said in ("a", "<i>b</i>"))
    assert 'id="run-changes"' not in text(viewer, link(first))
    page = text(viewer, link(second))
    assert 'id="run-changes"' in page
    assert link(first) in page
    assert "+ &lt;i&gt;b&lt;/i&gt;" in page
    assert "&lt;b&gt;odd&lt;/b&gt;</strong>: its rule does not ask" in page
