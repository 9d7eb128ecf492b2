"""The rows of `tests.browser.rows` about when tasks run: calendars, pauses, trees, backfills, events."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from scheduling import cycles
from scheduling.models import (
    Backfill,
    Blackout,
    Calendar,
    Dependency,
    Event,
    EventTrigger,
    Run,
)
from scheduling.services.versions import record_agent, record_task
from tests.factories import (
    make_agent_act,
    make_backfill,
    make_blackout,
    make_event,
    make_run,
    make_task,
)

HOLIDAYS = {
    "2027-01-01": "Tết Dương lịch",
    "2027-02-06": "Tết Nguyên đán",
    "2027-04-30": "Ngày Giải phóng",
}
#: Task, what it runs after, and when: 12 tasks with two diamonds and a branch for failures.
TREE = (
    ("collect-prices", "report", "succeeded"),
    ("collect-news", "report", "succeeded"),
    ("collect-filings", "report", "finished"),
    ("clean-prices", "collect-prices", "succeeded"),
    ("score-news", "collect-news", "succeeded"),
    ("score-news", "collect-filings", "finished"),
    ("tell-the-desk", "collect-prices", "failed"),
    ("sectors", "clean-prices", "succeeded"),
    ("sectors", "score-news", "succeeded"),
    ("outlook", "score-news", "succeeded"),
    ("compose", "sectors", "succeeded"),
    ("compose", "outlook", "succeeded"),
    ("publish", "compose", "succeeded"),
    ("archive", "compose", "finished"),
)
_ENDS = {
    "collect-prices": "succeeded", "collect-news": "succeeded", "collect-filings": "failed",
    "tell-the-desk": "skipped", "clean-prices": "succeeded", "score-news": "running",
}  # fmt: skip


def plan(made: dict[str, Any], reader: Any) -> None:
    """Give `made`, as `tests.access.things` returns it, what belongs to its schedules.

    Adds `cycle` (the run that began one of twelve), `held` (a run of it that waits) and
    `paused` (a task) to it.
    """
    task = made["scheduling.scheduledtask"]
    _mark_days(task, made["scheduling.calendar"])
    made["cycle"], made["held"] = _make_cycle(task, reader)
    made["paused"] = _make_paused_task(reader)
    made["triggered"] = _make_triggered(task)
    _make_gaps(task)
    _dress_backfill(made["scheduling.backfill"], reader)
    make_backfill(made["paused"], cancelled_at=timezone.now(), cancelled_by=reader)
    _make_blackouts(made["scheduling.blackout"], reader)
    _make_events(task, made["paused"])
    _make_versions(task, made["scheduling.agent"], reader)


def _make_triggered(task: Any) -> Run:
    """What an event has begun: the trigger, and the run that shows it."""
    now = timezone.now()
    EventTrigger.objects.filter(task=task).update(
        event_type="signal.*", source_agent="watcher", filter="payload.ticker == 'VCB'",
        min_interval_seconds=600, fired_at=now, fired_count=3,
        refused_note="2026-11-20 09:00 UTC: The task is paused.",
    )  # fmt: skip
    event = {
        "event_type": "signal.created", "source_agent": "watcher", "target_agent": None,
        "payload": {"ticker": "VCB", "reason": "Vượt đỉnh 52 tuần"},
        "timestamp": "2026-11-20T02:00:00+00:00",
    }  # fmt: skip
    return make_run(task, trigger="event", status="succeeded", finished_at=now, event=event, hops=1, created_at=now - timedelta(days=300))  # fmt: skip


def _mark_days(task: Any, calendar: Calendar) -> None:
    calendar.name, calendar.weekdays, calendar.dates = "Sàn chứng khoán", [1, 2, 3, 4, 5], HOLIDAYS  # fmt: skip
    calendar.file_name = "public-holidays.ics"
    calendar.file_dates = {"2027-09-02": "Quốc khánh", "2027-12-25": ""}
    calendar.save()
    task.calendar, task.on_closed_day, task.jitter_seconds = calendar, "shift", 90
    task.excluded_dates, task.max_runs = ["2027-03-08"], 400
    task.overlap, task.catch_up, task.catch_up_window_seconds = "queue", "all", 7200
    task.grace_seconds, task.expected_seconds, task.pause_after_failures = 120, 240, 5
    task.late_since = timezone.now() - timedelta(minutes=7)
    task.consecutive_failures = 2
    task.save()


def _make_cycle(task: Any, reader: Any) -> tuple[Run, Run]:
    """A cycle of twelve under way; its last runs are held."""
    names = dict.fromkeys(name for name, *_ in TREE)
    for name in names:
        make_task(id=name, name=name.replace("-", " ").capitalize(), schedule_type="none", schedule_time=None, owner=reader)  # fmt: skip
    for name, parent, when in TREE:
        Dependency.objects.create(task_id=name, parent_id=parent, when=when)
    now = timezone.now() - timedelta(minutes=5)
    root = make_run(
        task, trigger="schedule", scheduled_for=now, status="succeeded", attempt=1,
        created_at=now, started_at=now, finished_at=now + timedelta(seconds=31), output="Đã xong.",
    )  # fmt: skip
    runs = {each.task_ref: each for each in cycles.expand([root], now)}
    root.save()
    for name, run in runs.items():
        _end(run, _ENDS.get(name, ""), now + timedelta(seconds=31))
        run.save()
    return root, runs["publish"]


def _end(run: Run, status: str, at: datetime) -> None:
    if not status:
        return
    run.status, run.waits_for, run.task_version = status, "", 1
    if status == "skipped":
        run.skip_reason, run.note, run.finished_at = "parent", "Collect prices succeeded.", at  # fmt: skip
        return
    run.attempt, run.started_at = 1, at
    if status == "running":
        run.lease_token = uuid.uuid4()
        run.lease_expires_at = timezone.now() + timedelta(minutes=5)
        return
    run.finished_at = at + timedelta(seconds=48)
    if status == "failed":
        run.failure_reason, run.error = "error", "HTTP 529: overloaded"


def _make_paused_task(reader: Any) -> Any:
    now = timezone.now()
    return make_task(
        id="weekly-review", name="Tổng kết tuần", schedule_type="weekly", weekdays=[5], active=False,
        pause_note="Nguồn dữ liệu đang bảo trì, xem lại vào thứ Hai.", paused_at=now - timedelta(days=1),
        paused_by=reader, resume_at=now + timedelta(days=2), due_at=now + timedelta(days=2), owner=reader,
    )  # fmt: skip


def _make_gaps(task: Any) -> None:
    """Slots that were not used, one row of each reason."""
    now = timezone.now()
    for days, (reason, note, slots) in enumerate(
        (("calendar", "Closed by the calendar Sàn chứng khoán.", 2), ("paused", "Everything was paused: Tết.", 3),
         ("overlap", "", 1), ("limit", "", 1)), start=4,
    ):  # fmt: skip
        at = now - timedelta(days=days)
        first = at - timedelta(hours=slots - 1)
        make_run(
            task, status="skipped", skip_reason=reason, note=note, trigger="schedule", slots=slots,
            scheduled_for=first, last_slot=at if slots > 1 else None, created_at=at, finished_at=at,
        )  # fmt: skip


def _dress_backfill(backfill: Backfill, reader: Any) -> None:
    now = timezone.now()
    backfill.from_at, backfill.until_at = (
        now - timedelta(days=12),
        now - timedelta(days=2),
    )
    backfill.made, backfill.left_out, backfill.created_by = 9, 2, reader
    backfill.note = "Giá đóng cửa đã được sửa."
    backfill.save()
    for number, status in enumerate(["succeeded"] * 4 + ["failed", "cancelled", "running", "queued"]):  # fmt: skip
        at = now - timedelta(days=11 - number, hours=1)
        begun = None if status == "queued" else now - timedelta(minutes=9 - number)
        ended = begun and begun + timedelta(seconds=31)
        make_run(
            backfill.task, trigger="backfill", backfill=backfill, scheduled_for=at, status=status,
            started_at=begun, finished_at=None if status == "running" else ended,
            failure_reason="error" if status == "failed" else "",
            error="HTTP 529: overloaded" if status == "failed" else "",
            lease_token=uuid.uuid4() if status == "running" else None,
            lease_expires_at=now + timedelta(minutes=5) if status == "running" else None,
            waits_for="previous" if status == "queued" else "",
        )  # fmt: skip


def _make_blackouts(switch: Blackout, reader: Any) -> None:
    now = timezone.now()
    switch.note, switch.created_by = "Chuyển máy chủ.", reader
    switch.starts_at = now - timedelta(hours=2)
    switch.save()
    make_blackout(name="Bảo trì hằng tuần", weekdays=[6, 7], from_time=time(23), until_time=time(2, 30), created_by=reader)  # fmt: skip
    make_blackout(name="Year end", starts_at=now + timedelta(days=30), ends_at=now + timedelta(days=33))  # fmt: skip
    make_blackout(name="Moving house", starts_at=now - timedelta(days=9), lifted_at=now - timedelta(days=8),
                  ends_at=now - timedelta(days=8), lifted_by=reader)  # fmt: skip


def _make_events(task: Any, paused: Any) -> None:
    now = timezone.now()
    failed = task.runs.filter(status="failed").first()
    for number, (kind, of, note) in enumerate((
        ("overdue", task, "Runs longer than the 240 seconds that were expected."), ("on_time", task, ""),
        ("missed", task, "4 slots were missed."), ("resumed", task, ""),
        ("paused", paused, "5 failures in a row."),
        ("set_aside", paused, "cron_expression '0 0 31 2 *': no such day comes."),
        ("refused", task, "schedule_task: its slots are 60 s apart."), ("beat_silent", None, ""), ("beat_back", None, ""), ("blackout", None, "Tết"), ("lifted", None, ""),
    )):  # fmt: skip
        at = now - timedelta(hours=3 * number + 1)
        run = failed if kind == "overdue" else None
        make_event(of, kind=kind, note=note, run=run, slot=at if of else None, at=at)
    make_agent_act(
        task,
        run_id=task.runs.values_list("id", flat=True).first(),
        arguments={"name": "check"},
    )
    make_agent_act(
        task,
        accepted=False,
        words="its slots are 60 s apart: at least 900 s are demanded here (SCHEDULING_AGENT_MIN_INTERVAL_SECONDS)",
    )
    Event.objects.filter(kind="late").update(note="Not started after 120 seconds.", slot=now - timedelta(minutes=9))  # fmt: skip


def _make_versions(task: Any, agent: Any, reader: Any) -> None:
    record_task(task, user=reader)
    task.input_message += "\nWrite in Vietnamese.\nName the source of each figure."
    task.system_prompt_override, task.schedule_time = "Be brief.", time(6, 45)
    task.save()
    record_task(task, user=reader)
    agent.name, agent.system_prompt = "Echo for trials", "Say it again."
    agent.save()
    record_agent(agent, user=reader)
