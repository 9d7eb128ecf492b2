"""Incidents: opened once, counted on while they last, acknowledged by a person, resolved.

      -> open                  open_incident(): there is none of its kind about the same
open  -> open                  open_incident(): seen again; counted, told to nobody
open  -> open, acknowledged    acknowledge(): somebody knows; nobody is reminded any more
open  -> resolved              resolve(): it is over, or a person says so; keep(): by the clock

The partial unique constraint `incident_one_open_of_a_kind` makes opening safe against races.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from notifications import alerts
from notifications.alert_words import News
from notifications.alerts import Alert
from notifications.emitting import tell_incidents
from notifications.models import Incident, Webhook
from signals.sanitise import clean_text

Kind = Incident.Kind
Person = AbstractBaseUser | AnonymousUser | None

#: About a webhook: over when something arrives there again, when it is switched on, or deleted.
OF_WEBHOOKS = (Kind.DEAD_ENDPOINT, Kind.UNTOLD)
_NOTE_CHARS = 4_000
_END_CHARS = 1_000
_TITLE_CHARS = 300
#: Resolved or reminded of in one transaction; the next one goes on with the others.
AT_ONCE = 500
_COLUMNS = (
    "kind", "key", "task_id", "run_id", "webhook", "title", "note", "count",
    "opened_at", "last_at", "resolves_at",
)  # fmt: skip
_UPSERT = """
INSERT INTO notifications_incident ({columns}) VALUES {rows}
ON CONFLICT (kind, key) WHERE resolved_at IS NULL DO UPDATE SET
    count = notifications_incident.count + EXCLUDED.count,
    last_at = EXCLUDED.last_at,
    note = CASE EXCLUDED.note WHEN '' THEN notifications_incident.note ELSE EXCLUDED.note END,
    resolves_at = EXCLUDED.resolves_at
RETURNING id, kind, key, count
"""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Something that is wrong, as it was seen just now."""

    kind: Kind
    key: str
    title: str
    note: str = ""
    task_id: str = ""
    run_id: uuid.UUID | None = None
    webhook: Webhook | None = None
    #: When it is over by the clock.
    resolves_at: datetime | None = None
    #: Where it is told; when none of them is active, where the installation's incidents are.
    channels: Sequence[Webhook] | None = None
    #: Whose inbox says it when there is no channel at all.
    user_id: str = ""
    times: int = 1


class _Mark(NamedTuple):
    """What there is one open incident for; rows are locked in this order."""

    kind: str
    key: str


def open_incident(
    kind: Incident.Kind,
    key: str,
    *,
    title: str,
    note: str = "",
    task_id: str = "",
    run_id: uuid.UUID | None = None,
    webhook: Webhook | None = None,
    resolves_at: datetime | None = None,
    channels: Sequence[Webhook] | None = None,
    now: datetime | None = None,
) -> Incident | None:
    """Open an incident, or count on the one that is open, in the caller's transaction.

    Only opening tells. Returns the incident when this call has opened it, else None.
    """
    seen = Sighting(
        kind=kind,
        key=key,
        title=title,
        note=note,
        task_id=task_id,
        run_id=run_id,
        webhook=webhook,
        resolves_at=resolves_at,
        channels=channels,
    )
    opened = see([seen], now or timezone.now())
    return opened[0] if opened else None


def see(sightings: Iterable[Sighting], now: datetime) -> list[Incident]:
    """Open an incident for each of these, or count on; returns those that were opened.

    In the caller's transaction; one query, and a few more when something was opened.
    """
    seen = _merged(sightings)
    if not seen:
        return []
    rows = {mark: _row(each, now) for mark, each in seen.items()}
    with transaction.atomic(savepoint=False):
        opened: list[Incident] = []
        new = list(rows.values())
        for pk, mark, count in chain.from_iterable(
            _upsert(new[start : start + AT_ONCE])
            for start in range(0, len(new), AT_ONCE)
        ):
            if count == seen[mark].times:  # one that was open had been seen before
                rows[mark].pk = pk
                opened.append(rows[mark])
        _tell_opened([(each, seen[_mark(each)]) for each in opened], now)
        tell_incidents(opened, "opened")
    return opened


def resolve(
    kind: Incident.Kind,
    keys: Collection[str],
    *,
    note: str = "",
    by: Person = None,
    now: datetime | None = None,
    channels: Sequence[Webhook] | None = None,
) -> int:
    """Say of the open incidents of `kind` about `keys` that they are over. Returns how many.

    Whoever was told of one is told of its end; `channels`: these instead. One query when
    none is open.
    """
    if not keys:
        return 0
    found = Incident.objects.filter(kind=kind, key__in=keys)
    return resolve_all(found, note=note, by=by, now=now, channels=channels)


def acknowledge(
    incidents: QuerySet[Incident], *, user: Person, now: datetime | None = None
) -> int:
    """Note that `user` knows of those of `incidents` that are open. Returns how many are new."""
    unseen = incidents.filter(resolved_at__isnull=True, acknowledged_at__isnull=True)
    return unseen.order_by().update(
        acknowledged_at=now or timezone.now(), acknowledged_by=_person(user)
    )


