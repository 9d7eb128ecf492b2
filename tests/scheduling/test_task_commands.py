"""`manage.py tasks`: everything about tasks from the command line."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from scheduling.models import Run, ScheduledTask, Version
from tests.factories import make_agent, make_run, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # a Friday, 07:00 in Ho Chi Minh


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("tasks", *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def told(*args: str) -> Any:
    return json.loads(run(*args, "--json"))


def refusal(*args: str, code: int = 2) -> str:
    with pytest.raises(CommandError) as refused:
        run(*args)
    assert refused.value.returncode == code
    assert "\n" not in str(refused.value)
    return str(refused.value)


def create(*args: str) -> ScheduledTask:
    make_agent()
    shown = told("create", "--name", "Báo cáo", "--agent", "echo", "--prompt", "Report.", *args)  # fmt: skip
    return ScheduledTask.objects.get(id=shown["id"])


# -- create and update


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ((), {"schedule_type": "none"}),
        (("--time", "7:05"), {"schedule_type": "daily"}),
        (("--weekdays", "Mon,friday", "--time", "07:05"), {"schedule_type": "weekly", "weekdays": [1, 5]}),
        (("--month-days", "1,15,last", "--time", "07:05"), {"schedule_type": "monthly", "month_days": [1, 15, "last"]}),
        (("--cron", "0 7 * * 1-5"), {"schedule_type": "cron", "cron_expression": "0 7 * * 1-5"}),
        (("--interval", "1h30m"), {"schedule_type": "interval", "interval_seconds": 5400}),
        (("--at", "2026-12-24T18:00"), {"schedule_type": "once", "run_at": datetime(2026, 12, 24, 11, tzinfo=UTC)}),
        (("--schedule-type", "weekly", "--schedule-expression", "1,3,5 09:00"), {"weekdays": [1, 3, 5]}),
        (("--schedule-type", "monthly", "--schedule-expression", "1,15 09:00"), {"month_days": [1, 15]}),
        (("--schedule-type", "interval", "--schedule-expression", "3600"), {"interval_seconds": 3600}),
        (("--schedule-type", "once", "--schedule-expression", "2026-12-24T18:00"), {"run_at": datetime(2026, 12, 24, 11, tzinfo=UTC)}),
        (("--schedule-type", "once", "--schedule-expression", "2026-12-24T18:00Z"), {"run_at": datetime(2026, 12, 24, 18, tzinfo=UTC)}),
    ],
)  # fmt: skip
def test_a_task_is_made_with_each_kind_of_schedule(options, fields):
    task = create(*options)
    assert {name: getattr(task, name) for name in fields} == fields


def test_a_made_task_belongs_to_whom_it_was_made_as():
    anna = make_user(username="anna")
    task = create("--as", "anna", "--tag", "daily", "--tag", "money", "--id", "bao-cao", "--schedule-disabled")  # fmt: skip
    assert (task.id, task.owner, task.active) == ("bao-cao", anna, False)
    assert [tag.name for tag in task.tags.all()] == ["daily", "money"]
    assert Version.objects.get(ref="bao-cao").by_name == "anna"


def test_the_prompt_comes_from_a_file_or_the_input(tmp_path, monkeypatch):
    file = tmp_path / "prompt.md"
    file.write_text("Từ tệp.", encoding="utf-8")
    make_agent()
    named = ("create", "--name", "x", "--agent", "echo", "--prompt")
    monkeypatch.setattr("sys.stdin", io.StringIO("From the input."))
    for given, prompt in ((f"@{file}", "Từ tệp."), ("-", "From the input.")):
        shown = told(*named, given)
        assert ScheduledTask.objects.get(id=shown["id"]).input_message == prompt


def test_webhooks_are_given_as_fields_as_json_or_in_a_file(tmp_path):
    file = tmp_path / "hook.json"
    file.write_text('{"name": "C", "format": "raw", "url": "https://example.com/c"}')
    task = create(
        "--webhook", "name=A, b,format=raw,url=https://example.com/?x=1,2,header.X-Key=k=1",
        "--webhook", '{"name": "B", "format": "raw", "url": "https://example.com/b"}',
        "--webhook", f"@{file}",
    )  # fmt: skip
    first, second, third = task.webhooks.order_by("pk")
    assert (first.name, first.url) == ("A, b", "https://example.com/?x=1,2")
    assert first.headers == {"X-Key": "k=1"}
    assert (second.name, third.name) == ("B", "C")


def test_only_what_is_given_changes():
    task = make_task(id="report", timezone="Europe/Berlin")
    make_webhook(task, name="kept")
    run("update", "report", "--time", "09:30", "--max-runs", "5", "--tag", "x")
    run("update", "report", "--webhook", "name=new,format=raw,url=https://example.com/new")  # fmt: skip
    task.refresh_from_db()
    assert (task.schedule_type, f"{task.schedule_time:%H:%M}", task.max_runs) == ("daily", "09:30", 5)  # fmt: skip
    assert (task.input_message, task.timezone) == ("Report.", "Europe/Berlin")
    assert sorted(task.webhooks.values_list("name", flat=True)) == ["kept", "new"]


def test_the_options_of_apflow_change_a_schedule():
    task = make_task(id="report")
    run(
        "update", "report", "--schedule-type", "weekly", "--schedule-expression", "1,3,5 09:00",
        "--schedule-disabled", "--schedule-start-at", "2026-12-01", "--schedule-end-at", "2026-12-31T00:00Z",
        "--max-runs", "10",
    )  # fmt: skip
    task.refresh_from_db()
    assert (task.weekdays, task.active, task.max_runs) == ([1, 3, 5], False, 10)
    assert task.start_at == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert task.end_at == datetime(2026, 12, 31, tzinfo=UTC)
    run("update", "report", "--schedule-enabled", "--schedule-expression", "2 10:00", "--schedule-end-at", "", "--max-runs", "0")  # fmt: skip
    again = ScheduledTask.objects.get(id="report")
    assert (again.weekdays, again.active) == ([2], True)
    assert again.end_at is None
    assert again.max_runs is None


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--schedule-type", "weekly", "--schedule-expression", "8 09:00"), "Invalid day in 'weekly' expression: 8. Expected 1-7 (1=Mon, 7=Sun)."),
        (("--schedule-type", "daily", "--schedule-expression", "9"), "Invalid 'daily' expression: 9. Expected HH:MM format."),
        (("--schedule-type", "interval", "--schedule-expression", "0"), "Interval must be positive: 0"),
        (("--schedule-type", "once", "--schedule-expression", "tomorrow"), "Invalid 'once' expression: tomorrow. Expected ISO datetime."),
        (("--schedule-expression", "3 09:00", "--time", "09:00"), "--time: --schedule-expression says it already"),
        (("--cron", "61 * * * *"), "--cron: "),
        (("--cron", "0 7 * * *", "--interval", "60"), "--cron, --interval: a task has one schedule"),
        (("--interval", "often"), "--interval: 'often' is no length"),
        (("--weekdays", "funday", "--time", "07:00"), "--weekdays: 'funday' is no day"),
        (("--month-days", "32", "--time", "07:00"), "--month-days: '32' is no date"),
        (("--at", "2001-01-01"), "--at: 2001-01-01 00:00 in Asia/Ho_Chi_Minh is over"),
        (("--time", "25:00"), "--time: "),
        (("--timezone", "Mars/Base"), "--timezone: "),
        (("--max-runs", "-1"), "--max-runs: "),
        (("--agent", "nobody"), "--agent: there is no agent 'nobody'; there are: echo."),
        (("--as", "nobody"), "--as: there is no user 'nobody'."),
        (("--prompt", "@/no/such/file"), "--prompt: /no/such/file cannot be read: No such file or directory."),
        (("--webhook", "https://example.com/?token=secret"), "--webhook: write name=Ops,"),
        (("--webhook", "{"), "--webhook: this is no JSON object."),
        ((), "Nothing to change"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_and_changes_nothing(args, said):
    task = make_task(id="report")
    words = refusal("update", "report", *args)
    assert words.startswith(said)
    assert "secret" not in words
    before = task.version
    task.refresh_from_db()
    assert (task.version, task.schedule_type) == (before, "daily")


# -- reading


def test_active_tasks_are_listed_what_runs_next_first_in_their_own_zone():
    make_task(id="later", name="Tối", next_run_at=NOW + timedelta(hours=9))
    make_task(id="sooner", timezone="Europe/Berlin", next_run_at=NOW + timedelta(hours=1))  # fmt: skip
    make_task(id="off", active=False)
    heading, *rows = run("list").splitlines()
    assert heading.split() == ["ID", "NAME", "STATE", "SCHEDULE", "NEXT", "ZONE", "LAST"]  # fmt: skip
    assert [row.split()[0] for row in rows] == ["sooner", "later"]
    assert "2026-11-20 02:00  Europe/Berlin" in rows[0]
    assert "2026-11-20 16:00  Asia/Ho_Chi_Minh" in rows[1]
    assert {each["id"] for each in told("list", "--all")} == {"later", "sooner", "off"}


def test_a_list_is_filtered_by_owner_type_status_and_tag():
    anna = make_user(username="anna")
    own = make_task(id="own", owner=anna, last_status="succeeded")
    make_task(id="cron", schedule_type="cron", cron_expression="0 7 * * *", last_status="failed")  # fmt: skip
    make_run(own, status="running", lease_token="0" * 32, lease_expires_at=NOW, attempt=1)  # fmt: skip
    run("update", "cron", "--tag", "money")

    def ids(*args: str) -> list[str]:
        return [each["id"] for each in told("list", *args)]

    assert ids("-u", "anna") == ids("-u", str(anna.pk)) == ["own"]
    assert ids("-t", "cron") == ids("--tag", "money") == ids("-s", "failed") == ["cron"]
    assert ids("-s", "in_progress") == ["own"]
    assert ids("-s", "completed") == []
    assert len(ids("-l", "1")) == 1
    assert refusal("list", "-u", "nobody") == "--user-id: there is no user 'nobody'."


def test_a_list_asks_as_many_questions_for_many_tasks_as_for_one(
    django_assert_max_num_queries,
):
    for _ in range(10):
        make_task(owner=make_user())
    with django_assert_max_num_queries(3):
        run("list")


def test_a_task_is_shown_without_secrets():
    task = make_task(id="report")
    make_webhook(task, name="Ops", url="https://example.com/token-123")
    shown = run("show", "report")
    assert "Report." in shown
    assert "Ops (raw)" in shown
    assert "token-123" not in shown + json.dumps(told("show", "report"))


def test_history_is_newest_first_and_outlives_the_task():
    task = make_task(id="report")
    make_run(task, created_at=NOW - timedelta(days=1), status="failed", failure_reason="error", error="Boom\nand more", finished_at=NOW, attempt=3)  # fmt: skip
    make_run(task, created_at=NOW)
    run("delete", "report", "--yes")
    _, newest, oldest = run("history", "report").splitlines()
    assert "cancelled" in newest
    assert "error: Boom and more" in oldest
    assert len(told("history", "report", "--limit", "1")) == 1
    assert refusal("history", "nobody") == "There is no task 'nobody'."


def test_due_lists_what_dispatch_would_take_on():
    make_task(id="due", next_run_at=NOW - timedelta(minutes=5))
    make_task(id="soon", next_run_at=NOW + timedelta(hours=1))
    assert [each["id"] for each in told("due")] == ["due"]
    both = told("due", "--before", "2026-11-20T08:00")
    assert [each["id"] for each in both] == ["due", "soon"]
    assert refusal("due", "--before", "soon").startswith("--before: 'soon' is no moment")  # fmt: skip


def test_next_mixes_the_times_of_all_tasks():
    start = {"created_at": NOW, "schedule_type": "interval"}
    make_task(id="hourly", interval_seconds=3600, next_run_at=NOW + timedelta(hours=1), **start)  # fmt: skip
    make_task(id="two-hourly", interval_seconds=7200, next_run_at=NOW + timedelta(hours=2), **start)  # fmt: skip
    shown = told("next", "--count", "4")
    assert [each["task_id"] for each in shown] == ["hourly", "hourly", "two-hourly", "hourly"]  # fmt: skip
    assert shown[0]["at"] == "2026-11-20T08:00:00+07:00"
    assert run("next", "--count", "1").splitlines()[1].split() == ["2026-11-20", "08:00", "Asia/Ho_Chi_Minh", "hourly", "Morning", "report"]  # fmt: skip


# -- acting


def test_a_task_is_paused_and_resumed_in_somebodys_name():
    anna = make_user(username="anna")
    task = make_task(id="report")
    run("pause", "report", "--as", "anna", "--note", "Moving", "--until", "2026-11-21T07:00")  # fmt: skip
    task.refresh_from_db()
    assert (task.active, task.paused_by, task.pause_note) == (False, anna, "Moving")
    assert task.resume_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert run("resume", "report") == "Resumed: report, next 2026-11-21 07:00 Asia/Ho_Chi_Minh\n"  # fmt: skip


def test_a_copy_is_paused():
    make_task(id="report")
    assert run("clone", "report") == "Made, paused: report-copy\n"
    assert not ScheduledTask.objects.get(id="report-copy").active


def test_a_task_is_deleted_only_when_somebody_has_said_yes(monkeypatch):
    make_task(id="report")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert refusal("delete", "report") == "Nobody can be asked here: give --yes."
    assert ScheduledTask.objects.exists()
    assert run("delete", "report", "--yes") == "Deleted: report\n"
    assert not ScheduledTask.objects.exists()


def test_a_run_is_queued_and_its_id_told():
    anna = make_user(username="anna")
    task = make_task(id="report")
    run_id = run("run", "report", "--as", "anna").strip()
    made = task.runs.get()
    assert (str(made.id), made.requested_by, made.trigger) == (run_id, anna, "manual")


@pytest.mark.parametrize(("status", "code"), [("succeeded", 0), ("failed", 1), ("cancelled", 1)])  # fmt: skip
def test_waiting_prints_the_output_and_fails_with_the_run(monkeypatch, status, code):
    make_task(id="report")

    def end_it(seconds: float) -> None:
        failed = (
            {"error": "Boom", "failure_reason": "error"} if status == "failed" else {}
        )
        Run.objects.update(status=status, output="Xin chào", finished_at=timezone.now(), **failed)  # fmt: skip

    monkeypatch.setattr("time.sleep", end_it)
    if code:
        assert status in refusal("run", "report", "--wait", code=1)
    else:
        assert run("run", "report", "--wait") == "Xin chào\n"


def test_a_run_that_takes_too_long_is_left_to_itself():
    make_task(id="report")
    words = refusal("run", "report", "--wait", "--timeout", "0", code=1)
    assert words == "The run is queued after 0 s; it goes on."


def test_what_the_state_does_not_allow_ends_with_1():
    make_task(id="report", agent=make_agent(id="off", active=False))
    assert "switched off" in refusal("run", "report", code=1)


@pytest.mark.parametrize("verb", ["show", "delete", "clone", "pause", "resume", "run", "update"])  # fmt: skip
def test_a_task_that_there_is_not_is_named(verb):
    assert refusal(verb, "nobody") == "There is no task 'nobody'."


# -- for programs that do the work themselves


def test_a_slot_that_is_due_is_completed_from_outside_once():
    make_task(id="report", next_run_at=NOW - timedelta(minutes=1))
    shown = told("scheduled", "complete", "report", "--failed", "--error", "No data")
    assert (shown["status"], shown["error"]) == ("failed", "No data")
    assert "due" in refusal("scheduled", "complete", "report", code=1)
    assert refusal("scheduled", "complete", "report", "--error", "x") == "--error: only with --failed."  # fmt: skip


def test_the_next_run_is_planned_from_outside():
    make_task(id="report", next_run_at=NOW + timedelta(days=1))
    said = run("scheduled", "init", "report", "--from", "2026-12-01")
    assert said == "Planned: report, next 2026-12-01 07:00 Asia/Ho_Chi_Minh\n"
    assert [each["id"] for each in told("scheduled", "list", "--all")] == ["report"]
