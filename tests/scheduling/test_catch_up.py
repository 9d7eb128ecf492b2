"""After downtime: what runs, what does not, and what the ledger says of it, to the slot."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from scheduling.dispatch import dispatch_due
from scheduling.models import Blackout, Calendar, Event, Run, ScheduledTask
from tests.factories import make_agent, make_task
from tests.scheduling.due import MINUTE, NOW, end, ledger, minutely, told

pytestmark = pytest.mark.django_db
#: 200 minutely slots were missed, and the one of minute 200 is in time.
AFTER_200 = NOW + 200 * MINUTE + timedelta(seconds=5)


@time_machine.travel(AFTER_200, tick=False)
@pytest.mark.parametrize(
    ("policy", "rows"),
    [
        ("skip", [(0, 200, "missed"), (200, 1, "queued")]),
        ("latest", [(0, 200, "missed"), (200, 1, "queued")]),
        (
            "all",
            [
                (0, 197, "missed"),
                (197, 1, "queued"),
                (198, 1, "previous"),
                (199, 1, "previous"),
                (200, 1, "previous"),
            ],
        ),
    ],
)
def test_two_hundred_minutely_slots_of_an_outage(policy, rows):
    task = minutely(catch_up=policy, catch_up_cap=3)
    dispatch_due()
    assert told(task) == rows
    missed = ledger(task)[0]
    assert missed.last_slot == NOW + (rows[0][1] - 1) * MINUTE
    assert missed.note.startswith(("The task skips", "Of the missed slots"))
    task.refresh_from_db()
    assert task.next_slot == task.due_at == task.next_run_at == NOW + 201 * MINUTE
    assert sum(run.slots for run in ledger(task)) == 201


@time_machine.travel(NOW + timedelta(hours=4), tick=False)
@pytest.mark.parametrize(
    ("policy", "became"),
    [("skip", "missed"), ("latest", "queued"), ("all", "queued")],
)
def test_a_daily_slot_of_an_outage(policy, became):
    task = make_task(next_run_at=NOW, catch_up=policy)
    dispatch_due()
    assert told(task) == [(0, 1, became)]
    (row,) = ledger(task)
    assert row.caught_up is (policy != "skip")
    task.refresh_from_db()
    assert task.next_slot == NOW + timedelta(days=1)


@time_machine.travel(NOW + timedelta(days=5, hours=4), tick=False)
def test_of_six_daily_slots_each_policy_runs_what_it_says():
    tasks = {
        policy: make_task(next_run_at=NOW, catch_up=policy, catch_up_cap=2)
        for policy in ("skip", "latest", "all")
    }
    dispatch_due()
    day = 24 * 60
    assert told(tasks["skip"]) == [(0, 6, "missed")]
    assert told(tasks["latest"]) == [(0, 5, "missed"), (5 * day, 1, "queued")]
    assert told(tasks["all"]) == [
        (0, 4, "missed"),
        (4 * day, 1, "queued"),
        (5 * day, 1, "previous"),
    ]


@time_machine.travel(NOW + timedelta(hours=4), tick=False)
@pytest.mark.parametrize("policy", ["latest", "all"])
def test_a_slot_missed_longer_ago_than_the_window_is_not_run(policy):
    late = {"next_run_at": NOW, "catch_up": policy}
    old = make_task(catch_up_window_seconds=3 * 3600, **late)
    fresh = make_task(catch_up_window_seconds=5 * 3600, **late)
    dispatch_due()
    assert told(old) == [(0, 1, "missed")]
    assert "more than 10800 s" in ledger(old)[0].note
    assert told(fresh) == [(0, 1, "queued")]


@time_machine.travel(AFTER_200, tick=False)
def test_all_within_a_window_says_which_were_too_old_and_which_too_many():
    task = minutely(catch_up="all", catch_up_cap=2, catch_up_window_seconds=600)
    dispatch_due()
    assert told(task) == [
        (0, 191, "missed"),
        (191, 7, "missed"),
        (198, 1, "queued"),
        (199, 1, "previous"),
        (200, 1, "previous"),
    ]
    old, many = ledger(task)[:2]
    assert "more than 600 s" in old.note
    assert "the latest 2 run" in many.note


@time_machine.travel(AFTER_200, tick=False)
def test_where_runs_may_overlap_all_missed_slots_run_at_once():
    task = minutely(catch_up="all", catch_up_cap=2, overlap="allow")
    dispatch_due()
    assert [row[2] for row in told(task)] == ["missed", "queued", "queued", "queued"]


@time_machine.travel(AFTER_200, tick=False)
def test_what_is_caught_up_is_spread_always_alike_and_the_slot_in_time_is_not():
    task = minutely(catch_up="all", overlap="allow", catch_up_spread_seconds=3600)
    dispatch_due()
    *caught_up, in_time = [run for run in ledger(task) if run.status == "queued"]
    now = timezone.now()
    delays = [run.next_attempt_at - now for run in caught_up]
    assert len(set(delays)) > 5
    assert all(timedelta() <= delay <= timedelta(hours=1) for delay in delays)
    assert all(run.rung_at is None for run in caught_up)
    assert (in_time.next_attempt_at, in_time.rung_at) == (now, now)
    assert not in_time.caught_up

    Run.objects.all().delete()
    ScheduledTask.objects.update(next_slot=NOW, due_at=NOW)
    dispatch_due()
    again = [run for run in ledger(task) if run.caught_up]
    assert [run.next_attempt_at - now for run in again] == delays


@time_machine.travel(NOW + 3 * MINUTE, tick=False)
def test_a_hiccup_is_no_outage():
    """Slots that are all less late than a minute are taken on one after the other."""
    task = minutely(NOW + timedelta(minutes=2, seconds=20), interval_seconds=10)
    dispatch_due()
    assert [row[2] for row in told(task)] == ["queued"] + ["overlap"] * 4


def test_a_year_of_minutely_slots_is_sorted_in_less_than_a_second():
    now = timezone.now().replace(microsecond=0)
    calendar = Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])
    first = now - timedelta(days=365)
    task = minutely(first, catch_up="all", calendar=calendar)
    started = time.monotonic()
    dispatch_due()
    assert time.monotonic() - started < 1
    total = sum(run.slots for run in ledger(task))
    assert abs(total - 365 * 24 * 60) <= 1
    assert {run.skip_reason for run in ledger(task)} >= {"missed", "calendar"}


def test_a_year_of_nightly_blackouts_is_counted_to_the_slot():
    start = datetime(2025, 3, 1, tzinfo=UTC)
    Blackout.objects.create(
        name="Night",
        starts_at=start - timedelta(days=9),
        ends_at=start + timedelta(days=999),
        from_time="22:00",
        until_time="06:00",
        timezone="Europe/Warsaw",
    )
    task = minutely(start, schedule_type="cron", cron_expression="*/10 * * * *")
    count = 60 * 24 * 6 + 8 * 6 + 1
    with time_machine.travel(start + timedelta(days=60, hours=8), tick=False):
        dispatch_due()
    rows = ledger(task)
    assert sum(run.slots for run in rows) == count
    assert sum(run.slots for run in rows if run.skip_reason == "paused") == sum(
        _is_night(start + timedelta(minutes=10 * each)) for each in range(count)
    )
    for one, other in pairwise(rows):
        assert (one.last_slot or one.scheduled_for) < other.scheduled_for


def _is_night(instant: datetime) -> bool:
    hour = instant.astimezone(ZoneInfo("Europe/Warsaw")).hour
    return hour >= 22 or hour < 6


# -- closed days and blackouts in the outage


@time_machine.travel(NOW + timedelta(days=7, hours=4), tick=False)
def test_closed_days_of_an_outage_are_rows_of_their_own_in_the_order_of_time():
    calendar = Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])
    task = make_task(next_run_at=NOW, calendar=calendar, catch_up="latest")
    dispatch_due()
    day = 24 * 60
    assert told(task) == [
        (0, 5, "missed"),
        (5 * day, 2, "calendar"),
        (7 * day, 1, "queued"),
    ]
    assert ledger(task)[1].note == "The calendar “Work” is closed on this day."


@time_machine.travel(NOW + timedelta(days=6, hours=4), tick=False)
def test_the_latest_open_slot_runs_when_the_latest_is_closed():
    calendar = Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])
    task = make_task(next_run_at=NOW, calendar=calendar, catch_up="latest")
    dispatch_due()
    day = 24 * 60
    assert told(task) == [
        (0, 4, "missed"),
        (4 * day, 1, "queued"),
        (5 * day, 2, "calendar"),
    ]


@time_machine.travel(AFTER_200, tick=False)
def test_nothing_of_a_blackout_is_caught_up():
    Blackout.objects.create(
        name="Move",
        note="new rack",
        starts_at=NOW + 50 * MINUTE,
        ends_at=NOW + 100 * MINUTE,
    )
    task = minutely(catch_up="all", catch_up_cap=1000)
    ScheduledTask.objects.update(catch_up_window_seconds=160 * 60)
    dispatch_due()
    assert [row for row in told(task) if row[2] in ("missed", "paused")] == [
        (0, 41, "missed"),
        (50, 50, "paused"),
    ]
    (row,) = [run for run in ledger(task) if run.skip_reason == "paused"]
    assert row.note == "Blackout “Move”: new rack"
    assert row.last_slot == NOW + 99 * MINUTE


@time_machine.travel(AFTER_200, tick=False)
def test_what_would_run_while_everything_is_paused_is_skipped_and_the_outage_stays_missed():
    Blackout.objects.create(name="Stop", starts_at=AFTER_200 - timedelta(seconds=1))
    task = minutely(catch_up="latest")
    dispatch_due()
    assert told(task) == [(0, 200, "missed"), (200, 1, "paused")]


@time_machine.travel(NOW + 5 * MINUTE, tick=False)
def test_an_agent_that_is_switched_off_catches_nothing_up():
    off = make_agent(id="off", active=False)
    task = make_task(next_run_at=NOW, catch_up="latest", agent=off)
    dispatch_due()
    assert told(task) == [(0, 1, "paused")]
    assert "“off” is switched off" in ledger(task)[0].note


# -- limits and events


@time_machine.travel(AFTER_200, tick=False)
def test_the_runs_that_are_left_are_counted_and_the_rest_is_told():
    task = minutely(catch_up="all", catch_up_cap=5, max_runs=12, scheduled_runs=10)
    dispatch_due()
    assert told(task) == [
        (0, 195, "missed"),
        (195, 1, "queued"),
        (196, 1, "previous"),
        (197, 4, "limit"),
    ]
    task.refresh_from_db()
    assert (task.scheduled_runs, task.next_slot, task.due_at) == (12, None, None)


@time_machine.travel(AFTER_200, tick=False)
def test_missed_slots_are_an_event_with_their_count_and_range():
    task = minutely()
    dispatch_due()
    event = Event.objects.get(kind="missed")
    assert (event.task, event.slot) == (task, NOW)
    assert event.data == {
        "count": 200,
        "first": NOW.isoformat(),
        "last": (NOW + 199 * MINUTE).isoformat(),
    }


@time_machine.travel(NOW + timedelta(hours=4), tick=False)
def test_a_run_that_comes_later_than_its_grace_makes_the_task_late():
    late = make_task(next_run_at=NOW, grace_seconds=3600)
    patient = make_task(next_run_at=NOW, grace_seconds=5 * 3600)
    dispatch_due()
    late.refresh_from_db()
    patient.refresh_from_db()
    run = late.runs.get()
    assert run.late_at == late.late_since == timezone.now()
    assert patient.late_since is None
    event = Event.objects.get(kind="late")
    assert (event.task, event.run, event.slot) == (late, run, NOW)
    assert event.data == {"seconds": 4 * 3600, "runs": 1}


@time_machine.travel(AFTER_200, tick=False)
def test_what_has_its_row_already_is_not_run_again():
    task = minutely(catch_up="all", catch_up_cap=2)
    dispatch_due()
    for run in ledger(task):
        if run.status == "queued":
            end(run)
    ScheduledTask.objects.update(next_slot=NOW, due_at=NOW, scheduled_runs=0)
    assert dispatch_due().run_ids == []
    task.refresh_from_db()
    assert (task.scheduled_runs, len(ledger(task))) == (0, 4)
