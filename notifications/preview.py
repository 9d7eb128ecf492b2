"""What a webhook would send, and one real message to try it with. Nothing of it is stored."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from notifications.carriers import CARRIERS, SHOWN, arrived, reason_of
from notifications.formatters import (
    FormatterError,
    Message,
    NotificationPayload,
    get_formatter,
)
from notifications.formatters.template import Blanks, blanks, variables
from notifications.models import Delivery, Webhook
from notifications.sender import hint_of, render
from notifications.validation import config_of
from signals.payload import PayloadError, read_payload

TEST_SECONDS = 10.0
"""A person waits for the answer; the sender itself has more patience."""


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What came of a test message."""

    arrived: bool
    status: int | None
    """Of the receiver's answer; None when there was none."""
    answer: str
    """The receiver's words, capped, with every secret masked."""
    reason: str
    """Why it did not arrive, for people; "" when it did."""
    in_doubt: bool
    """It was sent and may have arrived, but nobody said so."""
    duration_ms: int
    body: str
    """What was sent."""


def bodies(webhook: Webhook, payload: Mapping[str, Any]) -> list[Message]:
    """The JSON bodies that `webhook` would get for `payload`, in order; without network.

    For a format that sends nothing it is what would be written, for a mail its parts.
    `webhook` need not be saved.
    Raises `FormatterError` naming the setting that is wrong.
    """
    formatter = get_formatter(webhook.format)
    formatter.check_config(config_of(webhook))
    if formatter.carrier != "table":
        whole = SHOWN.get(formatter.carrier, _as_it_is)
        return [whole(message) for message in render(formatter, dict(payload), webhook)]
    try:
        return [read_payload(payload)]
    except PayloadError as error:
        raise FormatterError("format", str(error)) from error


def _as_it_is(message: Message) -> Message:
    return message


def blanks_of(webhook: Webhook, payload: Mapping[str, Any]) -> Blanks | None:
    """The placeholders of a template that become nothing for `payload`; None: no template.

    Raises `FormatterError` as `bodies` does.
    """
    if webhook.format != "template":
        return None
    return blanks(NotificationPayload(**payload), config_of(webhook))


def send_test(webhook: Webhook) -> TestResult:
    """Send one message that says it is a test, as the sender would; `webhook` need not be saved.

    Takes up to `TEST_SECONDS`, so it must not run in a transaction. Raises `FormatterError` for
    settings that the format cannot work with, and for a format that sends nothing.
    """
    formatter = get_formatter(webhook.format)
    post = CARRIERS.get(formatter.carrier)
    if post is None:
        raise FormatterError("format", f"{webhook.format!r} sends nothing to anybody")
    formatter.check_config(config_of(webhook))
    message, *_more = render(formatter, payload_of_test(webhook), webhook)
    unsaved = Delivery(format=webhook.format)
    tried = post(unsaved, webhook, message, part=1, total_timeout=TEST_SECONDS)
    there = arrived(tried)
    sent = tried.error is not None and tried.error.sent
    return TestResult(
        arrived=there,
        status=tried.attempt.status_code,
        answer=tried.attempt.response,
        reason="" if there else hint_of(formatter, tried).reason or reason_of(tried),
        in_doubt=sent and tried.attempt.status_code is None,
        duration_ms=tried.attempt.duration_ms,
        body=tried.attempt.request_body,
    )


def payload_of_test(webhook: Webhook) -> dict[str, Any]:
    """The payload of a test message: recognisable as one in every format."""
    text = _(
        "**This is a test message from Backbeat.** Somebody tries out the webhook "
        "“%(name)s”. There is nothing to do."
    )
    return _payload(
        task_name=_("Test message"),
        content=text % {"name": webhook.name or webhook.format},
        metadata={"test": True},
    )


def sample_payload(*, task_id: str = "", task_name: str = "") -> dict[str, Any]:
    """The payload of a run that never was, for tasks that have no output yet."""
    return _payload(
        task_id=task_id or "morning-report",
        task_name=task_name or _("Morning report"),
        content=_(
            "## Market at the close\n\n"
            "The index **rose by 12.4 points** on strong volume; "
            "see the [full report](https://example.com/report).\n\n"
            "| Ticker | Close | Change |\n"
            "|---|---:|---:|\n"
            "| VCB | 92.4 | +1.2 |\n"
            "| FPT | 131.0 | +3.5 |\n"
            "| HPG | 27.1 | -0.4 |\n\n"
            "1. Banks led the rise.\n"
            "2. Foreign investors bought for the third day.\n\n"
            "```python\n"
            'signal = {"ticker": "FPT", "action": "buy"}\n'
            "```\n"
        ),
        metadata={"scheduled_for": "2026-01-05T00:00:00+00:00"},
    )


def sample_variables() -> list[str]:
    """The names that a template's placeholders can have in every run, what it said first."""
    names = variables(NotificationPayload(**sample_payload()))
    return sorted(names, key=lambda name: name != "content")


def _payload(
    *,
    content: str,
    metadata: Mapping[str, Any],
    task_name: str,
    task_id: str = "backbeat-test",
) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "task_name": task_name,
        "run_id": str(uuid.uuid4()),
        "user_id": "",
        "output_type": "text",
        "content": content,
        "metadata": {"status": "succeeded", "trigger": "manual", **metadata},
    }
