from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.backoff import (
    LADDER,
    MAX_RETRY_AFTER,
    RUN_MAX,
    Decision,
    Verdict,
    decide,
    delay,
    retry_after_seconds,
    run_delay,
)

NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)


def none() -> float:
    return 0.0


def almost_one() -> float:
    return 0.999


def test_the_ladder_is_climbed_step_by_step():
    assert [delay(n, jitter=none) for n in range(1, 9)] == [
        5,
        30,
        120,
        600,
        1_800,
        7_200,
        18_000,
        36_000,
    ]


def test_after_the_last_step_it_gives_up():
    assert delay(len(LADDER) + 1, jitter=none) is None


def test_jitter_makes_a_wait_longer_by_less_than_a_fifth():
    assert 5.9 < (delay(1, jitter=almost_one) or 0) < 6


@pytest.mark.parametrize("policy", [delay, run_delay])
def test_there_is_no_attempt_before_the_first(policy):
    with pytest.raises(ValueError, match="attempt: 0"):
        policy(0, jitter=none)


def test_a_run_waits_twice_as_long_each_time_up_to_ten_minutes():
    waits = [run_delay(n, jitter=none) for n in range(1, 10)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]


@given(st.integers(1, 10**9))
def test_a_run_never_waits_longer_than_the_cap(attempt):
    assert 5 <= run_delay(attempt, jitter=almost_one) <= RUN_MAX


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("1.25", 1.25),
        ("-5", 0),
        ("999999", MAX_RETRY_AFTER),
        ("9" * 5_000, MAX_RETRY_AFTER),
        ("Sat, 21 Nov 2026 08:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 08:02:00 -0000", 120),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0),
        ("Fri, 31 Dec 2100 00:00:00 GMT", MAX_RETRY_AFTER),
    ],
)
def test_retry_after_is_read_in_seconds(header, seconds):
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "soon",
        "1e3",
        "nan",
        "inf",
        "١٢",
        "Sat, 99",
        "99999999999999 Jan 2024 00:00:00",
    ],
)
def test_an_unreadable_retry_after_says_nothing(header):
    assert retry_after_seconds(header, NOW) is None


@given(st.text())
def test_retry_after_never_fails_and_keeps_its_bounds(header):
    seconds = retry_after_seconds(header, NOW, maximum=100)
    assert seconds is None or 0 <= seconds <= 100


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_delivered(status):
    assert decide(status, attempt=1, jitter=none).verdict is Verdict.DELIVERED


@pytest.mark.parametrize("status", [None, 408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_later_is_tried_again(status):
    assert decide(status, attempt=2, jitter=none) == Decision(
        verdict=Verdict.RETRY, wait=30
    )


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 413, 422])
def test_other_answers_are_final(status):
    assert decide(status, attempt=1, jitter=none) == Decision(verdict=Verdict.FAILED)


def test_410_means_that_the_endpoint_is_dead():
    assert decide(410, attempt=1, jitter=none).verdict is Verdict.DEAD


def test_the_vendor_can_call_an_answer_permanent_or_dead():
    permanent = decide(500, attempt=1, jitter=none, permanent=True)
    dead = decide(404, attempt=1, jitter=none, permanent=True, dead=True)
    assert (permanent.verdict, dead.verdict) == (Verdict.FAILED, Verdict.DEAD)


def test_a_delivery_fails_when_the_ladder_is_used_up():
    assert decide(500, attempt=9, jitter=none) == Decision(verdict=Verdict.FAILED)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(None, 30), (3, 30), (45, 45), (10**9, MAX_RETRY_AFTER), (-1, 30)],
)
def test_a_receiver_may_ask_for_a_longer_wait_but_not_for_ever(asked, wait):
    decision = decide(429, attempt=2, jitter=none, retry_after=asked)
    assert decision.wait == wait
