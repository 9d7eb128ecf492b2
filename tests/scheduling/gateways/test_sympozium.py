"""`/api/v1/schedules`, as Sympozium's clients know it (CONTRACTS A4)."""

from __future__ import annotations

import re

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling.interop.formats.sympozium import SympoziumFormat
from scheduling.models import Agent, Calendar, ImportedTask, Run, ScheduledTask
from tests.factories import make_agent, make_member, make_run
from tests.scheduling.gateways.conftest import client_of

pytestmark = pytest.mark.django_db

SCHEDULES = "/api/v1/schedules"
NIGHTLY = f"{SCHEDULES}/nightly"
BODY = {
    "name": "nightly",
    "agentRef": "echo",
    "schedule": "0 9 * * 1-5",
    "task": "Report.",
}


@pytest.fixture(autouse=True)
def agent():
    return make_agent()


@pytest.fixture
def made(as_editor):
    answer = as_editor.post(SCHEDULES, BODY)
    assert answer.status_code == 201, answer.content
    return answer.json()


def the_task(ref="default/nightly"):
    return ImportedTask.objects.get(format="sympozium", ref=ref).task


def text_of(answer):
    assert answer["Content-Type"].startswith("text/plain")
    return answer.content.decode().strip()


def condition(shown, kind):
    return next(each for each in shown["status"]["conditions"] if each["type"] == kind)


def test_a_schedule_is_made_in_the_shape_of_kubernetes(made):
    assert (made["apiVersion"], made["kind"]) == (
        "sympozium.ai/v1alpha1",
        "SympoziumSchedule",
    )
    metadata = made["metadata"]
    assert (metadata["name"], metadata["namespace"], metadata["labels"]) == (
        "nightly",
        "default",
        {},
    )
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"]
    )
    assert len(metadata["uid"]) == 36
    assert metadata["generation"] == 1
    assert made["spec"] == {
        "agentRef": "echo", "schedule": "0 9 * * 1-5", "task": "Report.", "type": "scheduled",
        "suspend": False, "concurrencyPolicy": "Forbid", "includeMemory": True, "firstTick": "immediate",
    }  # fmt: skip
    assert made["status"]["phase"] == "Active"
    assert made["status"]["totalRuns"] == 0
    assert made["status"]["lastRunTime"] is made["status"]["lastRunName"] is None


def test_it_is_a_task_of_the_agent_that_runs_at_once(made, editor):
    task = the_task()
    assert (task.id, task.agent_id, task.owner) == ("nightly", "echo", editor)
    assert (task.overlap, task.include_memory, task.first_run) == (
        "skip",
        True,
        "at_once",
    )
    assert task.due_at <= timezone.now()


def test_the_first_tick_may_wait_and_all_else_may_be_said(as_editor):
    said = {
        "type": "heartbeat", "suspend": True, "concurrencyPolicy": "Replace",
        "includeMemory": False, "firstTick": "afterInterval",
    }  # fmt: skip
    spec = as_editor.post(SCHEDULES, BODY | said).json()["spec"]
    assert {key: spec[key] for key in said} == said
    task = the_task()
    assert (task.active, task.overlap, task.first_run) == (
        False,
        "replace",
        "next_slot",
    )


def test_the_older_name_of_the_agent_is_taken(as_editor):
    body = {key: BODY[key] for key in BODY if key != "agentRef"}
    shown = as_editor.post(SCHEDULES, body | {"instanceRef": "echo"})
    assert (shown.status_code, shown.json()["spec"]["agentRef"]) == (201, "echo")


@pytest.mark.parametrize("name", ["", None])
def test_a_name_is_generated_for_what_has_none(as_editor, name):
    body = (
        BODY | {"name": name}
        if name is not None
        else {k: BODY[k] for k in BODY if k != "name"}
    )
    shown = as_editor.post(SCHEDULES, body).json()
    assert re.fullmatch(r"echo-schedule-[a-z0-9]{5}", shown["metadata"]["name"])


