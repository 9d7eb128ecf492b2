"""Beat itself may stop; then the workers notice, and say so."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from scheduling import events, lateness
from scheduling.models import Event, Process, ScheduledTask

#: A start or a restart takes its time: only a longer silence is one.
PATIENCE = timedelta(seconds=60)


class BeatWatch:
    """What one worker knows of the beats; made as the worker starts, asked with each pulse."""

    def __init__(self, now: datetime) -> None:
        self._heard_at = now

    def look(self, now: datetime) -> None:
        """Write that beat fell silent or is back, once; look for late tasks in its stead.

        Three queries while a beat lives, all on an index.
        """
        beats = list(Process.objects.filter(kind=Process.Kind.BEAT))
        if any(beat.is_alive(now) for beat in beats):
            self._heard_at = now
        silent = now - self._heard_at >= PATIENCE
        if not silent and self._heard_at != now:
            return  # not known yet
        last = max((beat.seen_at for beat in beats), default=self._heard_at)
        self._tell(last if silent else None, now)
        if silent:
            lateness.watch(now)

    def _tell(self, since: datetime | None, now: datetime) -> None:
        if since is not None and not _somebody_needs_it():
            return
        note = "" if since is None else _("No slot fires until a beat is started.")
        with transaction.atomic():
            events.follow_spell(
                Event.Kind.BEAT_SILENT,
                Event.Kind.BEAT_BACK,
                since=since,
                now=now,
                note=note,
            )


def _somebody_needs_it() -> bool:
    return ScheduledTask.objects.filter(active=True, due_at__isnull=False).exists()
