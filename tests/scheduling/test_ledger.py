"""What the ledger says about a slot: every kind of answer, exact, and at a constant price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from scheduling.ledger import MAX_ANSWERS, Answer, Because, Kind, between, what_happened
from scheduling.ledger_words import as_json, in_words
from scheduling.models import Run, ScheduledTask
from tests.factories import make_run, make_task, make_user

pytestmark = pytest.mark.django_db

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = timedelta(days=1)


def at(day: int, hour: int = 7, minute: int = 0) -> datetime:
    """A moment of November 2026 on the clock of the task."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SAIGON)


@pytest.fixture(autouse=True)
def clock():
    """Friday noon."""
    with time_machine.travel(at(20, 12), tick=False):
        yield


@pytest.fixture
def task() -> ScheduledTask:
    """Daily at 07:00 since the first of the month; the ledger knows all slots up to today's."""
    return make_task(id="report", created_at=at(1, 12), next_run_at=at(21))


def slot(task: ScheduledTask, when: datetime, **fields: Any) -> Run:
    """A row of a scheduled slot, succeeded unless said otherwise."""
    fields = {"status": "succeeded", "trigger": "schedule"} | fields
    if fields["status"] in Run.FINAL:
        fields = {
            "started_at": when,
            "finished_at": when + timedelta(minutes=2),
        } | fields
    return make_run(task, scheduled_for=when, created_at=when, **fields)


def skip(task: ScheduledTask, when: datetime, **fields: Any) -> Run:
    return slot(
        task, when, **({"status": "skipped", "skip_reason": "overlap"} | fields)
    )


def said(task: ScheduledTask, when: datetime) -> tuple[Kind, str]:
    answer = what_happened(task, when)
    return answer.kind, in_words(answer, task)


def test_a_slot_that_ran_is_told_with_its_run_and_times(task):
    run = slot(task, at(17))
    answer = what_happened(task, at(17))
    assert (answer.kind, [each.id for each in answer.runs]) == (Kind.RAN, [run.id])
    assert in_words(answer, task) == (
        "It ran and succeeded, from 2026-11-17 07:00 to 2026-11-17 07:02."
    )


def test_a_failed_slot_says_why(task):
    slot(task, at(17), status="failed", failure_reason="timeout")
    kind, words = said(task, at(17))
    assert kind == Kind.RAN
    assert "failed at 2026-11-17 07:02: Deadline passed." in words


def test_a_running_slot_and_a_queued_one_say_so(task):
    token = "00000000-0000-0000-0000-000000000001"
    slot(task, at(19), status="running", started_at=at(19), lease_token=token, lease_expires_at=at(21))  # fmt: skip
    slot(task, at(20), status="queued", waits_for="previous")
    assert said(task, at(19)) == (Kind.RUNNING, "It has been running since 2026-11-19 07:00.")  # fmt: skip
    assert said(task, at(20)) == (Kind.QUEUED, "It is queued and waits for the run before it.")  # fmt: skip


def test_a_skipped_slot_says_why_with_its_note(task):
    skip(task, at(17), note="One waits already.")
    kind, words = said(task, at(17))
    assert kind == Kind.SKIPPED
    assert words == "It was skipped: A run was still under way. One waits already."


def test_a_slot_skipped_and_backfilled_later_tells_both(task):
    skip(task, at(17))
    slot(task, at(17), trigger="backfill", started_at=at(19), finished_at=at(19))
    answer = what_happened(task, at(17))
    assert answer.kind == Kind.RAN
    assert [run.trigger for run in answer.runs] == ["schedule", "backfill"]
    words = in_words(answer, task)
    assert words.startswith("It was skipped: A run was still under way.")
    assert "Later (Backfill): It ran and succeeded" in words


def test_a_slot_in_a_row_that_stands_for_many_is_found_in_it(task):
    slot(task, at(9))
    row = skip(task, at(10), skip_reason="missed", slots=6, last_slot=at(15))
    slot(task, at(16))
    answer = what_happened(task, at(12))
    assert (answer.kind, answer.runs[0].id, answer.slots) == (Kind.SKIPPED, row.id, 6)
    assert (answer.slot, answer.first_slot, answer.last_slot) == (at(12), at(10), at(15))  # fmt: skip
    assert "all 6 slots from 2026-11-10 07:00 to 2026-11-15 07:00" in in_words(answer, task)  # fmt: skip
    assert what_happened(task, at(15)).runs[0].id == row.id
    assert what_happened(task, at(16)).kind == Kind.RAN


