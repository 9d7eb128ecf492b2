"""Every change of a signal's status leaves who, when and why."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from signals import services
from signals.exceptions import Conflict, LeaseLost
from signals.models import SignalMove, SignalOutput
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def ingested(**more):
    return services.ingest({"ticker": "VNM", "task_id": "morning"}, **more)[0]


def claim(consumer="scorer", **given):
    return services.claim(consumer=consumer, limit=10, **given)


def told(signal):
    """Its moves as (status, actor, note), oldest first."""
    return list(signal.moves.values_list("status", "actor", "note"))


def test_a_new_signal_says_which_task_made_it():
    assert told(ingested()) == [("new", "run morning", "")]


def test_a_signal_from_a_program_says_so():
    assert told(ingested(actor="api")) == [("new", "api", "")]


def test_the_same_key_again_is_no_move():
    ingested(idempotency_key="k")
    assert told(ingested(idempotency_key="k")) == [("new", "run morning", "")]


def test_a_claim_is_the_consumers_move():
    signal = ingested()
    claim()
    assert told(signal)[1:] == [("processing", "scorer", "")]


def test_a_claim_of_many_writes_their_moves_at_once(django_assert_max_num_queries):
    for _ in range(5):
        ingested()
    with django_assert_max_num_queries(12) as asked:
        assert len(claim()) == 5
    inserts = [each for each in asked.captured_queries if "INSERT" in each["sql"]]
    assert len(inserts) == 1
    assert SignalMove.objects.filter(status="processing").count() == 5


def test_completing_is_the_consumers_move():
    signal = ingested()
    (taken,) = claim()
    services.complete(taken.pk, taken.lease_token)
    assert told(signal)[2:] == [("completed", "scorer", "")]


def test_failing_says_why():
    signal = ingested()
    (taken,) = claim()
    services.fail(taken.pk, taken.lease_token, "no price")
    assert told(signal)[2:] == [("failed", "scorer", "no price")]


def test_giving_back_says_why():
    signal = ingested()
    (taken,) = claim()
    services.fail(taken.pk, taken.lease_token, "busy", retry=True)
    assert told(signal)[2:] == [("new", "scorer", "busy")]


def test_taking_over_names_the_dead_consumer(time_machine):
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    signal = ingested()
    claim("dead", lease_seconds=60)
    time_machine.shift(timedelta(seconds=61))
    claim("alive")
    status, actor, note = told(signal)[-1]
    assert (status, actor) == ("processing", "alive")
    assert "dead" in note


def test_being_given_up_is_a_move_of_nobody(time_machine, configure):
    configure("SIGNALS", max_claims=1)
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    signal = ingested()
    claim(lease_seconds=60)
    time_machine.shift(timedelta(seconds=61))
    assert claim() == []
    status, actor, note = told(signal)[-1]
    assert (status, actor) == ("failed", "")
    assert "1 consumers" in note


def test_a_strange_token_leaves_no_move():
    signal = ingested()
    claim()
    with pytest.raises(LeaseLost):
        services.complete(signal.pk, uuid.uuid4())
    assert len(told(signal)) == 2


def test_the_time_of_a_move_is_that_of_the_change():
    signal = ingested()
    (taken,) = claim()
    done = services.complete(taken.pk, taken.lease_token)
    assert done.moves.get(status="completed").at == done.finished_at
    assert signal.moves.get(status="new").at == signal.created_at


# -- by hand


def stood(status):
    """A signal in `status`, with what belongs to it."""
    signal = ingested()
    if status == "new":
        return signal
    (taken,) = claim()
    if status == "completed":
        services.complete(taken.pk, taken.lease_token)
    if status == "failed":
        services.fail(taken.pk, taken.lease_token, "no price")
    return SignalOutput.objects.get()


@pytest.mark.parametrize(
    ("before", "after"),
    [("failed", "new"), ("processing", "new"), ("new", "failed"),
     ("processing", "failed"), ("new", "completed"), ("processing", "completed"),
     ("failed", "completed")],
)  # fmt: skip
def test_a_person_can_move_a_signal(before, after):
    signal, user = stood(before), make_user(username="an")
    services.move_by_hand(signal, after, user=user, note="I looked")
    signal.refresh_from_db()
    assert signal.status == after
    assert told(signal)[-1] == (after, "an", "I looked")


@pytest.mark.parametrize(
    ("before", "after"),
    [("completed", "new"), ("completed", "failed"), ("new", "processing"),
     ("new", "new"), ("failed", "gone")],
)  # fmt: skip
def test_other_moves_by_hand_are_refused(before, after):
    signal = stood(before)
    known = told(signal)
    with pytest.raises(Conflict):
        services.move_by_hand(signal, after, user=make_user())
    assert told(signal) == known


def test_whoever_comes_second_is_told():
    seen = stood("failed")
    services.move_by_hand(SignalOutput.objects.get(), "new", user=make_user())
    claim()
    with pytest.raises(Conflict, match="Somebody else"):
        services.move_by_hand(seen, "new", user=make_user())
    assert SignalOutput.objects.get().status == "processing"


def test_a_consumer_loses_what_a_person_took_away():
    ingested()
    (taken,) = claim()
    services.move_by_hand(taken, "new", user=make_user())
    with pytest.raises(LeaseLost):
        services.complete(taken.pk, taken.lease_token)


def test_a_signal_that_was_put_back_has_all_its_tries_again(configure):
    configure("SIGNALS", max_claims=1)
    signal = stood("failed")
    services.move_by_hand(signal, "new", user=make_user())
    signal.refresh_from_db()
    assert (signal.claims, signal.error, signal.finished_at) == (0, "", None)
    assert len(claim()) == 1


def test_what_a_person_ended_has_ended_now():
    signal = stood("processing")
    services.move_by_hand(signal, "failed", user=make_user(), note="no use")
    signal.refresh_from_db()
    assert signal.error == "no use"
    assert signal.finished_at <= timezone.now()
