"""Lists, filters, and who sees and changes what."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from scheduling.models import Calendar, ScheduledTask
from tests.factories import make_agent, make_run, make_task, make_user, make_webhook
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


@pytest.fixture
def tasks():
    make_task(id="a", name="Alpha", agent=make_agent(id="one"), last_status="failed")
    make_task(id="b", name="Beta", active=False, target_user_id="45")
    make_task(id="c", name="Gamma", schedule_type="cron", cron_expression="0 7 * * 1-5", input_message="Gold price")  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["a", "b", "c"]),
        ("agent_id=one", ["a"]),
        ("active=false", ["b"]),
        ("schedule_type=cron", ["c"]),
        ("target_user_id=45", ["b"]),
        ("last_status=failed", ["a"]),
        ("search=GOLD", ["c"]),
        ("search=bet", ["b"]),
        ("limit=1&offset=1", ["b"]),
    ],
)
@pytest.mark.usefixtures("tasks")
def test_the_list_is_filtered(as_staff, query, found):
    assert ids(as_staff.get(f"{TASKS}?{query}")) == found


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "offset=-1", "schedule_type=hourly"]
)
def test_a_query_that_cannot_be_is_named(as_staff, query):
    answer = as_staff.get(f"{TASKS}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_list_costs_the_same_queries_however_long(
    as_staff, django_assert_max_num_queries
):
    calendar = Calendar.objects.create(id="work", name="Work")
    parent = make_task(owner=make_user())
    for _ in range(4):
        task = make_task(owner=make_user(), paused_by=make_user(), calendar=calendar)
        task.dependencies.create(parent=parent)
        make_webhook(task)
    with django_assert_max_num_queries(8):
        assert len(ids(as_staff.get(TASKS))) == 5


def test_late_tasks_alone_can_be_listed(as_staff):
    make_task(id="late", late_since=timezone.now())
    make_task(id="fine")
    assert ids(as_staff.get(f"{TASKS}?late=true")) == ["late"]
    assert ids(as_staff.get(f"{TASKS}?late=false")) == ["fine"]


def test_people_see_what_they_own_or_are_the_target_of(as_person, person):
    make_task(id="own", owner=person)
    make_task(id="for-me", target_user_id=str(person.pk))
    make_task(id="foreign", owner=make_user(), target_user_id="99999")
    assert sorted(ids(as_person.get(TASKS))) == ["for-me", "own"]
    assert as_person.get(f"{TASKS}foreign/").status_code == 404


CHANGES = [
    ("patch", ""), ("delete", ""), ("post", "run"), ("post", "clone"), ("post", "pause"),
    ("post", "resume"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "verb"), CHANGES)
def test_a_targeted_task_is_for_reading_only(as_person, person, method, verb):
    make_task(id="for-me", target_user_id=str(person.pk), owner=make_user())
    assert as_person.get(f"{TASKS}for-me/").status_code == 200
    answer = getattr(as_person, method)(f"{TASKS}for-me/{verb}", {})
    assert answer.status_code == 403
    assert "somebody else" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "verb"), CHANGES)
def test_anothers_task_does_not_exist(as_person, method, verb):
    make_task(id="foreign", owner=make_user())
    answer = getattr(as_person, method)(f"{TASKS}foreign/{verb}", {})
    assert answer.status_code == 404
    assert "foreign" in answer.json()["detail"]


def test_the_runs_of_anothers_task_do_not_exist(as_person):
    run = make_run(make_task(id="foreign", owner=make_user()))
    assert as_person.get(f"{TASKS}foreign/runs").status_code == 404
    assert as_person.get(f"/v2/admin/runs/{run.id}/").status_code == 404


def test_owners_change_and_run_their_tasks(as_person, person):
    make_task(id="own", owner=person)
    assert as_person.patch(f"{TASKS}own/", {"name": "Mine"}).status_code == 200
    assert as_person.post(f"{TASKS}own/run").status_code == 202


def test_nobody_gets_in_without_a_token(client):
    answer = client.get(TASKS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("token", ["wrong", "x" * 64, "\xff", ""], ids=["short", "long", "latin", "none"])  # fmt: skip
def test_a_wrong_token_is_refused(client, token):
    answer = client.get(TASKS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_inactive_person_is_refused(client):
    from knox.models import AuthToken

    _, token = AuthToken.objects.create(user=make_user(is_active=False))
    answer = client.get(TASKS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_staff_see_all(staff):
    make_task(id="foreign", owner=make_user())
    assert ids(client_of(staff).get(TASKS)) == ["foreign"]


def spoil(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_list_reads_no_credentials_and_no_state(
    as_staff, django_assert_num_queries
):
    make_task(id="a", state={"text": "x"})
    spoil("UPDATE scheduling_agent SET credentials='enc1:bad'")
    with django_assert_num_queries(7) as asked:
        assert ids(as_staff.get(TASKS)) == ["a"]
    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "credentials" not in said
    assert '"state"' not in said


def test_one_unreadable_webhook_leaves_the_list(as_staff):
    hook = make_webhook(make_task(id="a", name="A"), headers={"X-Key": "0123456789"})
    make_webhook(make_task(id="b", name="B"))
    spoil(
        "UPDATE notifications_webhook SET url='enc1:bad', headers='enc1:bad' "
        "WHERE id=%s",
        hook.pk,
    )
    answer = as_staff.get(TASKS)
    assert ids(answer) == ["a", "b"]
    bad, good = (each["webhooks"][0] for each in answer.json()["results"])
    assert bad["url"].startswith("(cannot be read)")
    assert bad["headers"] == {"(cannot be read)": "••••"}
    assert good["url"] == "https://example.com/…"


@pytest.mark.parametrize("days", [5, "abc", {"a": 1}, [None, "x"]], ids=str)
def test_days_that_are_none_leave_the_list(as_staff, days):
    make_task(id="a", schedule_type="weekly")
    ScheduledTask.objects.update(weekdays=days, month_days=days)
    make_task(id="b", name="Z")
    assert ids(as_staff.get(TASKS))[-1] == "b"