def test_a_backfill_within_the_range_does_not_hide_the_range(task):
    row = skip(task, at(10), skip_reason="missed", slots=6, last_slot=at(15))
    slot(task, at(11), trigger="backfill")
    assert what_happened(task, at(11)).kind == Kind.RAN
    assert what_happened(task, at(12)).runs[0].id == row.id


def test_a_moment_that_is_no_slot_names_the_nearest_ones(task):
    answer = what_happened(task, at(17, 8))
    assert answer.kind == Kind.NOT_A_SLOT
    assert [each.astimezone(SAIGON) for each in answer.nearest] == [at(17), at(18)]
    assert in_words(answer, task) == (
        "2026-11-17 08:00 is not a slot of this schedule. "
        "The nearest: 2026-11-17 07:00, 2026-11-18 07:00."
    )


def test_a_row_wins_over_a_schedule_that_was_changed_since(task):
    run = slot(task, at(17, 8))
    assert what_happened(task, at(17, 8)).runs[0].id == run.id


def test_a_slot_of_the_new_schedule_that_the_old_one_had_not_is_explained(task):
    kind, words = said(task, at(17))
    assert kind == Kind.UNKNOWN
    assert "the schedule was another one at that time" in words


def test_the_next_slot_is_still_to_come_with_its_real_second(task):
    task.jitter_seconds = 600
    answer = what_happened(task, at(21))
    assert answer.kind == Kind.UPCOMING
    assert answer.due_at == task.schedule.due(at(21))
    assert "still to come, at 2026-11-21 07:" in in_words(answer, task)


def test_a_slot_that_beat_has_not_taken_on_yet_says_so(task):
    ScheduledTask.objects.filter(id=task.id).update(next_slot=at(20), due_at=at(20))
    task.refresh_from_db()
    assert said(task, at(20)) == (
        Kind.UPCOMING, "Its time has come, and beat has not taken it on yet.",
    )  # fmt: skip


def test_a_closed_day_to_come_says_that_it_will_be_skipped(task):
    task.excluded_dates = ["2026-11-22"]
    answer = what_happened(task, at(22))
    assert (answer.kind, answer.because) == (Kind.UPCOMING, Because.CLOSED_DAY)


def test_a_pause_says_since_when_by_whom_and_why(task):
    task.active, task.paused_at, task.pause_note = False, at(15, 9), "Holidays."
    task.paused_by = make_user(username="lan")
    task.next_slot = None
    assert said(task, at(17)) == (
        Kind.PAUSED,
        "The task has been paused since 2026-11-15 09:00, by lan. Holidays.",
    )
    assert what_happened(task, at(15)).kind == Kind.UNKNOWN


def test_a_pause_that_ends_by_itself_lets_later_slots_come(task):
    task.active, task.paused_at, task.resume_at = False, at(15, 9), at(23, 7)
    task.next_slot = at(16)
    kind, words = said(task, at(22))
    assert kind == Kind.PAUSED
    assert "It resumes by itself at 2026-11-23 07:00." in words
    assert what_happened(task, at(23)).kind == Kind.UPCOMING


def test_before_the_task_was_made_there_was_nothing(task):
    kind, words = said(task, at(1))
    assert kind == Kind.BEFORE_CREATION
    assert "2026-11-01 12:00" in words


def test_after_the_end_of_the_schedule_it_is_finished(task):
    task.end_at = at(18, 12)
    kind, words = said(task, at(19))
    assert kind == Kind.FINISHED
    assert words == (
        "The schedule ended at 2026-11-18 12:00. The nearest: 2026-11-18 07:00."
    )


def test_slots_after_the_last_run_that_the_schedule_may_start_are_finished(task):
    task.max_runs, task.scheduled_runs = 10, 8
    assert what_happened(task, at(22)).kind == Kind.UPCOMING
    answer = what_happened(task, at(23))
    assert (answer.kind, answer.because) == (Kind.FINISHED, Because.RUNS_USED_UP)


def test_a_task_whose_runs_are_used_up_is_finished_after_its_last_row(task):
    slot(task, at(18))
    task.max_runs = task.scheduled_runs = 3
    task.next_slot = None
    assert what_happened(task, at(18)).kind == Kind.RAN
    assert what_happened(task, at(19)).kind == Kind.FINISHED
    assert what_happened(task, at(17)).kind == Kind.UNKNOWN


