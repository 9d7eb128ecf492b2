"""What each channel would be sent for one run, or for a sample: nothing is sent, nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from notifications.changes import Changes
from notifications.channel_preview import (
    ShownMessage,
    Sizes,
    example_webhook,
    shown,
    sizes_of,
)
from notifications.encryption import DecryptionError
from notifications.formatters import FORMATTERS, FormatterError, Message
from notifications.labels import format_label
from notifications.models import ChatSession, Webhook
from notifications.preview import bodies, sample_payload
from notifications.result import Result
from notifications.rules import Verdict, judge, words
from notifications.saying import page_of
from pages.translation import translated
from scheduling.models import Run, ScheduledTask, TaskWebhook
from scheduling.previous import previous_of
from scheduling.results import result_of

MOST_SHOWN = 5
"""Messages of one channel that a page shows; a long output becomes up to 25 in each."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One webhook, or a format with settings as an example, and what it would get."""

    webhook: Webhook
    label: str
    is_example: bool
    messages: Sequence[ShownMessage] = ()
    more: int = 0
    sizes: Sizes | None = None
    problem: str = ""
    """Why there is nothing to show."""
    verdict: Verdict | None = None
    """None: it is an example, or there is no run to judge."""

    @property
    def reason(self) -> str:
        """Why its rule would not send it; "" when it would."""
        return reason_of(self.verdict)

    @property
    def writes_row(self) -> bool:
        return FORMATTERS[self.webhook.format].carrier == "table"


def result_to_preview(run: Run) -> Result:
    """The result of a final run, with its session and with what it is compared with."""
    result = result_of(run)
    opened = ChatSession.objects.filter(run_id=run.id).values_list("id", flat=True)
    return replace(
        result,
        session_id=opened.first() or result.session_id,
        previous=previous_of({run.id}).get(run.id),
    )


def payload_for(webhook: Webhook, result: Result | None) -> dict[str, Any]:
    """What `webhook` would be told of `result`, with its diff and session; None: of a sample."""
    if result is None:
        return sample_payload()
    session = page_of(result.session_id if result.user_id else None)
    return result.payload(**session, **Changes().told_to(webhook, result))


def judged(webhook: Webhook, result: Result | None) -> Verdict | None:
    """What the rule of `webhook` says to `result`; None: nothing, there is no run to judge."""
    if result is None or result.status not in (Run.Status.SUCCEEDED, Run.Status.FAILED):
        return None
    return judge(webhook, result)


def reason_of(verdict: Verdict | None) -> str:
    """Why nothing would be sent, in the reader's language; "" when it would."""
    if verdict is None or verdict.tells:
        return ""
    return translated(words(str(verdict.why), verdict.note))


def bodies_of(
    webhook: Webhook, result: Result | None
) -> tuple[list[Message], Sizes, Verdict | None]:
    """The bodies as they would be sent, their sizes, the rule's verdict. Raises `FormatterError`."""
    found = bodies(webhook, payload_for(webhook, result))
    sizes = sizes_of(FORMATTERS[webhook.format], found)
    return found, sizes, judged(webhook, result)


def channels_for(task: ScheduledTask | None, run: Run | None) -> list[Channel]:
    """The webhooks of `task` first, then every format that none of them has, as an example."""
    result = result_to_preview(run) if run else None
    own = [_channel(webhook, result) for webhook in _webhooks_of(task)] if task else []
    there = {channel.webhook.format for channel in own}
    others = [name for name in FORMATTERS if name not in there]
    return own + [
        _channel(example_webhook(name), result, is_example=True) for name in others
    ]


def _webhooks_of(task: ScheduledTask) -> list[Webhook]:
    own = TaskWebhook.objects.filter(task=task).order_by("pk")
    shared = Webhook.objects.filter(tasks=task).order_by("pk")
    # Each secret is read when it is needed, and by itself: a lost key hides one webhook alone.
    found = [*own.defer(*Webhook.ENCRYPTED), *shared.defer(*Webhook.ENCRYPTED)]
    return [webhook for webhook in found if webhook.format in FORMATTERS]


def _channel(
    webhook: Webhook, result: Result | None, *, is_example: bool = False
) -> Channel:
    channel = Channel(
        webhook=webhook, label=format_label(webhook.format), is_example=is_example
    )
    try:
        found, sizes, verdict = bodies_of(webhook, result)
    except (FormatterError, DecryptionError) as error:
        return replace(channel, problem=str(error))
    return replace(
        channel,
        messages=[shown(body) for body in found[:MOST_SHOWN]],
        more=max(len(found) - MOST_SHOWN, 0),
        sizes=sizes,
        verdict=None if is_example else verdict,
    )
