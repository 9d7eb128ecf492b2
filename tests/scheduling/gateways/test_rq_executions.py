"""`/api/scheduler/executions`: runs, as the RQ scheduler's clients know them (CONTRACTS A1)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling.models import ImportedTask, Run
from tests.factories import make_agent, make_approval, make_member, make_run, make_task
from tests.scheduling.gateways.conftest import client_of

pytestmark = pytest.mark.django_db

EXECUTIONS = "/api/scheduler/executions"
KEYS = {
    "id", "task_id", "scheduled_task_id", "agent_name", "task_name", "status",
    "function_path", "args", "kwargs", "result", "error", "started_at", "completed_at",
    "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def task():
    """A task that came from a tasks.yaml."""
    agent = make_agent(
        id="os-path--basename", backend="function", options={"function": "os.path:basename"}
    )  # fmt: skip
    task = make_task(id="aiops-check", agent=agent, agent_options={"args": ["/a"]})
    ImportedTask.objects.create(
        task=task, format="rq", ref="aiops-bot:check_alerts", version=1, loaded_at=timezone.now()
    )  # fmt: skip
    return task


def ended(task=None, status="succeeded", **fields):
    now = timezone.now()
    return make_run(task, status=status, started_at=now, finished_at=now, **fields)


def test_an_execution_has_the_shape_of_the_contract(as_editor, task):
    run = ended(task, output="b")
    shown = as_editor.get(f"{EXECUTIONS}/{run.id}").json()
    assert shown.keys() == KEYS
    assert shown["id"] == shown["task_id"] == str(run.id)
    assert shown["scheduled_task_id"] == "aiops-bot:check_alerts"
    assert (shown["agent_name"], shown["task_name"]) == ("aiops-bot", "check_alerts")
    assert (shown["function_path"], shown["args"], shown["kwargs"]) == (
        "os.path:basename",
        ["/a"],
        None,
    )
    assert (shown["status"], shown["result"], shown["error"]) == (
        "success",
        {"result": "b"},
        None,
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "queued"}, "queued"),
        ({"status": "running", "lease_token": uuid.uuid4(), "lease_expires_at": timezone.now()}, "running"),
        ({"status": "succeeded", "finished_at": timezone.now()}, "success"),
        ({"status": "failed", "failure_reason": "error", "error": "no", "finished_at": timezone.now()}, "failed"),
        ({"status": "cancelled", "finished_at": timezone.now()}, "cancelled"),
    ],
)  # fmt: skip
def test_every_status_is_live_in_the_list_and_can_be_filtered_by(
    as_editor, fields, status
):
    run = make_run(**fields)
    make_run(status="cancelled" if status != "cancelled" else "failed", finished_at=timezone.now(),
             failure_reason="" if status != "cancelled" else "error")  # fmt: skip
    shown = as_editor.get(EXECUTIONS, {"status": status}).json()
    assert [(each["id"], each["status"]) for each in shown] == [(str(run.id), status)]
    assert shown[0]["error"] == (run.error or None)


def test_a_scheduled_run_is_an_execution_too(as_editor, task):
    run = make_run(task, trigger="schedule", scheduled_for=timezone.now())
    assert [each["id"] for each in as_editor.get(EXECUTIONS).json()] == [str(run.id)]


def test_skipped_slots_are_told_of_when_they_are_asked_for(as_editor):
    run = ended(status="skipped", skip_reason="overlap", note="Since 07:00.")
    assert as_editor.get(EXECUTIONS).json() == []
    assert as_editor.get(EXECUTIONS, {"status": "cancelled"}).json() == []
    (shown,) = as_editor.get(EXECUTIONS, {"include_skipped": "true"}).json()
    assert (shown["id"], shown["status"]) == (str(run.id), "cancelled")
    assert shown["error"] == "Skipped: A run was still under way. Since 07:00."


def test_the_list_is_newest_first_in_pages(as_editor, task):
    runs = [make_run(task) for _ in range(3)]
    ids = [
        str(run.id)
        for run in sorted(runs, key=lambda run: (run.created_at, run.id), reverse=True)
    ]

    def read(**query):
        return [each["id"] for each in as_editor.get(EXECUTIONS, query).json()]

    assert read() == ids
    assert read(limit=1, offset=1) == ids[1:2]
    assert read(offset=3) == []


def test_the_list_is_of_one_agent(as_editor, task):
    here, there = make_run(task), make_run()

    def read(name):
        shown = as_editor.get(EXECUTIONS, {"agent_name": name}).json()
        return [each["id"] for each in shown]

    assert read("aiops-bot") == [str(here.id)]
    assert read("echo") == [str(there.id)]
    assert read("nobody") == []


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1001}, {"offset": "x"}, {"status": "done"}, {"include_skipped": "1"}],
)  # fmt: skip
def test_a_query_that_cannot_be_is_named(as_editor, query):
    answer = as_editor.get(EXECUTIONS, query)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", next(iter(query))]


def test_many_executions_take_as_many_queries_as_one(as_editor, task):
    make_run(task)
    as_editor.get(EXECUTIONS)  # what the user may is known from here on
    with CaptureQueriesContext(connection) as one:
        as_editor.get(EXECUTIONS)
    for _ in range(5):
        make_run(task)
        make_run()
    with CaptureQueriesContext(connection) as many:
        assert len(as_editor.get(EXECUTIONS).json()) == 11
    assert len(many) == len(one)


def test_a_list_has_the_beginning_of_a_result_and_one_the_whole(as_editor):
    run = ended(output="x" * 20_000)
    assert len(as_editor.get(EXECUTIONS).json()[0]["result"]["result"]) == 10_000
    whole = as_editor.get(f"{EXECUTIONS}/{run.id}").json()
    assert len(whole["result"]["result"]) == 20_000


@pytest.mark.parametrize("name", [uuid.uuid4(), "no-uuid", "a%00b"])
def test_an_execution_that_is_not_there_is_not_found(as_editor, name):
    for answer in (
        as_editor.get(f"{EXECUTIONS}/{name}"),
        as_editor.post(f"{EXECUTIONS}/{name}/cancel"),
    ):
        assert (answer.status_code, answer.json()) == (
            404,
            {"detail": "Execution not found"},
        )


def test_a_queued_execution_is_cancelled(as_editor):
    run = make_run()
    answer = as_editor.post(f"{EXECUTIONS}/{run.id}/cancel")
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "Execution cancelled successfully"},
    )
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_what_has_ended_cannot_be_cancelled(as_editor):
    answer = as_editor.post(f"{EXECUTIONS}/{ended().id}/cancel")
    assert (answer.status_code, answer.json()) == (
        409,
        {"detail": "This run has already ended."},
    )


def test_the_history_of_a_deleted_task_stays(as_editor, task):
    run = ended(task, output="b")
    task.delete()
    shown = as_editor.get(f"{EXECUTIONS}/{run.id}").json()
    assert (shown["scheduled_task_id"], shown["task_name"]) == (None, "Morning report")
    assert as_editor.get(EXECUTIONS, {"agent_name": "os-path--basename"}).json() == [
        shown
    ]


def test_a_person_sees_their_own_and_cancels_what_they_own(as_person, person):
    mine, told, foreign = (
        make_run(make_task(owner=person)), make_run(make_task(target_user_id=str(person.pk))), make_run(),
    )  # fmt: skip
    ids = {each["id"] for each in as_person.get(EXECUTIONS).json()}
    assert ids == {str(mine.id), str(told.id)}
    codes = [
        as_person.post(f"{EXECUTIONS}/{run.id}/cancel").status_code
        for run in (mine, told, foreign)
    ]
    assert codes == [200, 403, 404]


def test_an_output_that_nobody_has_approved_is_withheld_from_its_target(
    as_person, person
):
    approval = make_approval(make_task(target_user_id=str(person.pk)), output="Draft.")
    shown = as_person.get(f"{EXECUTIONS}/{approval.run_id}").json()
    assert shown["result"] == {"result": ""}


def test_a_viewer_reads_and_cancels_nothing():
    viewer, run = client_of(make_member("viewers")), make_run()
    assert viewer.get(f"{EXECUTIONS}/{run.id}").status_code == 200
    assert viewer.post(f"{EXECUTIONS}/{run.id}/cancel").status_code == 403
    assert Run.objects.get().status == "queued"