@pytest.mark.parametrize("missing", ["agentRef", "schedule", "task"])
@pytest.mark.parametrize("blank", [True, False])
def test_the_three_that_are_required_are_named_in_their_words(
    as_editor, missing, blank
):
    body = BODY | {missing: ""} if blank else {k: BODY[k] for k in BODY if k != missing}
    answer = as_editor.post(SCHEDULES, body)
    assert answer.status_code == 400
    assert text_of(answer) == "agentRef, schedule, and task are required"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schedule": "0 0 31 2 *"}, "schedule: "),
        ({"schedule": "61 * * * *"}, "minute"),
        ({"schedule": "CRON_TZ=Mars/Base 0 9 * * *"}, "Mars/Base"),
        ({"schedule": "@every soon"}, "invalid duration"),
        ({"agentRef": "nobody"}, "agentRef: There is no agent 'nobody'"),
        ({"type": "sometimes"}, "type: "),
        ({"concurrencyPolicy": "Never"}, "concurrencyPolicy: "),
        ({"firstTick": "later"}, "firstTick: "),
        ({"name": "Night_ly"}, "name: 'Night_ly'"),
        ({"task": "{{nobody}}"}, "task: "),
        ({"colour": "red"}, "colour: Unknown field"),
        ({"suspend": "perhaps"}, "suspend: "),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(as_editor, change, words):
    answer = as_editor.post(SCHEDULES, BODY | change)
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert not ScheduledTask.objects.exists()


@pytest.mark.parametrize("body", ["{", "[]", '{"task": NaN}', "[" * 100_000])
def test_what_is_no_json_object_is_said_so(as_editor, body):
    answer = as_editor.post(SCHEDULES, body, content_type="application/json")
    assert answer.status_code == 400
    assert text_of(answer).startswith("invalid JSON: ")


def test_characters_that_no_database_takes_are_no_fault_of_ours(as_editor):
    assert as_editor.post(SCHEDULES, BODY | {"task": "a\0b"}).status_code == 400
    assert as_editor.get(f"{SCHEDULES}/a%00b").status_code == 404
    assert as_editor.get(SCHEDULES, {"namespace": "a\0b"}).status_code == 400


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("@every 1h30m", {"schedule_type": "interval", "interval_seconds": 5400}),
        ("@daily", {"cron_expression": "@daily"}),
        ("CRON_TZ=Europe/Warsaw 0 9 * * *", {"timezone": "Europe/Warsaw", "cron_expression": "0 9 * * *"}),
        ("0 9 ? * 0", {"cron_expression": "0 9 * * 0"}),
    ],
)  # fmt: skip
def test_the_lines_of_robfig_are_understood_and_shown_again(as_editor, line, columns):
    spec = as_editor.post(SCHEDULES, BODY | {"schedule": line}).json()["spec"]
    task = the_task()
    assert {name: getattr(task, name) for name in columns} == columns
    again = as_editor.patch(NIGHTLY, {"schedule": spec["schedule"]}).json()["spec"]
    assert again["schedule"] == spec["schedule"]


def test_a_name_is_taken_once_in_a_namespace(as_editor, made):
    answer = as_editor.post(SCHEDULES, BODY)
    assert answer.status_code == 409
    assert text_of(answer) == 'sympoziumschedules.sympozium.ai "nightly" already exists'


def test_the_same_name_in_another_namespace_is_another_schedule(as_editor, made):
    other = as_editor.post(f"{SCHEDULES}?namespace=team-b", BODY | {"task": "Other."})
    assert other.status_code == 201
    assert the_task("team-b/nightly").id == "team-b-nightly"
    assert as_editor.get(NIGHTLY).json()["spec"]["task"] == "Report."
    shown = as_editor.get(NIGHTLY, {"namespace": "team-b"}).json()
    assert (shown["spec"]["task"], shown["metadata"]["namespace"]) == (
        "Other.",
        "team-b",
    )
    assert as_editor.delete(f"{NIGHTLY}?namespace=team-b").status_code == 204
    assert as_editor.get(NIGHTLY).status_code == 200


def test_ids_that_would_clash_are_kept_apart(as_editor):
    as_editor.post(SCHEDULES, BODY | {"name": "b-nightly", "task": "One."})
    as_editor.post(f"{SCHEDULES}?namespace=b", BODY | {"task": "Two."})
    assert the_task("default/b-nightly").input_message == "One."
    assert (the_task("b/nightly").input_message, the_task("b/nightly").id) == (
        "Two.",
        "b-nightly-2",
    )


