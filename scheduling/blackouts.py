"""Which blackout windows there are, for dispatch and all others that ask whether things fire."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from scheduling import events
from scheduling.models import Blackout, Event
from scheduling.wall_clock import ScheduleError, load_zone
from scheduling.windows import Window, covering

__all__ = ["Window", "covering", "follow", "load", "on_at", "window_of"]

logger = logging.getLogger(__name__)


def load(first: datetime, last: datetime) -> list[Window]:
    """Return the windows that may cover an instant from `first` to `last`, both included.

    One query. A row that cannot be read covers nothing: it is named in the log, and stops nobody.
    """
    return list(_readable(_between(first, last)))


def on_at(instant: datetime) -> Window | None:
    """Return the window that is on at `instant`, if one is. One query."""
    return covering(load(instant, instant), instant)


def follow(now: datetime, *, note: str = "") -> Window | None:
    """Write the event that everything is paused or goes on again, if that is new at `now`.

    Returns the window that is on. `note` is kept with the event: who did it, and why.
    """
    window = on_at(now)
    span = window.span_at(now) if window else None
    events.follow_spell(
        Event.Kind.BLACKOUT,
        Event.Kind.LIFTED,
        since=span[0] if span else None,
        now=now,
        note=note or (window.in_words if window else ""),
    )
    return window


def window_of(row: Blackout) -> Window:
    """Return the value of a row. Raises `ScheduleError` when its zone is not known."""
    return Window(
        id=row.pk,
        name=row.name,
        note=row.note,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        weekdays=frozenset(row.weekdays),
        from_time=row.from_time,
        until_time=row.until_time,
        zone=load_zone(row.timezone),
    )


def is_on(row: Blackout, instant: datetime) -> bool:
    """Return whether the window of a row is on; one whose zone is not known never is."""
    try:
        return window_of(row).covers(instant)
    except ScheduleError:
        return False


def _between(first: datetime, last: datetime) -> QuerySet[Blackout]:
    lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=first)
    return Blackout.objects.filter(lasting, starts_at__lte=last).order_by("id")


def _readable(rows: Iterable[Blackout]) -> Iterable[Window]:
    for row in rows:
        try:
            yield window_of(row)
        except (ScheduleError, TypeError) as error:
            logger.error("blackout window %s is left out: %s", row.pk, error)
