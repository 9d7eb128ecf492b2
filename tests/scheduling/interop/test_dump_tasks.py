"""`manage.py dump_tasks`: nothing is lost on the way to another installation and back."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications.models import Webhook
from notifications.signing import generate_secret
from scheduling import services
from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.backbeat_columns import default_of
from scheduling.models import (
    Agent,
    Calendar,
    EventTrigger,
    ScheduledTask,
    TaskWebhook,
)
from scheduling.services.version_data import columns
from tests.factories import make_agent, make_shared_webhook, make_task, make_user
from tests.scheduling.interop.native import REPORT, Files, dumped

pytestmark = pytest.mark.django_db

AGENT: dict[str, Any] = {
    "name": "Analyst – 分析", "backend": "webhook_call", "system_prompt": "Be brief.\n\n  - and kind\n",
    "options": {"url": "https://agent.example/run", "body": "1e5"},
    "credentials": {"bearer_token": "k: #1"}, "active": False, "max_concurrent": 3,
    "run_cost_limit": Decimal("0.00000001"), "day_cost_limit": Decimal("999999.12345678"),
    "month_cost_limit": Decimal(100), "run_tokens_limit": 5, "run_tool_calls_limit": 6,
}  # fmt: skip
HOOK: dict[str, Any] = {
    "name": "team", "url": "https://hooks.example/s3cret", "format": "template",
    "headers": {"Authorization": "Bearer s3cret", "X-Yes": "yes"}, "body_template": {"text": "{{content}}", "n": [1, None]},
    "notify_on": "change", "first_of_streak": True, "changed_fields": ["a.b"], "condition": "score > `0.7`",
    "obeys_silence": False, "quiet_from": time(22, 30), "quiet_until": time(6, 0, 30), "digest_seconds": 600,
    "timezone": "Europe/Berlin", "active": False,
}  # fmt: skip
#: No format takes all columns.
TELEGRAM = {
    "url": "https://api.telegram.org/bot12:s3cret/sendMessage", "format": "telegram", "chat_id": "007",
    "options": {"max_messages": 2}, "digest_at": time(8, 15),
}  # fmt: skip
STANDARD = {"name": "team", "url": "https://hooks.example/s3cret2", "format": "standard", "signing_secret": generate_secret()}  # fmt: skip
TRIGGER: dict[str, Any] = {
    "event_type": "signal.*", "source_agent": "bot", "filter": "payload.ticker == 'VCB'",
    "min_interval_seconds": 60, "active": False,
}  # fmt: skip
TASK: dict[str, Any] = {
    "name": "Báo cáo sáng", "active": False, "pause_note": "Until Tết\u2028is over", "target_user_id": "45",
    "input_message": "Report for {{date}}.\n\n# not a comment\n\ttab  \n", "system_prompt_override": "yes",
    "schedule_type": "monthly", "schedule_time": time(7, 0, 5), "weekdays": [1, 7], "month_days": [1, "last"],
    "cron_expression": "0 0 7 * * *", "cron_seconds": True, "interval_seconds": 90,
    "run_at": datetime(2031, 1, 1, 7, 0, 0, 250_000, UTC), "timezone": "America/New_York",
    "start_at": datetime(2027, 11, 7, 5, 30, tzinfo=UTC), "end_at": datetime(2031, 1, 1, tzinfo=UTC), "max_runs": 1000,
    "first_run": "at_once", "jitter_seconds": 30, "excluded_dates": ["2027-01-01"], "on_closed_day": "shift",
    "overlap": "queue", "catch_up": "all", "catch_up_window_seconds": 3600, "catch_up_cap": 3,
    "catch_up_spread_seconds": 10, "grace_seconds": 100, "expected_seconds": 200, "pause_after_failures": 5,
    "alert_after_failures": 4, "deadline_seconds": 77, "max_attempts": 2, "agent_options": {"body": "{}"},
    "include_memory": True, "memory_scope": "agent", "needs_approval": True, "approval_seconds": 600,
    "approval_expiry": "approve", "may_schedule": True, "run_cost_limit": Decimal("0.1"),
    "run_tokens_limit": 7, "run_tool_calls_limit": 8, "day_cost_limit": Decimal("1.5"), "month_cost_limit": Decimal(2),
}  # fmt: skip


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def everything():
    """A task with all of its columns set, and what it names."""
    agent = make_agent(id="analyst", **AGENT)
    calendar = Calendar(
        id="vn", name="Việt Nam", weekdays=[1, 2, 3, 4, 5], only=False,
        dates={"2027-01-01": "New Year", "2027-02-06": ""}, file=ICS, file_name="vn.ics",
    )  # fmt: skip
    services.save_calendar(calendar, user=None)
    shared = make_shared_webhook(name="ops", for_alerts=True, format="standard", signing_secret=generate_secret())  # fmt: skip
    before = make_task(id="before", agent=agent)
    task = make_task(id="whole", agent=agent, calendar=calendar, owner=make_user(username="anna"), alert_webhook=shared, **TASK)  # fmt: skip
    services.record_task(before, user=None, is_new=True)
    for hook in (HOOK, TELEGRAM, STANDARD):
        TaskWebhook.objects.create(task=task, **hook)
    EventTrigger.objects.create(task=task, **TRIGGER)
    task.shared_webhooks.set([shared])
    services.update_task(
        ScheduledTask.objects.get(pk="whole"), fields={}, user=None, tags=["vn", "1e5"],
        parents=[{"task_id": "before", "when": "finished"}],
    )  # fmt: skip
    return task


ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20270101T000000Z\r\n"
    "DTSTART;VALUE=DATE:20270430\r\nSUMMARY:Reunification Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def empty_the_database() -> None:
    for model in (ScheduledTask, Agent, Calendar, Webhook):
        model.objects.all().delete()


def test_what_is_dumped_with_secrets_and_loaded_elsewhere_is_dumped_the_same(files, everything):  # fmt: skip
    first = dumped("--secrets")
    empty_the_database()
    files.load(first)
    assert dumped("--secrets") == first


@pytest.mark.parametrize(
    ("model", "given", "elsewhere"),
    [
        (ScheduledTask, TASK, {"agent", "owner", "calendar", "alert_webhook"}),
        (Agent, AGENT, set()),
    ],
)
def test_the_example_sets_every_column_that_people_own(model, given, elsewhere):
    named = columns(model)
    assert {*named} == ({*given} | elsewhere) - {"credentials"}
    same = [name for name, field in named.items() if name in given and given[name] == default_of(field)]  # fmt: skip
    assert same == []


def test_the_example_sets_every_column_of_webhooks_and_triggers():
    assert {*HOOK, *TELEGRAM, *STANDARD} == {*Webhook.EDITABLE}
    assert {*TRIGGER} == {*EventTrigger.EDITABLE}


def test_every_column_is_in_the_file(everything):
    text = dumped("whole", "--secrets")
    for name in (*TASK, "owner", "calendar_id", "alert_webhook"):
        assert f"  {name}:" in text or f"- {name}:" in text


def test_without_secrets_a_mark_stands_for_each(everything):
    text = dumped()
    assert "s3cret" not in text
    assert "k: #1" not in text
    assert "whsec" not in text
    assert "***" in text


def test_marks_keep_what_is_stored(files, everything):
    files.load(dumped(), "--force")
    hook = TaskWebhook.objects.get(format="template")
    assert (hook.url, hook.headers) == (HOOK["url"], HOOK["headers"])
    assert files.plan(dumped()) == dict.fromkeys(("analyst", "vn", "ops", "before", "whole"), "unchanged")  # fmt: skip
    assert Agent.objects.defer(None).get().credentials == AGENT["credentials"]


def test_a_mark_where_nothing_is_stored_is_a_fault(files, everything):
    text = dumped()
    empty_the_database()
    code, lines = files.refused(text)
    told = "\n".join(lines)
    assert code == 2
    for place in ("agents[0].credentials: bearer_token", "webhooks[0].url", "webhooks[0].signing_secret",
                  "tasks[1].webhooks[0].url", "tasks[1].webhooks[0].headers: Authorization"):  # fmt: skip
        assert place in told


def test_kept_headers_do_not_follow_to_another_host(files, everything):
    text = dumped("whole").replace("    url: '***'\n    format: template", "    url: https://elsewhere.example/\n    format: template")  # fmt: skip
    _code, lines = files.refused(text, "--force")
    assert "leads to another host now" in lines[0]


def test_what_is_dumped_and_loaded_can_be_changed_without_force(files):
    make_task(id="report", agent=make_agent())
    files.load(dumped())
    files.load(dumped().replace("Morning report", "Evening report"))
    assert ScheduledTask.objects.get().name == "Evening report"


def test_a_file_is_for_its_owners_eyes_and_replaced_whole(tmp_path):
    make_task()
    path = tmp_path / "out.yaml"
    path.write_text("old")
    dumped("--output", str(path))
    assert path.read_text().startswith("backbeat: 1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["out.yaml"]


def test_defaults_are_left_out(files):
    files.load(REPORT)
    text = dumped("digest")
    assert "max_attempts" not in text
    assert "overlap" not in text


def test_an_unknown_task_is_told():
    with pytest.raises(CommandError, match="There is no task 'nope'") as refused:
        dumped("nope")
    assert refused.value.returncode == 2


def test_all_tasks_that_a_format_cannot_say_are_told():
    for name in ("a", "b"):
        make_task(id=name, schedule_type="none")
    told = io.StringIO()
    with pytest.raises(CommandError, match="sympozium cannot say 2 tasks; nothing was written") as refused:  # fmt: skip
        call_command("dump_tasks", "--format", "sympozium", stderr=told)
    assert refused.value.returncode == 1
    assert [line[:2] for line in told.getvalue().splitlines()] == ["a:", "b:"]


def test_webhooks_that_no_name_tells_apart_are_told():
    make_shared_webhook(name="ops")
    make_shared_webhook(name="ops")
    with pytest.raises(CommandError, match="2 webhooks of the address book are called 'ops'"):  # fmt: skip
        dumped()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("dump_tasks", "--output", str(tmp_path / "no" / "x.yaml"))
    assert refused.value.returncode == 2


def left_out(kind: str, *ids: str) -> list[str]:
    told = io.StringIO()
    call_command("dump_tasks", *ids, "--format", kind, stdout=io.StringIO(), stderr=told)  # fmt: skip
    return told.getvalue().splitlines()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("simplize", "max_attempts, tags, parents"),
        ("apflow", "max_attempts, tags, webhooks"),
        ("sympozium", "max_attempts, tags, parents, webhooks"),
        ("backbeat", ""),
    ],
)
def test_what_another_system_has_no_place_for_is_said_for_each_task(kind, names):
    agent = make_agent(id="writer")
    make_task(id="before", agent=agent, timezone="UTC")
    task = make_task(id="rich", agent=agent, max_attempts=5, timezone="UTC")
    task.webhooks.create(name="w", url="https://example.com/x")
    services.update_task(
        ScheduledTask.objects.get(pk="rich"), fields={}, user=None, tags=["vn"],
        parents=[{"task_id": "before", "when": "finished"}],
    )  # fmt: skip
    said = left_out(kind, "rich", "before")
    label = FORMATS[kind].label
    assert said == ([f"left out: rich: {label} has no place for {names}."] if names else [])  # fmt: skip
