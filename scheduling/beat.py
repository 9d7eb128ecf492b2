"""The one source of time: django-celery-beat's scheduler, plus one indexed question.

Ordinary `PeriodicTask` rows hold the housekeeping. Scheduled tasks are not rows of theirs: each
tick asks which tasks are due and hands them to `dispatch`. It costs O(due), never O(tasks).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from kombu import Connection
from redis.exceptions import LockError, RedisError

from notifications.event_bus import TASK_SYNC, connection, listen
from scheduling import triggers
from scheduling.dispatch import dispatch_due, next_due
from scheduling.foreign_events import ForeignEvents
from scheduling.monitor import monitor_of_settings
from scheduling.pulse import beats_pulse
from scheduling.serving import own_name
from scheduling.waiting import ring_due

logger = logging.getLogger(__name__)

#: Seconds until the next look at a due task that another transaction holds locked.
_LOCKED_PAUSE = 0.05


class Leadership:
    """A Redis lease, so that of several beats one fires and the others stand by.

    It saves work, not truth: while Redis is away every beat fires, and the unique slot keeps
    them from doubling a run.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = connection().lock(
            own_name("backbeat:beat"),
            timeout=seconds,
            blocking=False,
            thread_local=False,
        )
        self._renew_every = seconds / 3
        self._holds = False
        self._sure_until = time.monotonic()

    def hold(self) -> bool:
        """Take or renew the lease. True: this beat is to fire."""
        if time.monotonic() < self._sure_until:
            return True
        try:
            self._holds = leads = self._renew()
        except RedisError as error:
            logger.warning("beat fires without its lease: %s", error)
            leads = (
                True  # and not asked again at once: a Redis that hangs costs seconds
            )
        if leads:
            self._sure_until = time.monotonic() + self._renew_every
        return leads

    def release(self) -> None:
        """Let a standby take over at once. May be called twice."""
        held, self._holds = self._holds, False
        try:
            if held:
                self._lock.release()
        except RedisError:
            pass  # it ends by itself

    def _renew(self) -> bool:
        if self._holds:
            try:
                return bool(self._lock.reacquire())
            except LockError:
                logger.warning("this beat was away for too long and has lost its lease")
        return bool(self._lock.acquire())


class TaskScheduler(DatabaseScheduler):  # type: ignore[misc] # beat ships no types
    """`CELERY_BEAT_SCHEDULER = "scheduling.beat:TaskScheduler"`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        conf = settings.SCHEDULING
        self._poll = conf.beat_poll_seconds
        self._leadership = Leadership(conf.beat_lease_seconds)
        self._leads = False
        self._pulse = beats_pulse()
        self._monitor = monitor_of_settings()
        self._edited = threading.Event()
        self._stopped = threading.Event()
        self._foreign = ForeignEvents(self._edited.set)
        super().__init__(*args, **kwargs)
        if not kwargs.get("lazy"):
            listen(TASK_SYNC, self._edit, self._stopped)
            logger.info("beat is up")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire what is due, then wait for the next slot, an edit, or the poll bound.

        Returns 0: the waiting is done in here, where an edit can end it.
        """
        self._edited.clear()
        if self._hold_lease():
            until_slot, asked = self._fire(), time.monotonic()
            until_entry = self._housekeeping()  # a broker that hangs takes its time
            self._foreign.follow()
            self._pulse.beat(leads=True)
            until_slot -= time.monotonic() - asked
            wait = min(until_slot, until_entry, self._poll)
        else:
            self._pulse.beat(leads=False)
            self._foreign.rest()
            wait = self._poll
        if wait > 0:
            self._edited.wait(wait)
        return 0

    def close(self) -> None:
        """Stand back. Celery calls it from its signal handler, and again as beat ends."""
        again = self._stopped.is_set()
        self._stopped.set()
        self._foreign.rest()
        super().close()
        self._leadership.release()
        if again:  # a signal handler may have interrupted a query: not in there
            self._pulse.stop()

    def enabled_models_qs(self) -> QuerySet[PeriodicTask]:
        """All enabled rows. The stock filter by hour fires a daily job at the wrong hour."""
        enabled: QuerySet[PeriodicTask] = self.Model.objects.enabled()
        return enabled

    def all_as_schedule(self) -> dict[str, ModelEntry]:
        """The housekeeping entries; a row that cannot be read is left out and named."""
        return dict(self._readable_entries())

    def _readable_entries(self) -> Iterator[tuple[str, ModelEntry]]:
        for model in self.enabled_models():
            try:
                # What cannot be saved would fire, not be counted, and fire again.
                model.validate_unique()
                model._clean_expires()  # noqa: SLF001 -- save() calls it, and nothing public does
                entry = self.Entry(model, app=self.app)
                entry.is_due()
            except Exception as error:  # noqa: BLE001 -- one bad row would stop beat for good
                logger.error("periodic task %s is left out: %s", model.name, error)
            else:
                yield model.name, entry

    def _edit(self) -> None:
        triggers.forget()
        self._edited.set()

    def _hold_lease(self) -> bool:
        leads = self._leadership.hold()
        if leads and not self._leads:
            logger.info("this beat fires")
            self._dirty.clear()  # the last leader's times are newer
            self._read_again()
        self._leads = leads
        return leads

    def _fire(self) -> float:
        """Dispatch all that is due, and ring what was put off. Returns the seconds until the next."""
        try:
            close_old_connections()
            batch = settings.SCHEDULING.dispatch_batch
            done = size = dispatch_due(batch).tasks
            while size >= batch:
                size = dispatch_due(batch).tasks
            slot, put_off = next_due(), ring_due(timezone.now())
        except Exception as error:  # noqa: BLE001 -- beat must live: its database will be back
            logger.error("cannot dispatch: %s: %s", type(error).__name__, error)
            return self._poll
        self._monitor.ping()
        to_come = [moment for moment in (slot, put_off) if moment is not None]
        if not to_come:
            return self._poll
        wait = (min(to_come) - timezone.now()).total_seconds()
        return wait if wait > 0 or done else _LOCKED_PAUSE

    def _housekeeping(self) -> float:
        """One tick of the stock scheduler. Returns the seconds until it has something to do."""
        try:
            return float(super().tick() or 0)
        except Exception as error:  # noqa: BLE001 -- the tasks must fire all the same
            logger.error("housekeeping: %s: %s", type(error).__name__, error)
            self._read_again()
            return self._poll

    def _read_again(self) -> None:
        self._initial_read = True
        self._heap = None

    def _ensure_connected(self) -> Connection:
        """The broker's connection, made when it is used. The stock one waits for it for ever."""
        broker: Connection = self.connection
        return broker
