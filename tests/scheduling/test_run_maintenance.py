"""What the broker lost or a worker dropped goes on from the rows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import ChatSession, Delivery
from scheduling import lifecycle, maintenance
from scheduling.models import Event, Run
from tests.factories import make_run, make_task, make_webhook
from tests.scheduling.test_run_lifecycle import make, outcome

pytestmark = pytest.mark.django_db


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def rung(monkeypatch):
    """The ids that are rung, and an empty queue."""
    ids: list[uuid.UUID] = []
    monkeypatch.setattr(maintenance, "ring", ids.extend)
    monkeypatch.setattr(maintenance, "is_queue_empty", lambda: True)
    return ids


# -- rescue


def test_a_run_of_a_dead_worker_waits_for_another_at_once():
    run = make("running", lease_expires_at=ago(1), worker="host:1")
    assert maintenance.rescue() == 1
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("queued", 1, None)
    assert run.next_attempt_at <= timezone.now()
    assert "host:1 fell silent in try 1" in run.error


def test_a_run_that_was_lost_twice_waits_a_little():
    run = make("running", attempt=2, lease_expires_at=ago(1))
    maintenance.rescue()
    run.refresh_from_db()
    assert run.status == "queued"
    assert run.next_attempt_at > timezone.now() + timedelta(seconds=3)


def test_a_lease_that_has_not_ended_is_left_alone():
    run = make("running")
    assert maintenance.rescue() == 0
    run.refresh_from_db()
    assert run.status == "running"


def test_a_lease_renewed_between_the_look_and_the_rescue_is_left_alone(monkeypatch):
    run, real = make("running", lease_expires_at=ago(1)), lifecycle.finish

    def finish(outcomes: Any) -> Any:
        lifecycle.renew([run.lease_token])
        return real(outcomes)

    monkeypatch.setattr(lifecycle, "finish", finish)
    assert maintenance.rescue() == 0
    run.refresh_from_db()
    assert run.status == "running"


def test_when_its_tries_are_used_up_a_lost_run_has_failed_and_is_told():
    task = make_task(target_user_id="45")
    make_webhook(task)
    run = make("running", task, attempt=3, lease_expires_at=ago(1), user_id="45")
    maintenance.rescue()
    run.refresh_from_db()
    task.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "lost")
    assert (task.failure_count, task.last_status) == (1, "failed")
    assert Delivery.objects.get().payload["metadata"]["failure_reason"] == "lost"
    assert ChatSession.objects.get().run_id == run.id


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(attempt):
    run = make(
        "running",
        attempt=attempt,
        lease_expires_at=ago(1),
        cancel_requested_at=ago(2),
    )
    maintenance.rescue()
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_the_worker_that_woke_up_cannot_finish_what_was_rescued():
    run = make("running", lease_expires_at=ago(1))
    maintenance.rescue()
    assert lifecycle.finish([outcome(run, "succeeded")]) == []
    run.refresh_from_db()
    assert run.status == "queued"


# -- ringing again


def test_a_try_whose_time_has_come_is_rung_once(rung):
    run = make_run(attempt=1, next_attempt_at=ago(1), rung_at=None)
    assert maintenance.republish() == 1
    assert maintenance.republish() == 0
    assert rung == [run.id]


def test_a_try_whose_time_has_not_come_is_not_rung(rung):
    make_run(attempt=1, next_attempt_at=ago(-5), rung_at=None)
    assert maintenance.republish() == 0


def test_a_run_that_nobody_heard_of_is_rung_after_a_while(rung, configure):
    configure("SCHEDULING", rering_after_seconds=15)
    make_run(rung_at=ago(5))
    unheard = make_run(rung_at=ago(16))
    assert maintenance.republish() == 1
    assert rung == [unheard.id]


@pytest.mark.parametrize("status", ["running", "succeeded", "skipped"])
def test_only_queued_runs_are_rung(rung, status):
    make(status, rung_at=ago(3600), next_attempt_at=ago(3600))
    assert maintenance.republish() == 0


def test_while_messages_wait_the_workers_are_only_busy(rung, monkeypatch, configure):
    configure("SCHEDULING", rering_after_seconds=15)
    monkeypatch.setattr(maintenance, "is_queue_empty", lambda: False)
    make_run(rung_at=ago(60))
    retry = make_run(attempt=1, next_attempt_at=ago(1), rung_at=None)
    assert maintenance.republish() == 1
    assert rung == [retry.id]


def test_a_lost_message_is_found_even_if_the_queue_is_never_empty(
    rung, monkeypatch, configure
):
    configure("SCHEDULING", rering_after_seconds=15)
    monkeypatch.setattr(maintenance, "is_queue_empty", lambda: False)
    run = make_run(rung_at=ago(15 * 21))
    maintenance.republish()
    assert rung == [run.id]


def test_a_rescued_run_is_rung_in_the_same_round(rung):
    run = make("running", lease_expires_at=ago(1))
    maintenance.keep_house()
    assert rung == [run.id]


@pytest.mark.parametrize("waits_for", ["previous", "parents"])
def test_a_run_that_waits_for_another_is_not_rung(rung, waits_for):
    make_run(next_attempt_at=ago(3600), rung_at=ago(3600), waits_for=waits_for)
    assert maintenance.republish() == 0


def test_a_run_whose_turn_was_forgotten_goes_on_in_the_same_round(rung):
    slot = {"trigger": "schedule", "scheduled_for": ago(60)}
    run = make_run(waits_for="previous", next_attempt_at=ago(60), rung_at=None, **slot)
    maintenance.keep_house()
    run.refresh_from_db()
    assert run.waits_for == ""


def test_a_broker_that_is_away_stops_nothing():
    make_run(rung_at=ago(60))
    maintenance.keep_house()
    assert Run.objects.get().status == "queued"


# -- pruning


def test_old_final_runs_are_pruned_and_the_others_kept(configure):
    configure("SCHEDULING", keep_runs_days=30)
    old = ago(31 * 86_400)
    kept = [
        make("succeeded"),
        make("queued", created_at=old),
        make("running", created_at=old),
    ]
    for status in ("succeeded", "failed", "cancelled", "skipped"):
        make(status, created_at=old)
    assert maintenance.prune() == 4
    assert set(Run.objects.values_list("id", flat=True)) == {run.id for run in kept}


def test_old_events_are_pruned_with_the_runs(configure):
    configure("SCHEDULING", keep_runs_days=30)
    Event.objects.create(kind="blackout", at=ago(31 * 86_400))
    kept = Event.objects.create(kind="lifted", at=ago(29 * 86_400))
    maintenance.prune()
    assert Event.objects.get() == kept


def test_pruning_may_be_switched_off(configure):
    configure("SCHEDULING", keep_runs_days=0)
    make("succeeded", created_at=ago(9999 * 86_400))
    assert maintenance.prune() == 0
    assert Run.objects.count() == 1
