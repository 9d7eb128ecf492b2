"""The ear of the beat that leads: events that others have put on the bus may begin runs.

What Backbeat itself publishes is heard here once more, and comes to nothing: see `triggers`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import close_old_connections

from notifications.bus_message import EventMessage
from notifications.subscriptions import Inbox, hub
from scheduling import triggers

logger = logging.getLogger(__name__)

_AT_ONCE = 200


class ForeignEvents:
    """Listens while there are triggers; the thread that hears only queues and calls `wake`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._inbox: _Ear | None = None

    def follow(self) -> None:
        """Begin the runs of what was heard since the last time; never raises."""
        try:
            close_old_connections()
            if not triggers.known():
                self.rest()
                return
            if self._inbox is None:
                self._inbox = _Ear(self._wake)
                hub().join(self._inbox)
            if heard := self._inbox.take(_AT_ONCE):
                triggers.hear(heard)
        except Exception as error:  # noqa: BLE001 -- beat must live: its database will be back
            logger.error("cannot follow events: %s: %s", type(error).__name__, error)

    def rest(self) -> None:
        """Listen no more: another beat leads, or nothing waits for events."""
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None


class _Ear(Inbox):
    """Keeps only what a trigger waits for."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__(None)
        self._wake = wake

    def wants(self, channel: str, message: EventMessage) -> bool:
        waiting = triggers.known(fresh=False)  # no query in the thread that hears
        return any(triggers.means(each, message) for each in waiting)

    def put(self, message: EventMessage) -> None:
        super().put(message)
        self._wake()

    def take(self, most: int) -> list[EventMessage]:
        """Return what has been heard, at most so many; the rest stays, and wakes again."""
        heard: list[EventMessage] = []
        while len(heard) < most and (message := self.get(0)):
            heard.append(message)
        if len(heard) == most:
            self._wake()
        return heard
