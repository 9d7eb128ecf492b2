"""Whom the end of a run tells: own and shared webhooks, by their rules, compared with what came before."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Delivery
from scheduling import booking, decisions, lifecycle
from scheduling.models import Run
from scheduling.previous import compared_with, previous_of
from tests.factories import (
    make_run,
    make_shared_webhook,
    make_task,
    make_webhook,
)
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.trees import end_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def task():
    return make_task(id="report")


def ended(task, output="Well.", status="succeeded", **fields):
    return end_run(make_run(task), status, **({"output": output} | fields))


def told():
    """What was told, oldest first: status and content of each delivery."""
    rows = Delivery.objects.order_by("created_at", "id")
    return [(row.payload["metadata"]["status"], row.payload["content"]) for row in rows]


def reasons(run):
    run.refresh_from_db()
    return [(each["name"], each["why"]) for each in run.untold]


def test_own_and_shared_webhooks_are_told(task):
    make_webhook(task, name="own")
    task.shared_webhooks.add(make_shared_webhook(name="ops"), make_shared_webhook())
    make_shared_webhook(name="not mine")
    ended(task)
    assert sorted(Delivery.objects.values_list("webhook_name", flat=True)) == ["ops", "ops", "own"]  # fmt: skip


def test_an_output_that_has_not_changed_is_told_once_and_then_with_the_diff(task):
    make_webhook(task, name="changes", notify_on="change")
    runs = [ended(task, output) for output in ("a\nb", "a\nb", "a\nb\n", "a\nB")]
    assert told() == [("succeeded", "a\nb"), ("succeeded", "a\nB")]
    assert reasons(runs[0]) == []
    assert reasons(runs[2]) == [("changes", "unchanged")]
    last = Delivery.objects.get(run_id=runs[3].id)
    assert last.payload["metadata"]["diff"] == "```diff\n  a\n- b\n+ B\n```"


def test_typed_outputs_are_compared_by_the_chosen_fields(task):
    make_webhook(task, notify_on="change", changed_fields=["signal.ticker"])
    for ticker, score in (("VCB", 1), ("VCB", 2), ("FPT", 2)):
        ended(task, "prose", output_data={"signal": {"ticker": ticker}, "score": score})
    diffs = [row.payload["metadata"]["diff"] for row in Delivery.objects.order_by("created_at")]  # fmt: skip
    assert diffs == ["", "```diff\n  signal.ticker: VCB -> FPT\n```"]


def test_a_template_that_asks_for_the_diff_gets_it(task):
    make_webhook(task, format="template", body_template={"text": "{{diff}}"})
    make_webhook(task, name="plain")
    ended(task, "a")
    ended(task, "b")
    by_name = {row.format: row.payload["metadata"].get("diff") for row in Delivery.objects.order_by("created_at")}  # fmt: skip
    assert by_name == {"template": "```diff\n- a\n+ b\n```", "raw": None}


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="others know their tables by statistics"
)
def test_the_run_before_is_looked_for_among_those_of_its_task_alone(task):
    run = ended(task)
    with CaptureQueriesContext(connection) as asked:
        previous_of({run.id})
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
        plan = " ".join(str(row[3]) for row in cursor)
    assert plan.count("USING INDEX run_of_task (task_id=? AND created_at<?)") == 2


def test_of_a_streak_the_first_is_told_and_the_recovery(task):
    make_webhook(task, first_of_streak=True)
    for status in ("failed", "failed", "succeeded", "succeeded", "failed"):
        ended(task, status=status)
    assert [status for status, _ in told()] == ["failed", "succeeded", "failed"]


def test_runs_of_one_finishing_batch_are_compared_in_their_order(task):
    make_webhook(task, notify_on="change")
    runs = [make(status="running", task=task) for _ in range(3)]
    lifecycle.finish([_outcome(run, text) for run, text in zip(runs, "aab", strict=True)])  # fmt: skip
    assert sorted(content for _, content in told()) == ["a", "b"]


def _outcome(run, output):
    from scheduling.outcome import Outcome

    return Outcome(
        run_id=run.id,
        lease_token=run.lease_token,
        status=Run.Status.SUCCEEDED,
        output=output,
    )


def test_runs_made_at_one_instant_are_compared_by_slot(task):
    now = timezone.now()
    runs = [
        make_run(
            task,
            status="succeeded",
            created_at=now,
            scheduled_for=now + timedelta(hours=hour),
            finished_at=now,
            output=str(hour),
        )
        for hour in range(3)
    ]
    found = previous_of([run.id for run in runs])
    assert [found[run.id].content for run in runs] == [None, "0", "1"]


def test_what_was_rejected_or_waits_is_not_compared_with():
    task = make_task(needs_approval=True)
    make_webhook(task, notify_on="change")
    first, rejected, third = (ended(task, text) for text in ("a", "b", "a"))
    decisions.decide(first.id, Run.Approval.APPROVED)
    decisions.decide(rejected.id, Run.Approval.REJECTED)
    decisions.decide(third.id, Run.Approval.APPROVED)
    assert told() == [("succeeded", "a")]
    assert compared_with(third) == first


def test_a_failure_that_nobody_is_owed_is_named(task):
    make_webhook(task, notify_on="success")
    run = make_run(task, status="failed", failure_reason="error", finished_at=timezone.now())  # fmt: skip
    assert booking.tell([run]) == {run.id}
    assert reasons(run) == [("hook", "status")]
    run.user_id = "45"  # whose inbox says it
    assert booking.tell([run]) == set()


def test_a_webhook_that_backbeat_switched_off_is_owed_what_can_be_replayed(task):
    make_webhook(task, active=False, disabled_reason="410 Gone")
    make_webhook(task, active=False, name="by a person")
    run = make_run(task, status="failed", failure_reason="error", finished_at=timezone.now())  # fmt: skip
    assert booking.tell([run]) == {run.id}
    row = Delivery.objects.get()
    assert (row.status, row.finished_at is not None) == ("cancelled", True)
    assert "410 Gone" in row.error


@pytest.fixture
def evening():
    """23:00 in Ho Chi Minh."""
    with time_machine.travel(datetime(2026, 1, 5, 16, tzinfo=UTC), tick=False):
        yield


def test_what_comes_up_in_quiet_hours_is_collected_and_not_rung(
    task, evening, django_capture_on_commit_callbacks
):
    make_webhook(task, quiet_from=time(22), quiet_until=time(7))
    with django_capture_on_commit_callbacks() as rung:
        ended(task)
    assert not [each for each in rung if "ring" in repr(each)]
    row = Delivery.objects.get()
    assert row.collected_until == datetime(2026, 1, 6, 0, tzinfo=UTC)
    assert lifecycle_due(row) == []


def lifecycle_due(row):
    from notifications import lifecycle as deliveries

    return list(deliveries.due([row.id]))


def test_a_time_of_collecting_spans_tasks_and_batches(task):
    ops = make_shared_webhook(digest_seconds=600)
    other = make_task(id="other")
    for each in (task, other):
        each.shared_webhooks.add(ops)
    ended(task)
    ended(other)
    ends = set(Delivery.objects.values_list("collected_until", flat=True))
    assert len(ends) == 1


def test_the_table_of_signal_outputs_takes_each_result_by_itself(task, evening):
    make_webhook(task, format="signal_output", url="", quiet_from=time(22), quiet_until=time(7))  # fmt: skip
    ended(task)
    assert Delivery.objects.get().collected_until is None


def test_the_number_of_queries_does_not_grow_with_the_runs(task):
    ops = make_shared_webhook(notify_on="change", digest_seconds=600)
    tasks = [make_task() for _ in range(6)]
    for each in tasks:
        each.shared_webhooks.add(ops)
        make_webhook(each, first_of_streak=True)
        ended(each)

    def queries(count):
        runs = [
            make_run(
                each, status="succeeded", output="Well.", finished_at=timezone.now()
            )
            for each in tasks[:count]
        ]
        with CaptureQueriesContext(
            connection,
        ) as counted:
            booking.tell(runs)
        return len(counted)

    assert queries(6) == queries(1)


@pytest.mark.parametrize(
    "broken",
    [{"changed_fields": 5}, {"changed_fields": [[1]]}, {"condition": "((("}],
)
def test_a_rule_that_nobody_checked_costs_no_run_its_result(task, broken):
    hook = make_webhook(task, notify_on="change")
    type(hook).objects.filter(pk=hook.pk).update(**broken)
    runs = [ended(task, "prose", output_data={"score": n}) for n in (1, 2)]
    assert {Run.objects.get(pk=run.pk).status for run in runs} == {"succeeded"}


def test_silence_is_no_output_to_compare_with(task):
    make_webhook(task, notify_on="change")
    for output in ("Price 12", "[SILENT] nothing new", "Price 12"):
        ended(task, output)
    assert Delivery.objects.count() == 1
