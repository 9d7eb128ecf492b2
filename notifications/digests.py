"""Digests: what was collected for a webhook goes out as one message.

A collected delivery is pending with `collected_until`, and nobody sends it. When that time has
come a lone one is let go and sent as itself; of several one delivery of the kind `digest` is
made, which tells of them all, and whose end is theirs (`lifecycle`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.doorbell import ring
from notifications.formatters.base import (
    NotificationPayload,
    changes_text,
    extract_text,
    has_failed,
)
from notifications.models import Delivery
from notifications.splitting import iter_parts, utf16_units

logger = logging.getLogger(__name__)
Status = Delivery.Status

MAX_ITEMS = 100
"""Results in one digest; more of them make another."""
_MOST_CHARS = 2_000_000
_TEXT_CHARS = 20_000
"""Of the text of a digest, shared among its items."""
_SHORTEST, _LONGEST = 160, 4_000
_ITEM_CHARS = 20_000
"""A longer content is in `items` as the beginning of its text."""
_BATCH = 200
_Key = tuple[int | None, str]


def gather(now: datetime) -> int:
    """Send what was collected until `now`. Returns how many messages that makes.

    One query when there is nothing, one transaction for each message. Two housekeepers at once
    make no digest twice: whoever locks a delivery takes it, and the other one passes it over.
    """
    due = _due(now).order_by().values_list("webhook", "kind").distinct()
    return sum(_gather_one(key, now) for key in due[:_BATCH])


def _gather_one(key: _Key, now: datetime) -> int:
    made = 0
    try:
        while _next(key, now):
            made += 1
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # One that cannot be made must keep nothing waiting: each goes by itself, and the one
        # that is to blame fails by itself.
        logger.exception("the digest of webhook %s", key[0])
        made += _let_go(key, now)
    return made


def _let_go(key: _Key, now: datetime) -> int:
    webhook, kind = key
    due = _due(now).filter(webhook=webhook, kind=kind).order_by("created_at", "id")
    ids = list(due.values_list("id", flat=True)[:MAX_ITEMS])
    held = Delivery.objects.filter(
        id__in=ids, status=Status.PENDING, digest__isnull=True
    )
    with transaction.atomic():
        freed = held.update(collected_until=None, next_attempt_at=now, rung_at=now)
        transaction.on_commit(partial(ring, ids))
    return freed


def follow(now: datetime) -> int:
    """End the members of digests that ended without telling them: taken over, or cancelled."""
    members = Delivery.objects.filter(
        status=Status.PENDING, digest__status__in=Delivery.FINAL
    )
    ended = Delivery.objects.filter(id=OuterRef("digest"))
    return members.update(
        status=Subquery(ended.values("status")[:1]),
        error=Subquery(ended.values("error")[:1]),
        finished_at=now,
    )


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        status=Status.PENDING, collected_until__lte=now, digest__isnull=True
    )


def _next(key: _Key, now: datetime) -> bool:
    """Send one message to the webhook of `key`. False: nothing is left for it."""
    webhook, kind = key
    of_key = Q(webhook=webhook) if webhook else Q(webhook__isnull=True)
    with transaction.atomic():
        rows = _due(now).filter(of_key, kind=kind).order_by("created_at", "id")
        locked = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        members = _as_many_as_fit(locked[:MAX_ITEMS].iterator(chunk_size=10))
        if not members:
            return False
        ids = [each.id for each in members]
        held = Delivery.objects.filter(
            id__in=ids, status=Status.PENDING, digest__isnull=True
        )
        if len(members) == 1 or webhook is None:
            held.update(collected_until=None, next_attempt_at=now, rung_at=now)
        else:
            digest = _digest_of(members, now)
            digest.save(force_insert=True)
            held.update(digest=digest)
            ids = [digest.id]
        transaction.on_commit(partial(ring, ids))
    return True


def _as_many_as_fit(rows: Iterator[Delivery]) -> list[Delivery]:
    """The first of `rows`, up to some size of their payloads; at least one."""
    found: list[Delivery] = []
    room = _MOST_CHARS
    for row in rows:
        room -= len(json.dumps(row.payload, ensure_ascii=False))
        if found and room < 0:
            break
        found.append(row)
    return found


def _digest_of(members: Sequence[Delivery], now: datetime) -> Delivery:
    first = members[0]
    return Delivery(
        kind=Delivery.Kind.DIGEST,
        webhook_id=first.webhook_id,
        webhook_name=first.webhook_name,
        format=first.format,
        payload=payload_of([NotificationPayload(**each.payload) for each in members]),
        next_attempt_at=now,
        rung_at=now,
        created_at=now,
    )


def payload_of(items: Sequence[NotificationPayload]) -> dict[str, Any]:
    """The payload of a digest: the seven keys, failures first; the payloads stand in `items`."""
    ordered = sorted(items, key=lambda item: not has_failed(item))
    return NotificationPayload(
        task_id="",
        task_name=_title(items),
        run_id="",
        user_id="",
        output_type="digest",
        content=_content(ordered),
        metadata={
            "status": "failed" if any(map(has_failed, items)) else "succeeded",
            "items": [_short(item) for item in ordered],
        },
    ).as_dict()


def _title(items: Sequence[NotificationPayload]) -> str:
    tasks = len({item.task_id for item in items if item.task_id})
    alerts = sum(item.output_type == "alert" for item in items)
    if alerts:
        told = ngettext("%(count)d alert", "%(count)d alerts", alerts)
        return _("Digest: %(what)s") % {"what": told % {"count": alerts}}
    told = ngettext("%(count)d result", "%(count)d results", len(items))
    of = ngettext("%(count)d task", "%(count)d tasks", tasks)
    return _("Digest: %(results)s of %(tasks)s") % {
        "results": told % {"count": len(items)},
        "tasks": of % {"count": tasks},
    }


def _content(items: Sequence[NotificationPayload]) -> str:
    """One heading for each task, under it what its results say, each in its share of the room."""
    share = min(_LONGEST, max(_SHORTEST, _TEXT_CHARS // len(items)))
    parts: list[str] = []
    heading = ""
    for item in _by_task(items):
        mark = "❌ " if has_failed(item) else ""
        title = f"### {mark}{' '.join((item.task_name or item.task_id).split())}"
        if title != heading:
            parts.append(title)
            heading = title
        parts.append(_beginning(_text(item), share))
    return "\n\n".join(parts)


def _by_task(items: Iterable[NotificationPayload]) -> list[NotificationPayload]:
    """The same, those of one task together where its first one stands; failures stay first."""
    place: dict[tuple[bool, str], int] = {}
    for item in items:
        place.setdefault((has_failed(item), item.task_id or item.task_name), len(place))
    return sorted(
        items, key=lambda item: place[has_failed(item), item.task_id or item.task_name]
    )


def _text(item: NotificationPayload) -> str:
    text = extract_text(item.content).strip()
    changes = changes_text(item)
    if changes and changes not in text:
        text = f"{changes}\n\n{text}"
    return text or "—"


def _beginning(text: str, most: int) -> str:
    """The first `most` units of `text`; a fence that is cut is closed."""
    if utf16_units(text) <= most:
        return text
    first = next(iter_parts(text[: most + 1], most - 2, measure=utf16_units))
    return f"{first.text}\n\n…"


def _short(item: NotificationPayload) -> dict[str, Any]:
    """The payload of a member; a large content as the beginning of its text."""
    payload = item.as_dict()
    if len(json.dumps(item.content, ensure_ascii=False)) > _ITEM_CHARS:
        payload["content"] = extract_text(item.content)[:_ITEM_CHARS]
        payload["metadata"]["truncated"] = True
    return payload