def test_what_was_pruned_is_said_to_be(task, configure):
    configure("SCHEDULING", keep_runs_days=5)
    kind, words = said(task, at(10))
    assert kind == Kind.UNKNOWN
    assert words == "Rows are kept for 5 days, and this one was deleted since."


def test_a_task_that_was_set_aside_says_why(task):
    task.schedule_error, task.timezone = "ScheduleError: no zone", "Nowhere/Land"
    answer = what_happened(task, at(17))
    assert (answer.kind, answer.because) == (Kind.UNKNOWN, Because.SET_ASIDE)
    assert "no zone" in in_words(answer, task)


def test_a_minute_means_the_slot_of_its_eighth_second():
    begun = datetime(2026, 11, 17, 0, 0, 8, 123456, tzinfo=UTC)
    task = make_task(
        schedule_type="interval", interval_seconds=3600, schedule_time=None,
        start_at=begun, created_at=begun, next_run_at=at(21),
    )  # fmt: skip
    run = slot(task, begun + timedelta(hours=3))
    assert what_happened(task, at(17, 10)).runs[0].id == run.id
    assert what_happened(task, at(17, 10, 1)).kind == Kind.NOT_A_SLOT


def test_an_answer_as_json_is_told_in_the_zone_of_the_task(task):
    slot(task, at(17))
    shown = as_json(what_happened(task, at(17).astimezone(UTC)), task)
    assert shown["slot"] == "2026-11-17T07:00:00+07:00"
    assert (shown["kind"], shown["runs"][0]["status"]) == ("ran", "succeeded")


def kinds(answers: list[Answer]) -> list[tuple[int, Kind, int]]:
    return [(each.slot.astimezone(SAIGON).day, each.kind, each.slots) for each in answers]  # fmt: skip


def test_a_range_gives_every_slot_and_counts_those_skipped_together(task):
    slot(task, at(9))
    skip(task, at(10), skip_reason="missed", slots=6, last_slot=at(15))
    slot(task, at(12), trigger="backfill")
    slot(task, at(16, 8))  # of an older schedule
    slot(task, at(17))
    assert kinds(between(task, at(9), at(21))) == [
        (9, Kind.RAN, 1),
        (10, Kind.SKIPPED, 2),
        (12, Kind.RAN, 1),
        (13, Kind.SKIPPED, 3),
        (16, Kind.UNKNOWN, 1),
        (16, Kind.RAN, 1),
        (17, Kind.RAN, 1),
        (18, Kind.UNKNOWN, 1),
        (19, Kind.UNKNOWN, 1),
        (20, Kind.UNKNOWN, 1),
        (21, Kind.UPCOMING, 1),
    ]


def test_a_range_that_begins_within_a_row_of_many_counts_its_part(task):
    skip(task, at(10), skip_reason="missed", slots=6, last_slot=at(15))
    assert kinds(between(task, at(13), at(14))) == [(13, Kind.SKIPPED, 2)]


def test_a_range_stops_at_its_limit(task):
    assert len(between(task, at(2), at(30), 4)) == 4


def test_a_range_costs_as_many_queries_however_long(task, django_assert_num_queries):
    for day in range(2, 20):
        slot(task, at(day))
    with django_assert_num_queries(3):
        between(task, at(17), at(18))
    with django_assert_num_queries(3):
        between(task, at(2), at(30))


def test_one_question_costs_few_queries(task, django_assert_max_num_queries):
    slot(task, at(17))
    with django_assert_max_num_queries(1):
        what_happened(task, at(17))
    with django_assert_max_num_queries(3):
        what_happened(task, at(18))


def test_a_thousand_years_of_seconds_are_answered_at_once():
    task = make_task(
        schedule_type="cron", cron_expression="* * * * * *", cron_seconds=True,
        created_at=datetime(1971, 1, 1, tzinfo=UTC), next_run_at=at(21),
        timezone="America/New_York",
    )  # fmt: skip
    answers = between(task, datetime(1971, 1, 1, tzinfo=UTC), datetime(2971, 1, 1, tzinfo=UTC))  # fmt: skip
    assert len(answers) == MAX_ANSWERS
    assert what_happened(task, datetime(2971, 1, 1, tzinfo=UTC)).kind == Kind.UPCOMING
