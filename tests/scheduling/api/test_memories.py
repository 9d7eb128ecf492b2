"""What agents and tasks remember, in the API; and the fields of a task beside it."""

from __future__ import annotations

import pytest

from scheduling import services
from scheduling.models import ScheduledTask
from tests.factories import make_member, make_task
from tests.scheduling.api.conftest import SAMPLE, TASKS, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]
OF_AGENT = "/v2/admin/agents/simplize/memory"
FREEDOM = {
    "run_cost_limit": "0.5", "run_tokens_limit": 1000, "run_tool_calls_limit": 5, "day_cost_limit": "1",
    "month_cost_limit": "10.25", "include_memory": True, "memory_scope": "agent", "needs_approval": True,
    "approval_seconds": 3600, "approval_expiry": "approve", "may_schedule": True,
}  # fmt: skip


def path_of(task: ScheduledTask) -> str:
    return f"{TASKS}{task.pk}/memory"


def test_a_memory_that_was_never_written_is_empty(as_staff):
    assert as_staff.get(OF_AGENT).json() == {
        "content": "", "version": 0, "updated_at": None, "max_chars": 20_000,
    }  # fmt: skip


def test_it_is_written_whole_and_shown_with_its_versions(as_staff, staff):
    for text in ("one", "two"):
        as_staff.put(OF_AGENT, {"content": text})
    answer = as_staff.put(OF_AGENT, {"content": "two"})
    assert (answer.json()["content"], answer.json()["version"]) == ("two", 2)
    newest, first = as_staff.get(f"{OF_AGENT}/versions").json()["results"]
    assert (newest["number"], newest["by"], newest["run_id"]) == (2, staff.username, None)  # fmt: skip
    assert first["content"] == "one"


def test_an_edit_of_an_older_version_is_a_conflict(as_staff):
    as_staff.put(OF_AGENT, {"content": "one", "version": 0})
    answer = as_staff.put(OF_AGENT, {"content": "two", "version": 0})
    assert answer.status_code == 409
    assert "version 1" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "content"), ({"content": "abcd"}, "content"), ({"content": "a", "version": -1}, "version"), ({"content": "a", "x": 1}, "x")],
)  # fmt: skip
def test_what_is_wrong_is_named(as_staff, configure, body, field):
    configure("SCHEDULING", memory_chars=3)
    answer = as_staff.put(OF_AGENT, body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_an_owner_reads_and_writes_the_memory_of_a_task(as_person, person):
    path = path_of(make_task(owner=person))
    assert as_person.put(path, {"content": "mine"}).status_code == 200
    assert as_person.get(path).json()["content"] == "mine"
    assert as_person.get(OF_AGENT).status_code == 403


def test_who_only_gets_the_results_is_not_shown_the_memory(as_person, person):
    path = path_of(make_task(target_user_id=str(person.pk)))
    assert as_person.get(path).status_code == 403
    assert as_person.put(path, {"content": "x"}).status_code == 403
    assert as_person.get(path_of(make_task())).status_code == 404


def test_staff_need_the_permissions():
    task = make_task()
    services.save_memory(task, "a", user=None)
    viewer = client_of(make_member("viewers"))
    assert viewer.get(path_of(task)).status_code == 200
    assert viewer.put(path_of(task), {"content": "b"}).status_code == 403
    editor = client_of(make_member("editors"))
    assert editor.put(path_of(task), {"content": "b"}).status_code == 200


def test_what_a_task_may_use_and_do_is_taken_and_shown_as_it_was_given(as_staff):
    shown = as_staff.post(TASKS, SAMPLE | FREEDOM).json()
    assert {name: shown[name] for name in FREEDOM} == FREEDOM
    assert as_staff.put(f"{TASKS}{SAMPLE['id']}/", shown).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run_cost_limit", "0"), ("day_cost_limit", -1), ("month_cost_limit", "lots"),
        ("run_tokens_limit", 0), ("run_tool_calls_limit", 2_147_483_648), ("memory_scope", "all"),
        ("approval_seconds", 59), ("approval_expiry", "wait"), ("may_schedule", "maybe"),
    ],
)  # fmt: skip
def test_a_value_beyond_its_limits_is_named(as_staff, name, value):
    answer = as_staff.post(TASKS, SAMPLE | {name: value})
    assert list(answer.json()["errors"]) == [name]


def test_only_staff_let_a_task_write_what_all_tasks_of_its_agent_share(as_person):
    body = {**SAMPLE, "webhooks": [], "target_user_id": "", "include_memory": True}
    assert as_person.post(TASKS, body).status_code == 201
    refused = as_person.post(TASKS, body | {"id": "b", "memory_scope": "agent"})
    assert list(refused.json()["errors"]) == ["memory_scope"]
