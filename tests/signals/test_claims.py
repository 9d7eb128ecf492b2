"""Claim, complete, fail: leases, fencing, death."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from signals import services
from signals.exceptions import LeaseLost
from signals.models import SignalOutput

pytestmark = pytest.mark.django_db


def make_signal(**fields):
    return SignalOutput.objects.create(**{"ticker": "VNM", "content": "x"} | fields)


def claim(*, consumer="job", limit=10, **given):
    return services.claim(consumer=consumer, limit=limit, **given)


def test_the_oldest_are_claimed_first_up_to_the_limit():
    signals = [make_signal() for _ in range(3)]
    assert [each.pk for each in claim(limit=2)] == [each.pk for each in signals[:2]]


def test_a_claimed_signal_is_processing_under_one_token():
    make_signal()
    make_signal()
    taken = claim(consumer="scorer")
    assert {each.status for each in taken} == {"processing"}
    assert {each.consumer for each in taken} == {"scorer"}
    assert len({each.lease_token for each in taken}) == 1
    assert {each.claims for each in taken} == {1}


def test_what_is_claimed_is_not_claimed_again():
    make_signal()
    claim()
    assert claim() == []


def test_a_claim_takes_only_what_its_filters_name():
    make_signal(ticker="FPT")
    wanted = make_signal(ticker="VNM", event_date=date(2026, 11, 20))
    taken = claim(ticker="VNM", event_date=date(2026, 11, 20))
    assert [each.pk for each in taken] == [wanted.pk]


def test_an_unknown_filter_is_named():
    with pytest.raises(ValidationError, match="colour"):
        claim(colour="red")


@pytest.mark.parametrize(
    ("field", "value"),
    [("consumer", " "), ("limit", 0), ("limit", 101), ("lease_seconds", 0),
     ("lease_seconds", 86_401), ("lease_seconds", float("nan"))],
)  # fmt: skip
def test_a_claim_that_cannot_be_is_refused_by_field(field, value):
    with pytest.raises(ValidationError) as caught:
        claim(**{field: value})
    assert field in caught.value.message_dict


def test_completing_keeps_the_result_and_frees_the_lease():
    make_signal()
    (taken,) = claim()
    done = services.complete(taken.pk, taken.lease_token, {"score": float("inf")})
    assert done.status == "completed"
    assert done.result == {"score": None}
    assert done.finished_at is not None
    assert done.lease_token is None


def test_failing_says_why():
    make_signal()
    (taken,) = claim()
    failed = services.fail(taken.pk, taken.lease_token, "no \x00price")
    assert (failed.status, failed.error) == ("failed", "no price")


def test_failing_with_retry_gives_it_to_the_next_consumer():
    make_signal()
    (taken,) = claim()
    services.fail(taken.pk, taken.lease_token, "busy", retry=True)
    (again,) = claim()
    assert (again.pk, again.claims) == (taken.pk, 2)


def test_retries_end_with_the_last_claim(configure):
    configure("SIGNALS", max_claims=1)
    make_signal()
    (taken,) = claim()
    failed = services.fail(taken.pk, taken.lease_token, "busy", retry=True)
    assert failed.status == "failed"


@pytest.mark.parametrize(
    "end",
    [
        services.complete,
        lambda pk, token: services.fail(pk, token, "x"),
        lambda pk, token: services.fail(pk, token, "x", retry=True),
        services.extend,
    ],
    ids=["complete", "fail", "retry", "extend"],
)
def test_a_strange_token_changes_nothing(end):
    make_signal()
    (taken,) = claim()
    with pytest.raises(LeaseLost):
        end(taken.pk, uuid.uuid4())
    taken.refresh_from_db()
    assert taken.status == "processing"


def test_a_signal_ends_once():
    make_signal()
    (taken,) = claim()
    services.complete(taken.pk, taken.lease_token)
    with pytest.raises(LeaseLost, match="completed"):
        services.fail(taken.pk, taken.lease_token, "late")


def test_a_signal_that_is_not_there_is_said_so():
    with pytest.raises(LeaseLost, match="no signal 7"):
        services.complete(7, uuid.uuid4())


def test_a_dead_consumers_signal_is_taken_over_and_the_dead_is_fenced(time_machine):
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    make_signal()
    (dead,) = claim(consumer="dead", lease_seconds=60)
    time_machine.shift(timedelta(seconds=61))
    (alive,) = claim(consumer="alive")
    with pytest.raises(LeaseLost):
        services.complete(dead.pk, dead.lease_token)
    assert services.complete(alive.pk, alive.lease_token).status == "completed"


def test_a_lease_that_still_runs_is_left_alone(time_machine):
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    make_signal()
    claim(lease_seconds=60)
    time_machine.shift(timedelta(seconds=59))
    assert claim() == []


def test_an_extended_lease_lasts_longer(time_machine):
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    make_signal()
    (taken,) = claim(lease_seconds=60)
    services.extend(taken.pk, taken.lease_token, 600)
    time_machine.shift(timedelta(seconds=300))
    assert claim() == []


def test_a_signal_whose_consumers_keep_dying_has_failed(time_machine, configure):
    configure("SIGNALS", max_claims=2)
    time_machine.move_to("2026-11-21T00:00:00Z", tick=False)
    signal = make_signal()
    for _ in range(2):
        assert len(claim(lease_seconds=60)) == 1
        time_machine.shift(timedelta(seconds=61))
    assert claim() == []
    signal.refresh_from_db()
    assert signal.status == "failed"
    assert "2 consumers" in signal.error
