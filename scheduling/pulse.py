"""Beats and workers announce themselves, so that people can see who is alive.

One row for each process, one upsert every `pulse_seconds`. Who has been silent for three times
that is not alive; who stops in order takes its row away.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterable

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from scheduling.models import Process
from scheduling.silence import BeatWatch

logger = logging.getLogger(__name__)

#: Announcements that may fail in a row before a process counts as silent.
_MISSES = 3
_COLUMNS = ("kind", "queues", "leads", "pid", "started_at", "seen_at", "silent_after_seconds")  # fmt: skip
#: Seconds that a stopping worker waits for its row to go.
_FAREWELL_SECONDS = 5.0


class Pulse:
    """The row of this process. A database that is away is logged, never raised."""

    def __init__(self, kind: Process.Kind, name: str, queues: Iterable[str] = ()):
        self._kind = kind
        self._name = name[:200]
        self._queues = sorted(queues)
        self._started_at = timezone.now()
        self._leads = False
        self._due = time.monotonic()

    def beat(self, *, leads: bool = False) -> None:
        """Announce this process, if that is due or what it has to say has changed."""
        if leads == self._leads and time.monotonic() < self._due:
            return
        self._leads = leads
        self._due = time.monotonic() + settings.SCHEDULING.pulse_seconds
        try:
            close_old_connections()
            self._announce()
        except Exception as error:  # noqa: BLE001 -- nobody stops working for this
            logger.warning("cannot announce %s: %s", self._name, error)

    def stop(self) -> None:
        """Take the row away, unless a successor of the same name has written it since."""
        # A signal may have interrupted a query on this thread's connection.
        connection.close()
        try:
            own = Process.objects.filter(name=self._name, started_at=self._started_at)
            own.delete()
        except Exception as error:  # noqa: BLE001 -- then it falls silent
            logger.warning("cannot withdraw %s: %s", self._name, error)

    def _announce(self) -> None:
        row = Process(
            name=self._name,
            kind=self._kind,
            queues=self._queues,
            leads=self._leads,
            pid=os.getpid(),
            started_at=self._started_at,
            seen_at=timezone.now(),
            silent_after_seconds=_MISSES * settings.SCHEDULING.pulse_seconds,
        )
        Process.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=_COLUMNS,
        )


def beats_pulse() -> Pulse:
    """The pulse of a beat. Its tick loop is to call it, so that a loop that hangs falls silent."""
    return Pulse(Process.Kind.BEAT, f"beat@{socket.gethostname()}:{os.getpid()}")


class WorkersPulse:
    """The pulse of a worker: a thread of its own, because all others wait for agents.

    It also listens for the beats: when they fall silent nobody else would say so.
    """

    def __init__(self, name: str, queues: Iterable[str]) -> None:
        self._pulse = Pulse(Process.Kind.WORKER, name, queues)
        self._beats = BeatWatch(timezone.now())
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the row away. A database that hangs does not keep the process from ending."""
        self._stopped.set()
        self._thread.join(_FAREWELL_SECONDS)

    def _run(self) -> None:
        self._pulse.beat()
        while not self._stopped.wait(settings.SCHEDULING.pulse_seconds):
            self._pulse.beat()
            self._look_for_beat()
        self._pulse.stop()
        connection.close()

    def _look_for_beat(self) -> None:
        try:
            self._beats.look(timezone.now())
        except Exception as error:  # noqa: BLE001 -- the next pulse looks again
            logger.warning("cannot look for a beat: %s", error)


_workers: dict[str, WorkersPulse] = {}


def start_worker(name: str, queues: Iterable[str]) -> None:
    """Announce the worker `name` from now on. Celery says it is ready after each reconnect."""
    if name not in _workers:
        _workers[name] = WorkersPulse(name, queues)


def stop_workers() -> None:
    """Withdraw what this process has announced."""
    while _workers:
        _workers.popitem()[1].stop()
