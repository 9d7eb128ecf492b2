"""What everybody must know at once: beat is silent, everything is paused, an incident is open.

Every page of the admin says so, so a process asks the database once in a few seconds, not for
each page.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from scheduling import blackouts, overview
from scheduling.models import Blackout

#: How old an answer may be.
KEPT_SECONDS = 5.0


@dataclass(frozen=True)
class Pause:
    """What pauses everything: the window, and from when to when it lasts (None: until lifted)."""

    blackout: Blackout
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Standing:
    """How things stood at `at`."""

    at: datetime
    alive: overview.Alive
    pause: Pause | None
    is_late: bool
    #: Outputs that wait for approval, counted up to `overview.MOST_COUNTED`.
    unapproved: int
    #: Open incidents that nobody has acknowledged, counted up to the same.
    incidents: int

    @property
    def is_well(self) -> bool:
        return self.alive.is_well and not self.is_late


class _Kept:
    """The last answer of this process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: Standing | None = None
        self._fresh_until = 0.0

    def get(self) -> Standing:
        with self._lock:
            if self._answer is None or time.monotonic() >= self._fresh_until:
                self._answer = _ask(timezone.now())
                self._fresh_until = time.monotonic() + KEPT_SECONDS
            return self._answer

    def forget(self) -> None:
        with self._lock:
            self._answer = None


_kept = _Kept()


def standing() -> Standing:
    """Return how things stand, at most `KEPT_SECONDS` old. Five or six queries, or none."""
    return _kept.get()


def forget() -> None:
    """Ask anew the next time: this process has just changed something."""
    _kept.forget()


def _ask(now: datetime) -> Standing:
    return Standing(
        at=now,
        alive=overview.alive(now),
        pause=_pause(now),
        is_late=overview.late_tasks(now).exists(),
        unapproved=overview.unapproved(),
        incidents=overview.unacknowledged(),
    )


def _pause(now: datetime) -> Pause | None:
    window = blackouts.on_at(now)
    span = window.span_at(now) if window else None
    if window is None or window.id is None or span is None:
        return None
    rows = Blackout.objects.select_related("created_by")
    row = rows.filter(pk=window.id).first()
    return Pause(row, *span) if row else None
