"""What carries a message to its receiver, and what came of one try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings

from notifications.models import Attempt, Delivery, Webhook
from notifications.transport import Answer, TransportError
from signals.sanitise import cap_text, clean_text


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try and what came of it: an answer, or an error that says whether it may have arrived."""

    attempt: Attempt
    answer: Answer | None = None
    error: TransportError | None = None


class Carrier(Protocol):
    """Sends one message of a delivery; writes nothing, and never raises for a receiver's fault."""

    def __call__(
        self,
        delivery: Delivery,
        webhook: Webhook,
        message: Any,
        part: int,
        *,
        total_timeout: float | None = None,
    ) -> Try:
        """Send `message`, number `part` (from 1). `total_timeout` (seconds) bounds it."""
        ...


Writer = Callable[[Delivery, Webhook], None]
"""Brings a delivery to a place of this installation, in one transaction with the mark."""


def attempt_of(
    delivery: Delivery,
    part: int,
    *,
    started_at: datetime,
    duration_ms: int,
    request_body: str,
    status_code: int | None = None,
    response: str = "",
    error: str = "",
) -> Attempt:
    """An unsaved attempt, its texts cut and cleaned. A `status_code` of 2xx means: it arrived."""
    return Attempt(
        delivery_id=delivery.id,
        number=delivery.attempts_made + 1,
        part=part,
        trigger=(
            Attempt.Trigger.MANUAL if delivery.replayed else Attempt.Trigger.SCHEDULED
        ),
        started_at=started_at,
        duration_ms=duration_ms,
        request_body=storable(request_body),
        status_code=status_code,
        response=storable(response),
        error=storable(error),
    )


def arrived(tried: Try) -> bool:
    """A receiver that said 2xx has it, even when its answer's body was lost on the way."""
    status = tried.attempt.status_code
    return status is not None and 200 <= status < 300


def text_of(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def storable(text: str) -> str:
    """Receivers choose what they answer: NUL and megabytes included."""
    keep = settings.NOTIFICATIONS.kept_answer_chars
    return cap_text(clean_text(text), keep)[0]


def reason_of(tried: Try) -> str:
    """Why it did not arrive, when the receiver's own words do not say."""
    if tried.error is not None:
        return tried.error.reason
    return f"The receiver answered {tried.attempt.status_code}."
