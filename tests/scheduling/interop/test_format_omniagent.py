"""omniagent's cron jobs: schedules, actions and their agents, secrets, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from notifications.models import ChatSession
from scheduling.interop.dumping import dump
from scheduling.interop.formats import FORMATS
from scheduling.models import Agent
from tests.factories import make_agent, make_task
from tests.scheduling.interop.loading import (
    CONTEXT,
    fresh,
    load,
    read,
    said,
    sample,
    tasks_of,
)

LENIENT = replace(CONTEXT, agent_id="writer")
JOB: dict[str, Any] = {
    "id": "j", "name": "J", "status": "enabled", "schedule": {"interval": "1h"},
    "action": {"type": "call_tool", "tool_name": "cron_list", "params": {}},
}  # fmt: skip


def read_one(context=LENIENT, **changes: Any) -> Any:
    return read("omniagent", json.dumps({**JOB, **changes}), context)


def one(**changes: Any) -> dict[str, Any]:
    return tasks_of(read_one(**changes))["j"]


def faults(**changes: Any) -> list[str]:
    return said(read_one(**changes), "faults")


def test_all_three_schedules_are_read():
    tasks = tasks_of(read("omniagent", sample("omniagent.json"), LENIENT))
    brief = tasks["job-brief"]
    assert (brief["cron_expression"], brief["cron_seconds"]) == ("0 0 7 * * 1-5", True)
    assert brief["timezone"] == "Asia/Ho_Chi_Minh"
    assert tasks["job-ping"]["interval_seconds"] == 5400
    assert tasks["job-plain"]["interval_seconds"] == 90
    assert tasks["job-tool"]["interval_seconds"] == 3600
    assert tasks["job-once"]["run_at"] == "2099-01-31T00:00:00+00:00"
    assert tasks["job-daily"]["cron_expression"] == "@daily"


def test_statuses_say_whether_it_fires():
    tasks = tasks_of(read("omniagent", sample("omniagent.json"), LENIENT))
    assert (tasks["job-brief"]["active"], tasks["job-tool"]["active"]) == (True, False)
    remarks = said(read_one(status="running"), "remarks")
    assert remarks[0].startswith("status: running read as enabled")


def test_zones_and_days_are_said_aloud():
    remarks = said(read("omniagent", sample("omniagent.json"), LENIENT), "remarks")
    assert "jobs[0].schedule.cron: `0 0 7 * * 1-5` is read in the time zone Asia/Ho_Chi_Minh, seconds first." in remarks  # fmt: skip
    assert "jobs[0].schedule.cron: `0 0 7 * * 1-5` read as Monday to Friday." in remarks


def test_the_zone_is_the_lines_then_the_jobs_then_the_loaders():
    loader = replace(LENIENT, timezone="Asia/Tokyo")
    cron = {"schedule": {"cron": "0 0 7 * * *"}}
    assert tasks_of(read_one(loader, **cron))["j"]["timezone"] == "Asia/Tokyo"
    own = cron | {"metadata": {"timezone": "Europe/Berlin"}}
    assert tasks_of(read_one(loader, **own))["j"]["timezone"] == "Europe/Berlin"
    named = {"schedule": {"cron": "CRON_TZ=UTC 0 0 7 * * *"}}
    assert tasks_of(read_one(loader, **named))["j"]["timezone"] == "UTC"


def test_actions_become_the_agents_that_such_jobs_share():
    (reading,) = read("omniagent", sample("omniagent.json"), LENIENT)
    agents = {each.key: each for each in reading.agents}
    assert {key: each.fields["backend"] for key, each in agents.items()} == {
        "cron-message": "message",
        "cron-webhook-job-ping": "webhook_call",
        "cron-webhook": "webhook_call",
        "cron-tool": "tool_call",
    }
    assert [key for key, each in agents.items() if not each.only_if_missing] == ["cron-webhook-job-ping"]  # fmt: skip
    tasks = tasks_of([reading])
    assert tasks["job-brief"]["agent_options"] == {"agent_id": "writer"}
    assert tasks["job-brief"]["input_message"] == "What is new?"
    assert tasks["job-plain"]["agent_options"] == {"url": "https://example.com/plain", "method": "POST"}  # fmt: skip
    assert tasks["job-tool"]["agent_options"]["params"] == {"status": "enabled"}


def test_headers_that_may_be_secret_are_credentials_of_an_agent_of_its_own():
    (reading,) = read("omniagent", sample("omniagent.json"), LENIENT)
    own = next(each for each in reading.agents if each.key == "cron-webhook-job-ping")
    assert own.fields["credentials"] == {"bearer_token": "t0ken", "secret_header": "X-Team: k3y"}  # fmt: skip
    assert own.fields["options"] == {
        "url": "https://example.com/hook",
        "method": "PUT",
        "body": '{"a": 1}',
        "headers": {"Accept": "text/plain"},
    }
    notes = [*reading.remarks, *reading.left_out]
    assert not any("t0ken" in note.text or "k3y" in note.text for note in notes)


def test_a_second_secret_header_is_left_out_by_name_and_never_by_value():
    action = {"type": "call_webhook", "url": "https://example.com/", "headers": {"X-A": "s3cret", "X-B": "h1dden"}}  # fmt: skip
    left = said(read_one(action=action), "left_out")
    assert left == ["action.headers.X-B: an agent keeps one header beside the bearer token: this one is not carried over."]  # fmt: skip


def test_the_store_of_omniagent_is_read_as_it_is():
    text = json.dumps({"cron:job:j": JOB, "cron:job:k": json.dumps({**JOB, "id": "k"})})
    assert list(tasks_of(read("omniagent", text, LENIENT))) == ["j", "k"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "name: name is required"),
        ({"schedule": {}}, "schedule: schedule is required (cron, once, or interval)"),
        ({"schedule": {"cron": "@daily", "interval": "1h"}}, "schedule: only one schedule type allowed (cron, once, or interval)"),
        ({"schedule": {"interval": "soon"}}, 'schedule.interval: invalid interval: time: invalid duration "soon"'),
        ({"schedule": {"interval": "1500ms"}}, "schedule.interval: invalid interval: '1500ms': expected whole seconds."),
        ({"schedule": {"interval": "-1h"}}, "schedule.interval: invalid interval: '-1h': expected whole seconds from 1"),
        ({"schedule": {"once": "tomorrow"}}, "schedule.once: invalid once time: 'tomorrow': expected RFC 3339"),
        ({"schedule": {"once": "2099-01-01T07:00:00"}}, "schedule.once: invalid once time: '2099-01-01T07:00:00' has no offset"),
        ({"schedule": {"cron": "0 7 * * 1-5"}}, "schedule.cron: invalid cron: "),
        ({"schedule": {"cron": "0 0 7 * * 7"}}, "schedule.cron: invalid cron: '0 0 7 * * 7': robfig's weekdays"),
        ({"schedule": {"cron": "0 0 0 31 2 *"}}, "schedule.cron: invalid cron: "),
        ({"status": "paused"}, "status: 'paused': choose one of enabled, disabled, running."),
        ({"action": {}}, "action.type: action_type is required"),
        ({"action": None}, "action: a job needs an action"),
        ({"action": {"type": "dance"}}, "action.type: invalid action type: dance"),
        ({"action": {"type": "send_message", "message": "x"}}, "action.session_id: session_id is required for send_message action"),
        ({"action": {"type": "send_message", "session_id": "x"}}, "action.message: message is required"),
        ({"action": {"type": "call_webhook"}}, "action.url: webhook_url is required"),
        ({"action": {"type": "call_webhook", "url": "https://example.com", "method": "BREW"}}, "action.method: invalid webhook method: BREW"),
        ({"action": {"type": "call_tool"}}, "action.tool_name: tool_name is required"),
        ({"action": {"type": "call_tool", "tool_name": "rm"}}, "action.tool_name: 'rm' is no tool here"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_in_its_own_words(change, words):
    (told,) = faults(**change)
    assert told.startswith(words)


def test_a_message_without_anybody_to_answer_it_is_a_fault():
    action = {"type": "send_message", "session_id": "s", "message": "Hi."}
    (told,) = said(read_one(CONTEXT, action=action), "faults")
    assert told.startswith("action.agent_id: nobody here answers: choose an agent (--agent); there are: reader")  # fmt: skip


@pytest.mark.django_db
def test_a_chat_session_of_its_user_is_gone_on_with():
    session = ChatSession.objects.create(user_id="u7", title="T")
    action = {"type": "send_message", "session_id": str(session.pk), "message": "Hi."}
    assert one(action=action, owner_principal="u7")["agent_options"]["session_id"] == str(session.pk)  # fmt: skip
    assert "session_id" not in one(action=action, owner_principal="u8")["agent_options"]


@pytest.mark.django_db
def test_its_own_system_gets_its_headers_and_body_back():
    make_agent(id="writer")
    tasks = load("omniagent", read("omniagent", sample("omniagent.json"), LENIENT))
    jobs = {job["id"]: job for job in json.loads(FORMATS["omniagent"].write(tasks))}
    given = {job["id"]: job for job in json.loads(sample("omniagent.json"))["jobs"]}
    for ref, job in given.items():
        assert jobs[ref]["action"] == job["action"] | {"method": "POST"} if ref == "job-plain" else job["action"]  # fmt: skip
        assert jobs[ref]["schedule"] == job["schedule"]
    assert jobs["job-brief"]["metadata"] == {"team": "ops"}
    assert "run_count" not in jobs["job-brief"]


@pytest.mark.django_db
def test_what_was_dumped_without_secrets_keeps_those_that_are_stored():
    make_agent(id="writer")
    load("omniagent", read("omniagent", sample("omniagent.json"), LENIENT))
    (reading,) = read("omniagent", dump(["job-ping"], "omniagent", secrets=False).text, LENIENT)  # fmt: skip
    assert reading.agents[0].fields["credentials"] == {"bearer_token": "***", "secret_header": "***"}  # fmt: skip


@pytest.mark.django_db
def test_another_zone_shows_in_the_line():
    (task,) = load("omniagent", read_one(schedule={"cron": "0 0 7 * * 1-5"}))
    task.timezone = "Europe/Berlin"
    task.save()
    written = json.loads(FORMATS["omniagent"].write(fresh([task.pk])))
    assert written["schedule"] == {"cron": "CRON_TZ=Europe/Berlin 0 0 7 * * 1-5"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"schedule_type": "weekly", "weekdays": [1, 7]}, "0 0 7 * * 0,1"),
        ({"schedule_type": "weekly", "weekdays": [7], "schedule_time": "07:07:17"}, "17 7 7 * * 0"),
        ({"schedule_type": "monthly", "month_days": [7]}, "0 0 7 7 * *"),
    ],
)  # fmt: skip
def test_the_patterns_of_backbeat_become_lines_of_six_fields(change, line):
    agent = Agent.objects.create(id="tool", name="T", backend="tool_call")
    task = make_task(agent=agent, agent_options={"tool_name": "cron_list"}, **change)
    written = json.loads(FORMATS["omniagent"].write(fresh([task.pk])))
    assert written["schedule"]["cron"] == f"CRON_TZ=Asia/Ho_Chi_Minh {line}"


@pytest.mark.django_db
def test_what_it_has_no_action_for_is_refused_by_name():
    task = make_task(id="t")
    with pytest.raises(ValueError, match="t: its agent echo is of the backend echo"):
        FORMATS["omniagent"].write(fresh([task.pk]))