def resolve_all(
    incidents: QuerySet[Incident],
    *,
    note: str = "",
    by: Person = None,
    now: datetime | None = None,
    channels: Sequence[Webhook] | None = None,
) -> int:
    """Say of those of `incidents` that are open that they are over, as `resolve` does.

    At most `AT_ONCE` in one call. Returns how many.
    """
    now = now or timezone.now()
    with transaction.atomic(savepoint=False):
        over = list(_locked(incidents.filter(resolved_at__isnull=True))[:AT_ONCE])
        if not over:
            return 0
        ids = [each.pk for each in over]
        changes: dict[str, Any] = {"resolved_at": now, "resolved_by": _person(by)}
        Incident.objects.filter(pk__in=ids).update(**changes)
        ended = clean_text(note)[:_END_CHARS]
        for each in over:
            each.resolved_at = now
            if (
                ended
            ):  # the cause stays: the end alone says nothing about what was wrong
                each.note = (
                    f"{each.note[: _NOTE_CHARS - _END_CHARS]}\n\n{ended}".strip()
                )
        if ended:
            Incident.objects.bulk_update(over, ["note"], batch_size=100)
        where = alerts.told_to(over)
        if channels is not None:
            where = {pk: list(channels) if told else [] for pk, told in where.items()}
        readers = alerts.readers_of(over)
        alerts.tell(alerts.by_incident(over, News.RESOLVED, where, readers), now)
        tell_incidents(over, "resolved")
    return len(over)


# -- by the clock


def keep(now: datetime) -> None:
    """Resolve what is over by the clock, or whose webhook was deleted; remind of what nobody
    has acknowledged.

    Two queries when there is nothing to do; at most `AT_ONCE` incidents each.
    """
    gone = Q(kind__in=OF_WEBHOOKS, webhook__isnull=True)
    resolve_all(Incident.objects.filter(Q(resolves_at__lte=now) | gone), now=now)
    if hours := settings.NOTIFICATIONS.remind_hours:
        _remind(now, now - timedelta(hours=hours))


def _remind(now: datetime, told_before: datetime) -> None:
    unseen = Incident.objects.filter(
        resolved_at__isnull=True, acknowledged_at__isnull=True
    )
    last = unseen.annotate(told=Coalesce("reminded_at", "opened_at"))
    with transaction.atomic():
        due = list(_locked(last.filter(told__lte=told_before), skip=True)[:AT_ONCE])
        if not due:
            return
        Incident.objects.filter(pk__in=[each.pk for each in due]).update(
            reminded_at=now
        )
        where, readers = alerts.told_to(due), alerts.readers_of(due)
        untold = [each for each in due if not where[each.pk] and each.pk not in readers]
        if untold:
            ours = alerts.installation_channels()
            where |= {each.pk: _but_for(each.webhook_id, ours) for each in untold}
        alerts.tell(alerts.by_incident(due, News.REMINDER, where, readers), now)


# -- opening


def _merged(sightings: Iterable[Sighting]) -> dict[_Mark, Sighting]:
    """One sighting for each mark, in the order of locks: no upsert changes a row twice."""
    found: dict[_Mark, Sighting] = {}
    for each in sightings:
        mark = _Mark(str(each.kind), each.key)
        first = found.get(mark)
        found[mark] = _both(first, each) if first else each
    return dict(sorted(found.items()))


def _both(first: Sighting, then: Sighting) -> Sighting:
    times = first.times + then.times
    return replace(first, note=then.note or first.note, times=times)


def _row(seen: Sighting, now: datetime) -> Incident:
    return Incident(
        kind=seen.kind,
        key=seen.key,
        task_id=seen.task_id,
        run_id=seen.run_id,
        webhook_id=seen.webhook.pk if seen.webhook else None,
        title=clean_text(seen.title)[:_TITLE_CHARS],
        note=clean_text(seen.note)[:_NOTE_CHARS],
        count=seen.times,
        opened_at=now,
        last_at=now,
        resolves_at=seen.resolves_at,
    )


def _upsert(incidents: Sequence[Incident]) -> list[tuple[int, _Mark, int]]:
    """Write them; returns id, mark and count of what there is now."""
    fields: list[Any] = [Incident._meta.get_field(name) for name in _COLUMNS]  # noqa: SLF001 -- Django's documented API
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    sql = _UPSERT.format(
        columns=", ".join(str(field.column) for field in fields),
        rows=", ".join([row] * len(incidents)),
    )
    values = [
        field.get_db_prep_save(getattr(each, str(field.attname)), connection)
        for each in incidents
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(pk, _Mark(kind, key), count) for pk, kind, key, count in cursor]


def _tell_opened(opened: Sequence[tuple[Incident, Sighting]], now: datetime) -> None:
    if not opened:
        return
    ours: list[Webhook] | None = None
    told = []
    for incident, seen in opened:
        dead = incident.webhook_id
        channels = _but_for(dead, [e for e in seen.channels or () if e.active])
        if not channels:
            ours = alerts.installation_channels() if ours is None else ours
            channels = _but_for(dead, ours)
        reader = "" if channels else seen.user_id
        told.append(Alert(incident=incident, news=News.OPENED, channels=channels, user_id=reader))  # fmt: skip
    alerts.tell(told, now)


def _but_for(dead: int | None, channels: Sequence[Webhook]) -> list[Webhook]:
    """A dead webhook is not told of its own death."""
    return [each for each in channels if each.pk != dead]


def _locked(rows: QuerySet[Incident], *, skip: bool = False) -> QuerySet[Incident]:
    ordered = rows.order_by("kind", "key")
    return ordered.select_for_update(of=("self",), skip_locked=skip, no_key=True)


def _mark(incident: Incident) -> _Mark:
    return _Mark(str(incident.kind), incident.key)


def _person(user: Person) -> Any:
    return user if isinstance(user, AbstractBaseUser) else None
