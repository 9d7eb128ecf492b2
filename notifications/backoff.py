"""When to try again, and when to stop. Pure: the policy decides, the engine acts.

The ladder follows the advice of Standard Webhooks 1.0.0 (seconds first, hours last, jitter)
with more early steps, because most receivers are back within minutes. Waits are in seconds.
Randomness comes in as `jitter`, a function such as `random.random` that returns [0, 1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

MINUTE = 60.0
HOUR = 3_600.0

LADDER: tuple[float, ...] = (
    5.0,
    30.0,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
)
JITTER_SHARE = 0.2
"""A wait is longer by up to this share, so that deliveries which failed together part."""
MAX_RETRY_AFTER = 6 * HOUR
"""A receiver may ask for no longer pause than this."""

MAX_THROTTLED = 24 * HOUR
"""A message that is put off for this long by its receiver's rate limit has failed."""

RUN_BASE = 5.0
RUN_MAX = 10 * MINUTE

_SECONDS = re.compile(r"([+-]?)(\d+)(?:\.\d*)?", re.ASCII)


def delay(attempt: int, *, jitter: Callable[[], float]) -> float | None:
    """Seconds to wait after the failed try number `attempt` (from 1); None: give up.

    Raises `ValueError` for an attempt below 1.
    """
    _check_attempt(attempt)
    if attempt > len(LADDER):
        return None
    return LADDER[attempt - 1] * (1 + JITTER_SHARE * jitter())


def run_delay(attempt: int, *, jitter: Callable[[], float]) -> float:
    """Seconds before a run is tried again after its failed try `attempt` (from 1).

    5 s, doubled each time, at most 10 minutes, jitter included. Raises `ValueError` for an
    attempt below 1.
    """
    _check_attempt(attempt)
    doublings = min(attempt - 1, 16)  # far past the cap, far from overflow
    wait = RUN_BASE * 2.0**doublings * (1 + JITTER_SHARE * jitter())
    return min(wait, RUN_MAX)


def retry_after_seconds(
    header: str | None, now: datetime, *, maximum: float = MAX_RETRY_AFTER
) -> float | None:
    """Seconds that a `Retry-After` header asks for, between 0 and `maximum`.

    Takes seconds (also with a fraction, as some chats send them) and HTTP dates (RFC 9110,
    10.2.3); `now` is aware. None when there is no header or it says nothing readable.
    """
    text = (header or "").strip()
    if number := _SECONDS.fullmatch(text):
        if number[1] == "-":
            return 0.0
        # Python refuses to read thousands of digits; all of those are the maximum anyway.
        return maximum if len(number[2]) > 15 else min(float(text), maximum)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a day of twenty digits
        return None
    if moment.tzinfo is None:  # "-0000": UTC of an unknown place
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), maximum)


def throttled_delay(asked: float, *, before: int, waiting: float) -> float | None:
    """Seconds to wait for a receiver that names its wait, `asked`; None: give up.

    It costs none of the tries: the receiver is well. `before` is how often it has put this
    message off already, `waiting` for how many seconds. Whoever says "1 second" all day long is
    asked less and less often, and nobody waits for longer than `MAX_THROTTLED`.
    """
    if waiting >= MAX_THROTTLED:
        return None
    return max(asked, LADDER[min(before, 4) - 1] if before else 0.0)


class Verdict(StrEnum):
    """What becomes of a delivery after one try."""

    DELIVERED = "delivered"
    RETRY = "retry"
    FAILED = "failed"  # this delivery will never arrive, others may
    DEAD = "dead"  # nothing will ever arrive there: switch the webhook off


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`wait` is set, in seconds, exactly when the verdict is RETRY."""

    verdict: Verdict
    wait: float | None = None


def decide(
    status: int | None,
    *,
    attempt: int,
    jitter: Callable[[], float],
    retry_after: float | None = None,
    permanent: bool = False,
    dead: bool = False,
) -> Decision:
    """Judge try number `attempt` (from 1) that was answered with HTTP `status`.

    `status` None means that there was no answer and that sending again is safe. `retry_after`
    is what the receiver asked for, `permanent` and `dead` what its own error format says.
    2xx is delivered, 410 dead, 408, 425, 429 and 5xx worth another try, everything else
    (redirects too: Standard Webhooks forbids to follow them) is final.
    """
    if status is not None and 200 <= status < 300:
        return Decision(verdict=Verdict.DELIVERED)
    if dead or status == 410:
        return Decision(verdict=Verdict.DEAD)
    if permanent or not (status is None or is_retryable(status)):
        return Decision(verdict=Verdict.FAILED)
    wait = delay(attempt, jitter=jitter)
    if wait is None:
        return Decision(verdict=Verdict.FAILED)
    # Never sooner than asked, and never sooner than the ladder: a receiver that says
    # "1 second" for an hour must not use up every try in ten seconds.
    asked = min(max(retry_after or 0.0, 0.0), MAX_RETRY_AFTER)
    return Decision(verdict=Verdict.RETRY, wait=max(wait, asked))


def is_retryable(status: int) -> bool:
    """Whether the same request may be accepted later, by its HTTP status alone."""
    return status in {408, 425, 429} or 500 <= status < 600


def _check_attempt(attempt: int) -> None:
    if attempt < 1:
        raise ValueError(f"attempt: {attempt} is not a try; the first one is 1")