@pytest.mark.parametrize("namespace", ["UPPER", "a/b", "-a", "x" * 64])
def test_a_namespace_that_cannot_be_is_refused(as_editor, namespace):
    answer = as_editor.get(SCHEDULES, {"namespace": namespace})
    assert (answer.status_code, "namespace" in text_of(answer)) == (400, True)


def test_the_list_is_of_one_namespace_by_name(as_editor, made):
    as_editor.post(SCHEDULES, BODY | {"name": "early"})
    as_editor.post(f"{SCHEDULES}?namespace=other", BODY)
    names = [each["metadata"]["name"] for each in as_editor.get(SCHEDULES).json()]
    assert names == ["early", "nightly"]
    assert as_editor.get(SCHEDULES, {"namespace": "none"}).json() == []


def test_one_schedule_is_read_as_it_was_made(as_editor, made):
    assert as_editor.get(NIGHTLY).json() == made


@pytest.mark.parametrize("verb", ["get", "patch", "delete"])
def test_a_schedule_that_is_not_there_is_not_found(as_editor, verb):
    answer = getattr(as_editor, verb)(f"{SCHEDULES}/none")
    assert answer.status_code == 404
    assert text_of(answer) == 'sympoziumschedules.sympozium.ai "none" not found'


def test_a_patch_changes_what_it_names_alone(as_editor, made):
    change = {
        "schedule": "*/30 * * * *", "task": "New.", "type": "sweep",
        "concurrencyPolicy": "Allow", "includeMemory": False,
    }  # fmt: skip
    shown = as_editor.patch(NIGHTLY, change).json()
    assert shown["spec"] == made["spec"] | change
    assert shown["metadata"]["generation"] == 2
    assert (
        as_editor.patch(NIGHTLY, {"task": "Newer."}).json()["spec"]["type"] == "sweep"
    )


def test_a_patch_without_suspend_never_resumes(as_editor, made):
    assert (
        as_editor.patch(NIGHTLY, {"suspend": True}).json()["status"]["phase"]
        == "Suspended"
    )
    shown = as_editor.patch(NIGHTLY, {"schedule": "0 * * * *"}).json()
    assert (shown["spec"]["suspend"], shown["status"]["phase"]) == (True, "Suspended")
    assert shown["status"]["nextRunTime"] is None
    shown = as_editor.patch(NIGHTLY, {"suspend": False}).json()
    assert (shown["status"]["phase"], the_task().active) == ("Active", True)


def test_a_bad_patch_changes_nothing(as_editor, made):
    assert (
        as_editor.patch(NIGHTLY, {"task": "New.", "schedule": "never"}).status_code
        == 400
    )
    assert as_editor.get(NIGHTLY).json() == made


def test_deleting_keeps_the_runs(as_editor, made):
    run = make_run(the_task(), status="succeeded", finished_at=timezone.now())
    answer = as_editor.delete(NIGHTLY)
    assert (answer.status_code, answer.content) == (204, b"")
    assert as_editor.get(NIGHTLY).status_code == 404
    assert Run.objects.get() == run


def test_the_status_counts_runs_and_names_the_last(as_editor, made):
    now = timezone.now()
    ScheduledTask.objects.update(run_count=3, last_run_at=now)
    status = as_editor.get(NIGHTLY).json()["status"]
    assert (status["totalRuns"], status["lastRunName"]) == (3, "nightly-3")
    assert status["lastRunTime"] == f"{now:%Y-%m-%dT%H:%M:%SZ}"


def test_failing_is_shown_with_the_last_error(as_editor, made):
    for error in ("first", "out of memory"):
        make_run(the_task(), status="failed", failure_reason="invalid_output", error=error, finished_at=timezone.now())  # fmt: skip
    assert condition(made, "Failing")["status"] == "False"
    ScheduledTask.objects.update(consecutive_failures=2, run_count=2)
    shown = as_editor.get(NIGHTLY).json()
    failing = condition(shown, "Failing")
    assert (failing["status"], failing["reason"]) == ("True", "InvalidOutput")
    assert failing["message"] == "2 in a row failed; the last: out of memory"
    assert shown["status"]["phase"] == "Active"


