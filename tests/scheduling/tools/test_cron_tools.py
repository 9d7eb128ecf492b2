"""omniagent's seven tools: their words and answers, and the tasks behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import ChatSession
from scheduling import services
from scheduling.agents.base import ToolError
from scheduling.models import Agent, AgentAct, Run, ScheduledTask
from scheduling.toolbox import call_tool
from tests.factories import (
    make_agent,
    make_run,
    make_shared_webhook,
    make_user,
    make_webhook,
)
from tests.scheduling.tools.callers import caller_in, make_root, outside

pytestmark = pytest.mark.django_db
HOURLY = "0 0 * * * *"


@pytest.fixture
def caller():
    return caller_in(make_root(target_user_id="45"))


def create(caller, **arguments):
    given = {"name": "Check", "action_type": "call_tool", "tool_name": "list_runs"}
    if not any(each.startswith("schedule_") for each in arguments):
        given["schedule_cron"] = HOURLY
    return call_tool(caller, "cron_create", given | arguments)


def refusal(caller, tool="cron_create", **arguments):
    with pytest.raises(ToolError) as error:
        call_tool(caller, tool, arguments)
    return str(error.value)


def task_of(made):
    return ScheduledTask.objects.select_related("agent").get(id=made["id"])


NAMED = {"name": "x", "schedule_cron": HOURLY}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "name is required"),
        ({"name": "x"}, "action_type is required"),
        ({"name": "x", "action_type": "call_tool"}, "schedule is required (cron, once, or interval)"),
        (NAMED | {"action_type": "call_tool", "schedule_interval": "1h"}, "only one schedule type allowed (cron, once, or interval)"),
        ({"name": "x", "action_type": "call_tool", "schedule_interval": "soon"}, 'invalid interval: time: invalid duration "soon"'),
        ({"name": "x", "action_type": "call_tool", "schedule_interval": "10"}, 'invalid interval: time: missing unit in duration "10"'),
        ({"name": "x", "action_type": "call_tool", "schedule_interval": "1500ms"}, "invalid interval: 1500ms is not whole seconds, 1s to 10 years"),
        ({"name": "x", "action_type": "call_tool", "schedule_once": "tomorrow"}, "invalid once time: Invalid isoformat string: 'tomorrow'"),
        (NAMED | {"action_type": "dance"}, "invalid action type: dance"),
        (NAMED | {"action_type": "send_message"}, "session_id is required for send_message action"),
        (NAMED | {"action_type": "send_message", "session_id": "s"}, "message is required for send_message action"),
        (NAMED | {"action_type": "send_message", "session_id": "s", "message": "m"}, "session not found: s"),
        (NAMED | {"action_type": "call_webhook"}, "webhook_url is required for call_webhook action"),
        (NAMED | {"action_type": "call_webhook", "webhook_url": "https://a.example", "webhook_method": "FLY"}, "invalid webhook method: FLY"),
        (NAMED | {"action_type": "call_tool"}, "tool_name is required for call_tool action"),
        (NAMED | {"action_type": "call_tool", "tool_name": "rm"}, "tool not found: rm"),
    ],
)  # fmt: skip
def test_a_wrong_job_is_told_in_the_words_of_the_contract(caller, arguments, words):
    assert refusal(caller, **arguments) == words
    assert AgentAct.objects.get().words == words


@pytest.mark.parametrize("tool", ["get", "delete", "enable", "disable", "trigger"])
def test_a_job_of_nobody_or_of_others_is_not_found(caller, tool):
    theirs = create(caller_in(make_root(id="other")))
    for job_id in ("gone", "brief", theirs["id"]):
        assert refusal(caller, f"cron_{tool}", id=job_id) == "job not found"


def test_a_job_with_six_fields(caller):
    made = create(caller, schedule_cron="30 0 9 * * 1-5", description="Look at nine.")
    task = task_of(made)
    assert made == {"id": "brief-check", "name": "Check", "status": "enabled", "next_run_at": task.next_run_at.isoformat()}  # fmt: skip
    assert (task.cron_expression, task.cron_seconds) == ("30 0 9 * * 1-5", True)
    assert task.next_slot.second == 30
    assert (task.agent.backend, task.agent_options) == ("tool_call", {"tool_name": "list_runs", "params": {}})  # fmt: skip
    assert (task.lineage, task.depth, task.owner.pk) == ("task:brief", 1, caller.user_id)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ("0 0 9 ? * MON-FRI", "0 0 9 * * MON-FRI"),
        ("@hourly", "@hourly"),
        ("@midnight", "@midnight"),
    ],
)
def test_what_else_robfig_takes(caller, line, stored):
    task = task_of(create(caller, schedule_cron=line))
    assert (task.cron_expression, task.next_slot is not None) == (stored, True)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("1h30m", 5400), ("90m", 5400), (3600 * 10**9, 3600), ("1.5h", 5400)],
)
def test_a_job_with_an_interval(caller, given, seconds):
    task = task_of(create(caller, schedule_interval=given))
    assert (task.schedule_type, task.interval_seconds) == ("interval", seconds)


def test_every_is_an_interval_too(caller):
    assert task_of(create(caller, schedule_cron="@every 2h")).interval_seconds == 7200


def test_a_job_that_fires_once(caller):
    at = (timezone.now() + timedelta(minutes=5)).replace(microsecond=0)
    task = task_of(create(caller, schedule_once=at.isoformat()))
    assert (task.schedule_type, task.run_at, task.next_slot) == ("once", at, at)


def test_what_is_over_and_what_is_too_frequent_are_refused(caller):
    assert "never fires" in refusal(caller, name="x", action_type="call_tool", tool_name="list_runs", schedule_once="2020-01-01T00:00:00Z")  # fmt: skip
    assert "900 s are demanded" in refusal(caller, name="x", action_type="call_tool", tool_name="list_runs", schedule_interval="1s")  # fmt: skip
    assert "cron_expression" in refusal(caller, name="x", action_type="call_tool", tool_name="list_runs", schedule_cron="0 9 * * *")  # fmt: skip


def test_a_message_goes_into_a_session_of_the_target_user(caller):
    session = ChatSession.objects.create(user_id="45", title="Morning")
    others = ChatSession.objects.create(user_id="46", title="Theirs")
    asked = {"action_type": "send_message", "message": "Anything new?"}
    task = task_of(create(caller, session_id=str(session.pk), **asked))
    assert (task.agent.backend, task.input_message) == ("message", "Anything new?")
    assert task.agent_options == {"agent_id": "echo", "session_id": str(session.pk)}
    given = {"name": "x", "schedule_cron": HOURLY, "session_id": str(others.pk)}
    assert "session not found" in refusal(caller, **given, **asked)


def test_a_task_that_an_agent_makes_reports_where_its_root_does(caller):
    team, root = make_shared_webhook(), ScheduledTask.objects.get(id="brief")
    root.shared_webhooks.add(team)
    ScheduledTask.objects.filter(id=root.id).update(alert_webhook=team, alert_after_failures=7)  # fmt: skip
    task = task_of(create(caller))
    assert list(task.shared_webhooks.all()) == [team]
    assert (task.alert_webhook_id, task.alert_after_failures) == (team.pk, 7)


def test_a_webhook_is_called_only_where_the_root_reports_to(caller):
    make_webhook(ScheduledTask.objects.get(id="brief"), url="https://hooks.example.com/T0/secret")  # fmt: skip
    made = create(caller, action_type="call_webhook", webhook_url="https://hooks.example.com/T1/other")  # fmt: skip
    assert task_of(made).agent_options == {"url": "https://hooks.example.com/T1/other", "method": "POST"}  # fmt: skip
    words = refusal(caller, **NAMED, action_type="call_webhook", webhook_url="https://evil.example.com/?q=1")  # fmt: skip
    assert words == "https://evil.example.com:443 is no place that this task reports to: a person must add it"  # fmt: skip
    kept = list(AgentAct.objects.values_list("arguments__webhook_url", flat=True))
    assert set(kept) == {
        "https://hooks.example.com:443",
        "https://evil.example.com:443",
    }


def test_outside_a_webhook_needs_somebody_who_may_add_them():
    make_agent()
    arguments = NAMED | {"action_type": "call_webhook", "webhook_url": "https://a.example.com"}  # fmt: skip
    assert "a person must add it" in refusal(outside(make_user()), **arguments)
    boss = make_user(is_staff=True, is_superuser=True)
    assert call_tool(outside(boss), "cron_create", arguments)["status"] == "enabled"


def test_the_rows_that_do_the_work_are_shared(caller):
    one, two = create(caller), create(caller)
    assert (one["id"], two["id"]) == ("brief-check", "brief-check-2")
    assert Agent.objects.filter(backend="tool_call").count() == 1
    Agent.objects.filter(id="cron-tool").update(backend="echo")
    assert "another backend" in refusal(caller, **NAMED, action_type="call_tool", tool_name="list_runs")  # fmt: skip


def test_list_and_get_show_the_jobs(caller):
    made = create(caller, description="Look.")
    call_tool(caller, "schedule_task", {"name": "b", "action": "create", "schedule": "0 9 * * *", "task": "T"})  # fmt: skip
    create(caller_in(make_root(id="other")))
    first, second = call_tool(caller, "cron_list", {})
    assert set(first) == {"id", "name", "description", "status", "run_count", "last_run_at", "next_run_at"}  # fmt: skip
    assert (first["id"], first["description"], second["id"]) == (made["id"], "Look.", "brief-b")  # fmt: skip
    job = call_tool(caller, "cron_get", {"id": made["id"]})
    assert job["schedule"] == {"cron": HOURLY}
    assert job["action"] == {"type": "call_tool", "tool_name": "list_runs", "params": {}}  # fmt: skip
    assert (job["owner_principal"], job["last_error"]) == (str(caller.user_id), "")
    assert call_tool(caller, "cron_get", {"id": "brief-b"})["schedule"] == {"cron": "0 0 9 * * *"}  # fmt: skip
    assert not AgentAct.objects.exclude(action="create").exists()


def test_list_by_status(caller):
    made = create(caller)
    make_run(task_of(made))
    off = create(caller)
    call_tool(caller, "cron_disable", {"id": off["id"]})
    found = {
        status: [job["id"] for job in call_tool(caller, "cron_list", {"status": status})]
        for status in ("enabled", "disabled", "running")
    }  # fmt: skip
    assert found == {"enabled": [], "disabled": [off["id"]], "running": [made["id"]]}
    assert refusal(caller, "cron_list", status="asleep") == "invalid status: asleep"


def test_disable_enable_and_delete(caller):
    job = {"id": create(caller)["id"]}
    assert call_tool(caller, "cron_disable", job) == {**job, "status": "disabled"}
    enabled = call_tool(caller, "cron_enable", job)
    assert (enabled["status"], bool(enabled["next_run_at"])) == ("enabled", True)
    assert call_tool(caller, "cron_delete", job) == {"deleted": True, **job}
    acts = AgentAct.objects.order_by("id").values_list("action", flat=True)
    assert list(acts) == ["create", "suspend", "resume", "delete"]


def test_a_person_has_the_last_word(caller):
    made = create(caller)
    services.pause_task(task_of(made), user=make_user())
    for tool in ("enable", "delete", "trigger"):
        words = refusal(caller, f"cron_{tool}", id=made["id"])
        assert "was paused by a person" in words


def test_a_job_does_not_delete_itself(caller):
    made = create(caller)
    task = task_of(made)
    words = refusal(caller_in(task, status="queued"), "cron_delete", id=made["id"])
    assert words.startswith("it is running you")


def test_a_job_under_way_is_not_triggered_again(caller):
    made = create(caller)
    make_run(task_of(made))
    assert refusal(caller, "cron_trigger", id=made["id"]) == "job is already running"


def test_nobody_waits_for_a_trigger_longer_than_the_caller_has(caller):
    made = create(caller)
    answer = call_tool(caller_in(ScheduledTask.objects.get(id="brief"), deadline_seconds=1), "cron_trigger", {"id": made["id"]})  # fmt: skip
    run = Run.objects.get(task_id=made["id"])
    assert (run.trigger, run.status) == ("agent", "queued")
    assert answer["error"] == f"it has not ended yet: ask get_run for {run.id}"


def ended_when_triggered(monkeypatch, **fields):
    """As if a worker took each triggered run to its end at once."""

    def run_now(task, **_others):
        now = timezone.now()
        return make_run(task, status="succeeded", finished_at=now, **fields)

    monkeypatch.setattr(services, "run_now", run_now)


def test_a_triggered_action_gives_what_the_contract_says(caller, monkeypatch):
    data = {"tool_name": "list_runs", "params": {}, "result": []}
    ended_when_triggered(monkeypatch, output="[]", output_data=data)
    made = create(caller)
    answer = call_tool(caller, "cron_trigger", {"id": made["id"]})
    assert set(answer) == {"id", "success", "output", "error", "duration"}
    assert (answer["id"], answer["success"], answer["error"]) == (made["id"], True, "")
    assert answer["output"] == data


def test_what_is_too_long_to_be_given_whole_is_given_as_text(caller, monkeypatch):
    ended_when_triggered(monkeypatch, output="x" * 30_000, output_data={"body": "x" * 30_000})  # fmt: skip
    answer = call_tool(caller, "cron_trigger", {"id": create(caller)["id"]})
    assert isinstance(answer["output"], str)
    assert len(answer["output"]) <= 20_000
