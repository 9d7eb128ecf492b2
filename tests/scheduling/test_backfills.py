"""Slots of the past that are run later: which, at what rate, once, and how they are stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from scheduling import lifecycle, services, waiting
from scheduling.backfill_progress import progress_of
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Backfill, Dependency, Run, ScheduledTask
from scheduling.outcome import Outcome
from scheduling.services import backfills
from tests.factories import make_agent, make_run, make_task, make_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
FROM = datetime(2026, 11, 2, tzinfo=SAIGON)
UNTIL = datetime(2026, 11, 6, 12, tzinfo=SAIGON)
"""Five slots of a daily task."""


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The ids that were rung for."""
    ids: list[Any] = []
    monkeypatch.setattr(backfills, "ring", ids.extend)
    return ids


@pytest.fixture
def task() -> ScheduledTask:
    return make_task(id="report")


def slot_at(day: int) -> datetime:
    return datetime(2026, 11, day, 7, tzinfo=SAIGON)


def backfill(task: ScheduledTask, **more: Any) -> Backfill:
    asked = {"from_at": FROM, "until_at": UNTIL, "user": None} | more
    return services.create_backfill(task, **asked)


def runs_of(made: Backfill) -> list[Run]:
    return list(made.runs.filter(trigger="backfill").order_by("scheduled_for"))


def days(runs: list[Run]) -> list[int]:
    return [run.scheduled_for.astimezone(SAIGON).day for run in runs]


def finish(*runs: Run, status: str = "succeeded") -> None:
    """End them as a worker would, without what follows."""
    reason = "error" if status == "failed" else ""
    Run.objects.filter(id__in=[run.id for run in runs]).update(
        status=status, failure_reason=reason, waits_for="",
        started_at=timezone.now() - timedelta(seconds=30), finished_at=timezone.now(),
    )  # fmt: skip


