"""Run now, history, cancel, rerun."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from notifications.models import Attempt
from scheduling.api.run_json import LIST_OUTPUT_CHARS
from scheduling.models import Run
from tests.factories import (
    make_agent,
    make_delivery,
    make_run,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.api.conftest import TASKS
from tests.scheduling.trees import begin, end, make_tree, run_of

pytestmark = pytest.mark.django_db
RUNS = "/v2/admin/runs/"


@pytest.fixture
def task():
    return make_task(id="report", target_user_id="45")


def ended(task, **fields):
    now = timezone.now()
    fields = {
        "status": "succeeded", "started_at": now - timedelta(seconds=2),
        "finished_at": now, "output": "# Report",
    } | fields  # fmt: skip
    return make_run(task, **fields)


@pytest.mark.parametrize("path", ["run", "run/"])
def test_run_now_queues_a_run(as_staff, staff, task, path):
    answer = as_staff.post(f"{TASKS}report/{path}")
    assert answer.status_code == 202
    run = Run.objects.get()
    assert answer.json()["run_id"] == str(run.id)
    assert answer.json()["status"] == "queued"
    assert (run.trigger, run.requested_by) == ("api", staff)


def test_run_now_with_an_agent_that_is_off_is_a_conflict(as_staff):
    make_task(id="off", agent=make_agent(id="off", active=False))
    answer = as_staff.post(f"{TASKS}off/run")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert Run.objects.count() == 0


def test_a_run_in_the_history_tells_how_it_went(as_staff, task):
    ended(task, input_tokens=7, model="m", cost=Decimal("0.0012"))
    (shown,) = as_staff.get(f"{TASKS}report/runs?limit=10").json()["results"]
    assert shown["status"] == "succeeded"
    assert shown["duration_ms"] == 2000
    assert shown["output"] == "# Report"
    assert shown["usage"]["input_tokens"] == 7
    assert Decimal(shown["cost"]) == Decimal("0.0012")
    assert shown["notification_results"] == []


def test_the_history_tells_how_each_webhook_was_told(as_staff, task):
    run = ended(task)
    hook = make_webhook(task, name="Slack", format="slack")
    delivery = make_delivery(hook, run_id=run.id, attempts_made=2, error="HTTP 500")
    for number, code in ((1, 502), (2, 500)):
        Attempt.objects.create(
            delivery=delivery,
            number=number,
            started_at=timezone.now(),
            status_code=code,
        )
    (shown,) = as_staff.get(f"{TASKS}report/runs").json()["results"]
    assert shown["notification_results"] == [
        {
            "delivery_id": str(delivery.id), "webhook": "Slack", "format": "slack",
            "status": "pending", "attempts": 2, "status_code": 500, "error": "HTTP 500",
        }
    ]  # fmt: skip


def test_a_history_costs_the_same_queries_however_long(
    as_staff, task, django_assert_max_num_queries
):
    for _ in range(10):
        make_delivery(make_webhook(task), run_id=ended(task).id)
    with django_assert_max_num_queries(3):
        answer = as_staff.get(f"{TASKS}report/runs?limit=10")
    assert [len(each["notification_results"]) for each in answer.json()["results"]] == [
        1
    ] * 10


def test_the_history_pages_newest_first_and_loses_none(as_staff, task):
    now = timezone.now()
    made = [ended(task, created_at=now) for _ in range(5)]
    made += [ended(task, created_at=now + timedelta(seconds=n)) for n in range(1, 6)]
    seen, path = [], f"{TASKS}report/runs?limit=3"
    while path:
        page = as_staff.get(path).json()
        assert len(page["results"]) <= 3
        seen += page["results"]
        path = page["next"]
    assert [each["created_at"] for each in seen] == sorted(
        (each["created_at"] for each in seen), reverse=True
    )
    assert {each["id"] for each in seen} == {str(run.id) for run in made}
    assert len(seen) == 10


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten"])
def test_a_limit_that_cannot_be_is_named(as_staff, task, limit):
    answer = as_staff.get(f"{TASKS}report/runs?limit={limit}")
    assert answer.status_code == 400
    assert "1 to 200" in answer.json()["errors"]["limit"][0]


def test_the_history_is_filtered_by_status(as_staff, task):
    ended(task)
    failed = ended(task, status="failed", failure_reason="error", error="boom")
    (shown,) = as_staff.get(f"{TASKS}report/runs?status=failed").json()["results"]
    assert (shown["id"], shown["error"], shown["failure_reason"]) == (
        str(failed.id), "boom", "error",
    )  # fmt: skip


def test_a_long_output_is_whole_only_by_itself(as_staff, task):
    run = ended(task, output="x" * (LIST_OUTPUT_CHARS + 1))
    (shown,) = as_staff.get(RUNS).json()["results"]
    assert len(shown["output"]) == LIST_OUTPUT_CHARS
    assert shown["output_truncated"] is True
    whole = as_staff.get(f"{RUNS}{run.id}/").json()
    assert len(whole["output"]) == LIST_OUTPUT_CHARS + 1
    assert whole["output_truncated"] is False


def test_a_run_by_itself_shows_the_exact_prompt(as_staff, task):
    run = ended(task, system_prompt="Be short.", input_message="Report of 2026-11-21.")
    shown = as_staff.get(f"{RUNS}{run.id}/").json()
    assert shown["system_prompt"] == "Be short."
    assert shown["input_message"] == "Report of 2026-11-21."


@pytest.mark.parametrize(
    "query", ["task_id=report", "status=succeeded", "user_id=45", "trigger=manual"]
)
def test_all_runs_are_filtered(as_staff, task, query):
    wanted = ended(task)
    make_run(make_task(), trigger="api")
    shown = as_staff.get(f"{RUNS}?{query}").json()["results"]
    assert [each["id"] for each in shown] == [str(wanted.id)]


def test_a_queued_run_is_cancelled_at_once(as_staff, task):
    run = make_run(task)
    answer = as_staff.post(f"{RUNS}{run.id}/cancel")
    assert answer.status_code == 202
    assert answer.json()["status"] == "cancelled"


def test_an_ended_run_cannot_be_cancelled(as_staff, task):
    answer = as_staff.post(f"{RUNS}{ended(task).id}/cancel")
    assert answer.status_code == 409
    assert "ended" in answer.json()["detail"]


def test_a_rerun_is_a_new_run(as_staff, task):
    old = ended(task)
    shown = as_staff.post(f"{RUNS}{old.id}/rerun").json()
    assert shown["rerun_of"] == str(old.id)
    assert shown["id"] != str(old.id)
    assert (shown["status"], shown["trigger"]) == ("queued", "rerun")


def test_the_run_of_a_deleted_task_cannot_be_rerun(as_staff, task):
    run = ended(task)
    task.delete()
    assert as_staff.post(f"{RUNS}{run.id}/rerun").status_code == 409


def test_a_reader_of_a_run_cannot_cancel_it(as_person, person):
    run = make_run(make_task(owner=make_user(), target_user_id=str(person.pk)))
    assert as_person.get(f"{RUNS}{run.id}/").status_code == 200
    assert as_person.post(f"{RUNS}{run.id}/cancel").status_code == 403


def test_a_run_that_is_not_there_is_a_problem(as_staff):
    answer = as_staff.get(f"{RUNS}{uuid.uuid4()}/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


# -- cycles


def test_a_run_by_itself_shows_its_cycle(as_staff):
    root = begin(make_tree({"a": "", "b": "a", "c": "b:failed"})["a"])
    end("a")
    shown = as_staff.get(f"{RUNS}{run_of('c').id}/").json()
    assert (shown["root_id"], shown["waits_for"]) == (str(root.id), "parents")
    assert [each["task_id"] for each in shown["cycle"]] == ["a", "b", "c"]
    assert shown["cycle"][2] == {
        "run_id": str(run_of("c").id), "task_id": "c", "status": "queued",
        "waits_for": "parents", "skip_reason": "",
        "parents": [{"task_id": "b", "when": "failed"}],
    }  # fmt: skip


def test_a_run_in_no_cycle_has_none(as_staff, task):
    shown = as_staff.get(f"{RUNS}{ended(task, note='x', caught_up=True).id}/").json()
    assert (shown["cycle"], shown["root_id"], shown["backfill_id"]) == ([], None, None)
    assert (shown["note"], shown["caught_up"], shown["late_at"]) == ("x", True, None)


def test_of_a_cycle_only_what_the_reader_may_see_is_shown(as_person, person):
    tasks = make_tree({"a": "", "b": "a"}, owner=make_user())
    tasks["b"].owner = person
    tasks["b"].save()
    begin(tasks["a"])
    (shown,) = as_person.get(f"{RUNS}{run_of('b').id}/").json()["cycle"]
    assert (shown["task_id"], shown["parents"]) == ("b", [])


@pytest.mark.parametrize("said", ["true", "True"])
def test_a_whole_cycle_is_cancelled(as_staff, said):
    begin(make_tree({"a": "", "b": "a"})["a"])
    answer = as_staff.post(f"{RUNS}{run_of('b').id}/cancel?cycle={said}")
    assert answer.status_code == 202
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


def test_one_run_alone_is_cancelled_unless_the_cycle_is_asked_for(as_staff):
    begin(make_tree({"a": "", "b": "a"})["a"])
    as_staff.post(f"{RUNS}{run_of('b').id}/cancel?cycle=false")
    assert run_of("a").status == "queued"


def test_neither_true_nor_false_is_a_problem(as_staff, task):
    answer = as_staff.post(f"{RUNS}{make_run(task).id}/cancel?cycle=maybe")
    assert answer.status_code == 400
    assert "'maybe'" in answer.json()["errors"]["cycle"][0]
    assert Run.objects.get().status == "queued"


def test_a_cycle_that_belongs_to_others_too_is_not_cancelled_by_one(as_person, person):
    tasks = make_tree({"a": "", "b": "a"}, owner=person)
    tasks["b"].owner = make_user()
    tasks["b"].save()
    begin(tasks["a"])
    path = f"{RUNS}{run_of('a').id}/cancel?cycle=true"
    assert as_person.post(path).status_code == 403
    end("a")
    assert run_of("b").status == "queued"
    tasks["b"].owner = person
    tasks["b"].save()
    assert as_person.post(path).status_code == 202


def test_a_rerun_that_must_wait_is_a_conflict(as_staff):
    begin(make_tree({"a": "", "b": "a"})["a"])
    end("a")
    answer = as_staff.post(f"{RUNS}{run_of('a').id}/rerun")
    assert answer.status_code == 409
    assert "B is still under way" in answer.json()["detail"]