@pytest.mark.parametrize("trouble", ["set aside", "switched off", "blocked"])
def test_what_cannot_run_is_in_error_and_says_why(as_editor, made, trouble):
    if trouble == "set aside":
        ScheduledTask.objects.update(schedule_error="set aside: no such zone")
    elif trouble == "switched off":
        Agent.objects.update(active=False)
    else:
        Agent.objects.update(
            blocked_reason="blocked by its key", blocked_at=timezone.now()
        )
    shown = as_editor.get(NIGHTLY).json()
    assert shown["status"]["phase"] == "Error"
    assert trouble in condition(shown, "Ready")["message"]
    assert condition(shown, "Ready")["status"] == "False"


def test_many_schedules_take_as_many_queries_as_one(as_editor, made):
    def failing():
        for task in ScheduledTask.objects.all():
            make_run(task, status="failed", failure_reason="error", error="no", finished_at=timezone.now())  # fmt: skip
        ScheduledTask.objects.update(consecutive_failures=1)

    failing()
    with CaptureQueriesContext(connection) as one:
        as_editor.get(SCHEDULES)
    for number in range(5):
        as_editor.post(SCHEDULES, BODY | {"name": f"n{number}"})
    calendar = Calendar.objects.create(id="work", name="Work")
    ScheduledTask.objects.update(calendar=calendar)
    failing()
    with CaptureQueriesContext(connection) as many:
        assert len(as_editor.get(SCHEDULES).json()) == 6
    assert len(many) == len(one)


def test_a_change_made_in_backbeat_is_shown(as_editor, made):
    task = the_task()
    as_editor.patch(
        f"/v2/admin/scheduled-tasks/{task.id}/",
        {"schedule_type": "daily", "schedule_time": "06:30"},
    )
    assert as_editor.get(NIGHTLY).json()["spec"]["schedule"] == "30 6 * * *"


def test_a_moment_is_shown_without_a_zone_before_it(as_editor, made):
    change = {"schedule_type": "once", "run_at": "2030-01-01T00:00:00Z", "timezone": "Europe/Warsaw"}  # fmt: skip
    as_editor.patch(f"/v2/admin/scheduled-tasks/{the_task().id}/", change)
    shown = as_editor.get(NIGHTLY).json()["spec"]["schedule"]
    assert shown == "2030-01-01T00:00:00+00:00"


def test_what_was_made_here_goes_out_as_a_file(as_editor, made):
    as_editor.patch(NIGHTLY, {"type": "sweep", "suspend": True})
    document = yaml.safe_load(SympoziumFormat().write([the_task()]))
    assert document["metadata"] == {"name": "nightly", "namespace": "default"}
    assert document["spec"] == made["spec"] | {
        "type": "sweep", "suspend": True, "schedule": f"CRON_TZ={the_task().timezone} 0 9 * * 1-5",
    }  # fmt: skip


def test_staff_share_the_memory_of_an_agent_as_there(as_editor, as_person, made):
    as_person.post(SCHEDULES, BODY | {"name": "mine"})
    scopes = [the_task(f"default/{name}").memory_scope for name in ("nightly", "mine")]
    assert scopes == ["agent", "task"]


def test_a_person_makes_schedules_of_their_own(as_person, as_editor):
    assert as_person.post(SCHEDULES, BODY).status_code == 201
    assert as_person.delete(NIGHTLY).status_code == 204
    make_agent(id="shell", backend="command", options={"command": "/bin/true"})
    answer = as_person.post(SCHEDULES, BODY | {"agentRef": "shell"})
    assert (answer.status_code, "staff only" in text_of(answer)) == (400, True)


def test_what_is_somebody_elses_is_not_found(as_person, made):
    assert as_person.get(SCHEDULES).json() == []
    assert as_person.get(NIGHTLY).status_code == 404


def test_an_operator_suspends_and_does_not_edit(made):
    operator = client_of(make_member("operators"))
    assert operator.patch(NIGHTLY, {"suspend": True}).status_code == 200
    answer = operator.patch(NIGHTLY, {"task": "Mine."})
    assert (answer.status_code, "permission" in text_of(answer)) == (403, True)


def test_nobody_gets_in_without_a_token(client):
    answer = client.get(SCHEDULES)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "credentials" in text_of(answer)
