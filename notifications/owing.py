"""What a finished run owes the outside world: deliveries for webhooks, words in chat sessions."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from notifications.changes import Changes
from notifications.doorbell import ring
from notifications.formatters import FORMATTERS
from notifications.lifecycle import SWITCHED_OFF
from notifications.models import Delivery, Webhook
from notifications.quiet import collects, due_at
from notifications.result import Result
from notifications.rules import TOLD, Verdict, judge
from notifications.saying import page_of, say

logger = logging.getLogger(__name__)
Status = Delivery.Status
_Told = tuple[Result, Webhook]


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What came of the results."""

    deliveries: Sequence[uuid.UUID] = ()
    """To be sent, or collected for a digest."""
    untold: Sequence[Result] = ()
    """Failures that no webhook and no inbox was owed."""
    refused: Mapping[uuid.UUID, list[dict[str, Any]]] = field(default_factory=dict)
    """By run: the webhooks whose rule refused it, as `Run.untold` keeps them."""


def owe(results: Sequence[Result], webhooks: Mapping[str, Sequence[Webhook]]) -> Owed:
    """Record what the results owe: words in each user's chat session, a delivery for each webhook.

    `webhooks` are those of each task id. One that Backbeat switched off is owed a delivery that
    is cancelled already, so that it can be replayed. Must run inside the finishing transaction;
    the bell rings after its commit.
    """
    sessions = say(results)
    told: list[_Told] = []
    refused: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for result in results:
        if result.is_reply:
            continue
        for webhook in webhooks.get(result.task_id, ()):
            verdict = _judged(webhook, result)
            if verdict.tells:
                told.append((result, webhook))
                continue
            refused.setdefault(result.run_id, []).append(
                {
                    "webhook": webhook.pk,
                    "name": webhook.name or webhook.format,
                    "why": str(verdict.why),
                    "note": verdict.note,
                }
            )
    now, changes = timezone.now(), Changes()
    windows = _open_windows([webhook for _, webhook in told], now)
    deliveries = [
        _delivery(
            result,
            webhook,
            page_of(sessions.get(result.run_id)) | changes.told_to(webhook, result),
            now,
            windows,
        )
        for result, webhook in told
    ]
    Delivery.objects.bulk_create(deliveries)
    waiting = [each for each in deliveries if each.status == Status.PENDING]
    if at_once := [each.id for each in waiting if each.collected_until is None]:
        transaction.on_commit(partial(ring, at_once))
    reached = {each.run_id for each in waiting} | sessions.keys()
    return Owed(
        deliveries=[each.id for each in waiting],
        untold=[
            result
            for result in results
            if result.status == "failed" and result.run_id not in reached
        ],
        refused=refused,
    )


def _judged(webhook: Webhook, result: Result) -> Verdict:
    try:
        return judge(webhook, result)
    except Exception:
        # A row that no form has checked: it must not cost the run its result. In doubt, tell.
        logger.exception("the rule of webhook %s", webhook.pk)
        return TOLD


def _delivery(
    result: Result,
    webhook: Webhook,
    metadata: Mapping[str, str],
    now: datetime,
    windows: dict[int, datetime],
) -> Delivery:
    delivery = Delivery(
        run_id=result.run_id,
        task_id=result.task_id,
        webhook=webhook,
        webhook_name=str(webhook.name or webhook.format),
        format=webhook.format,
        payload=result.payload(**metadata),
        created_at=now,
    )
    if not webhook.active:
        delivery.status, delivery.finished_at = Status.CANCELLED, now
        delivery.error = f"{SWITCHED_OFF} {webhook.disabled_reason}"
    elif _collects(webhook):
        zone, window = settings.NOTIFICATIONS.default_timezone, windows.get(webhook.pk)
        until = due_at(webhook, now, zone=zone, window=window)
        delivery.collected_until = until
        if until and webhook.digest_seconds:
            windows.setdefault(webhook.pk, until)
    return delivery


def _collects(webhook: Webhook) -> bool:
    """Whether it may be told later; the table of signal outputs takes each result by itself."""
    formatter = FORMATTERS.get(webhook.format)
    return collects(webhook) and (formatter is None or formatter.carrier != "table")


def _open_windows(webhooks: Sequence[Webhook], now: datetime) -> dict[int, datetime]:
    """When the time of collecting that has begun is over, of those that collect for a while."""
    lengths = {
        webhook.pk: webhook.digest_seconds
        for webhook in webhooks
        if webhook.digest_seconds
    }
    if not lengths:
        return {}
    begun = Delivery.objects.filter(
        webhook__in=lengths,
        kind=Delivery.Kind.RESULT,
        status=Status.PENDING,
        collected_until__gt=now,
        digest__isnull=True,
        created_at__gt=now - timedelta(seconds=max(lengths.values())),
    )
    ends = begun.order_by().values_list("webhook").annotate(Min("collected_until"))
    return dict(ends)