def refusal(field: str, work: Callable[[], Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        work()
    return " ".join(refused.value.message_dict[field])


# -- which slots


def test_every_slot_of_the_range_gets_a_run_that_names_who_asked(task):
    lan = make_user(username="lan")
    made = backfill(task, user=lan, note="The agent was wrong.")
    runs = runs_of(made)
    assert days(runs) == [2, 3, 4, 5, 6]
    assert {(run.trigger, run.requested_by, run.status) for run in runs} == {("backfill", lan, "queued")}  # fmt: skip
    assert (made.made, made.left_out, made.note) == (5, 0, "The agent was wrong.")
    assert made.created_by == lan


def test_both_ends_of_the_range_are_included(task):
    made = backfill(task, from_at=slot_at(2), until_at=slot_at(3))
    assert days(runs_of(made)) == [2, 3]


def test_closed_days_have_no_run(task):
    task.excluded_dates = ["2026-11-03"]
    task.save()
    assert days(runs_of(backfill(task))) == [2, 4, 5, 6]


def test_slots_that_succeeded_or_are_under_way_are_left_out_and_counted(task):
    make_run(task, trigger="rerun", scheduled_for=slot_at(2), status="succeeded", finished_at=FROM)  # fmt: skip
    make_run(task, trigger="schedule", scheduled_for=slot_at(3))
    make_run(task, trigger="schedule", scheduled_for=slot_at(4), status="skipped", skip_reason="missed", finished_at=FROM)  # fmt: skip
    make_run(task, trigger="schedule", scheduled_for=slot_at(5), status="failed", failure_reason="error", finished_at=FROM)  # fmt: skip
    made = backfill(task)
    assert days(runs_of(made)) == [4, 5, 6]
    assert (made.made, made.left_out) == (3, 2)


def test_again_runs_what_has_succeeded_but_no_slot_twice_by_backfills(task):
    make_run(task, trigger="schedule", scheduled_for=slot_at(2), status="succeeded", finished_at=FROM)  # fmt: skip
    first = backfill(task, until_at=slot_at(3), again=True)
    assert days(runs_of(first)) == [2, 3]
    second = backfill(task, again=True)
    assert days(runs_of(second)) == [4, 5, 6]
    assert second.left_out == 2


def test_what_failed_in_a_backfill_may_be_backfilled_again(task):
    first = runs_of(backfill(task, until_at=slot_at(3)))
    finish(*first, status="failed")
    assert backfill(task, until_at=slot_at(3)).made == 2


def test_a_paused_task_may_be_backfilled(task):
    task.active = False
    task.save()
    assert backfill(task).made == 5


# -- when they run


def test_the_rate_sets_the_earliest_start_of_each_run(
    task, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        made = backfill(task, per_minute=30)
    runs = runs_of(made)
    first = runs[0].next_attempt_at
    assert [(run.next_attempt_at - first).total_seconds() for run in runs] == [0, 2, 4, 6, 8]  # fmt: skip
    assert [run.rung_at is None for run in runs] == [False, True, True, True, True]
    assert rung == [runs[0].id]


def test_they_go_one_after_the_other(task):
    assert [run.waits_for for run in runs_of(backfill(task))] == ["", *["previous"] * 4]


def test_the_end_of_one_lets_the_next_go_when_its_time_has_come(task):
    first, second, third = runs_of(backfill(task, until_at=slot_at(4)))
    (taken,) = lifecycle.claim([first.id, second.id, third.id], worker="w")
    assert taken.id == first.id
    ended = Outcome(
        run_id=first.id, lease_token=taken.lease_token, status=Run.Status.FAILED,
        failure_reason="error",
    )  # fmt: skip
    lifecycle.finish([ended])
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.waits_for, second.rung_at, third.waits_for) == ("", None, "previous")
    assert waiting.ring_due(timezone.now()) == second.next_attempt_at
    assert lifecycle.claim([second.id], worker="w") == []


def test_the_cycle_of_an_earlier_slot_holds_the_next_backfill_back(task):
    child = make_task(id="child", schedule_type="none", schedule_time=None)
    Dependency.objects.create(task=child, parent=task)
    earlier = backfill(task, until_at=slot_at(2))
    finish(*runs_of(earlier))
    earlier.runs.filter(task=child).update(waits_for="")
    assert runs_of(backfill(task))[0].waits_for == "previous"


def test_a_task_that_may_overlap_is_held_back_by_the_rate_alone(task):
    task.overlap = "allow"
    task.save()
    assert {run.waits_for for run in runs_of(backfill(task))} == {""}


def test_a_second_backfill_waits_for_the_first(task, rung, django_capture_on_commit_callbacks):  # fmt: skip
    backfill(task, until_at=slot_at(3))
    with django_capture_on_commit_callbacks(execute=True):
        second = backfill(task, from_at=slot_at(4))
    assert {run.waits_for for run in runs_of(second)} == {"previous"}
    assert rung == []


def test_a_scheduled_run_under_way_does_not_hold_a_backfill_back(task):
    make_run(task, trigger="schedule", scheduled_for=slot_at(1))
    assert runs_of(backfill(task))[0].waits_for == ""


def test_what_runs_after_the_task_runs_with_each_slot(task):
    child = make_task(id="child", schedule_type="none", schedule_time=None)
    Dependency.objects.create(task=child, parent=task)
    made = backfill(task)
    held = Run.objects.filter(backfill=made, task=child).order_by("scheduled_for")
    assert days(list(held)) == [2, 3, 4, 5, 6]
    assert {run.waits_for for run in held} == {"parents"}
    assert [run.root_id for run in held] == [run.id for run in runs_of(made)]
    assert made.made == 5


def test_a_tree_that_would_make_too_many_runs_is_refused(task, monkeypatch):
    monkeypatch.setattr(backfills, "MAX_RUNS", 6)
    child = make_task(id="child", schedule_type="none", schedule_time=None)
    Dependency.objects.create(task=child, parent=task)
    assert "at most 3 slots" in refusal("until_at", lambda: backfill(task))
    assert not Run.objects.exists()
    assert not Backfill.objects.exists()


# -- what is refused


def test_a_range_without_a_slot_is_refused(task):
    text = refusal("from_at", lambda: backfill(task, until_at=FROM))
    assert "no slot that fires" in text


def test_a_range_that_has_run_is_refused_and_says_how_to_run_it_again(task):
    backfill(task)
    assert "All 5 slots" in refusal("from_at", lambda: backfill(task))
    text = refusal("from_at", lambda: backfill(task, again=True))
    assert "were backfilled already" in text


def test_the_future_belongs_to_the_schedule(task):
    later = timezone.now() + timedelta(minutes=1)
    assert "still to come" in refusal("until_at", lambda: backfill(task, until_at=later))  # fmt: skip


def test_a_range_that_ends_before_it_begins_is_refused(task):
    work = lambda: backfill(task, from_at=UNTIL, until_at=FROM)  # noqa: E731
    assert "before the beginning" in refusal("until_at", work)


@pytest.mark.parametrize("rate", [0, 601])
def test_a_rate_out_of_bounds_is_refused(task, rate):
    text = refusal("per_minute", lambda: backfill(task, per_minute=rate))
    assert text == "Must be 1 to 600."


def test_too_many_slots_are_counted_and_refused():
    task = make_task(schedule_type="cron", cron_expression="* * * * *")
    text = refusal("until_at", lambda: backfill(task))
    assert text == "6481 slots lie in this range; choose one with at most 1000."


def test_the_seconds_of_all_time_are_refused_at_once():
    task = make_task(
        schedule_type="cron", cron_expression="* * * * * *", cron_seconds=True,
        timezone="America/New_York",
    )  # fmt: skip
    began = datetime(1, 1, 2, tzinfo=UTC)
    text = refusal("until_at", lambda: backfill(task, from_at=began))
    assert text.startswith("More than 1000 slots")


def test_an_agent_that_is_switched_off_is_a_conflict(task):
    Agent.objects.update(active=False)
    with pytest.raises(Conflict, match="switched off"):
        backfill(task)


def test_a_schedule_that_cannot_be_read_is_a_conflict(task):
    ScheduledTask.objects.update(timezone="Nowhere/Land")
    with pytest.raises(Conflict, match="cannot be read"):
        backfill(task)


def test_a_task_deleted_a_moment_ago_is_a_conflict(task):
    ScheduledTask.objects.filter(id=task.id).delete()
    with pytest.raises(Conflict, match="deleted"):
        backfill(task)


def test_a_plan_writes_nothing(task):
    planned = services.plan_backfill(task, from_at=FROM, until_at=UNTIL, per_minute=2)
    assert len(planned.slots) == 5
    assert planned.lasts == timedelta(minutes=2)
    assert not Run.objects.exists()


# -- progress and cancelling


def test_the_progress_counts_the_slots_by_status_in_one_query(task, django_assert_num_queries):  # fmt: skip
    made = backfill(task)
    runs = runs_of(made)
    finish(runs[0])
    finish(runs[1], status="failed")
    with django_assert_num_queries(1):
        progress = progress_of([made.id])[made.id]
    assert progress.counts() == {"queued": 3, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 0, "skipped": 0}  # fmt: skip
    assert (progress.total, progress.ended, progress.is_over) == (5, 2, False)
    assert progress.ends_about >= runs[4].next_attempt_at + timedelta(seconds=29)


def test_a_backfill_whose_runs_have_ended_is_over(task):
    made = backfill(task)
    finish(*runs_of(made))
    progress = progress_of([made.id])[made.id]
    assert (progress.is_over, progress.ends_about) == (True, None)


def test_a_backfill_without_rows_left_has_an_empty_progress():
    nothing = uuid.uuid4()
    assert progress_of([nothing])[nothing].total == 0


def test_cancelling_ends_what_waits_and_asks_what_runs(task):
    made, lan = backfill(task), make_user()
    running = runs_of(made)[0]
    Run.objects.filter(id=running.id).update(
        status="running", lease_token=uuid.uuid4(), lease_expires_at=timezone.now()
    )
    done = services.cancel_backfill(made, user=lan)
    assert done.cancelled_at is not None
    assert done.cancelled_by == lan
    running.refresh_from_db()
    assert running.status == "running"
    assert running.cancel_requested_at is not None
    assert [run.status for run in runs_of(made)[1:]] == ["cancelled"] * 4


def test_a_backfill_is_cancelled_once(task):
    made = backfill(task)
    services.cancel_backfill(made, user=None)
    with pytest.raises(Conflict, match="cancelled already"):
        services.cancel_backfill(made, user=None)


def test_a_backfill_that_has_ended_cannot_be_cancelled(task):
    made = backfill(task)
    finish(*runs_of(made))
    with pytest.raises(Conflict, match="ended"):
        services.cancel_backfill(made, user=None)
    made.refresh_from_db()
    assert made.cancelled_at is None


def test_its_slots_may_be_backfilled_again_after_a_cancel(task):
    services.cancel_backfill(backfill(task), user=None)
    assert backfill(task).made == 5


# -- the price, and twins


def test_a_backfill_costs_as_many_queries_however_many_slots(
    task, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        backfill(task, until_at=slot_at(2))
    with django_assert_max_num_queries(12):
        backfill(task, from_at=slot_at(1) - timedelta(days=15), until_at=slot_at(1))


@pytest.mark.django_db(transaction=True)
def test_two_backfills_at_once_run_each_slot_once(on_postgresql):
    if not on_postgresql:
        pytest.skip("SQLite's database in memory has one connection")
    task = make_task(id="twins")
    make_agent()

    def ask() -> Backfill | ValidationError:
        try:
            return backfill(task)
        except ValidationError as refused:
            return refused

    answers = at_once(ask, 4)
    assert sum(isinstance(each, Backfill) for each in answers) == 1
    assert Run.objects.filter(trigger="backfill").count() == 5
    assert Run.objects.filter(waits_for="", trigger="backfill").count() == 1
