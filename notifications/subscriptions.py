"""Who hears what: one listener a process, and an inbox for each who wants to hear."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Collection
from functools import cache

from notifications.bus_link import listen_to_all
from notifications.bus_message import (
    BROADCAST,
    CHANNELS,
    BadMessage,
    EventMessage,
    matches,
    read_message,
)

logger = logging.getLogger(__name__)

MOST_UNREAD = 1000
"""Events that wait in one inbox; then the oldest are dropped."""
REMEMBERED = 200
"""Events that a process keeps for who comes back after a break."""

Callback = Callable[[EventMessage], object]


class Inbox:
    """What one listener has still to read. `agent` None hears every channel."""

    def __init__(
        self, agent: str | None, event_types: Collection[str] | None = None
    ) -> None:
        self._channels = None if agent is None else {BROADCAST, f"{CHANNELS}{agent}"}
        self._types = None if event_types is None else frozenset(event_types)
        self._unread: deque[EventMessage] = deque()
        self._changed = threading.Condition()
        self.closed = False
        self.missed = 0
        """How many were dropped because they were not read in time."""

    def wants(self, channel: str, message: EventMessage) -> bool:
        """Whether it is for this listener."""
        is_near = self._channels is None or channel in self._channels
        return is_near and matches(self._types, message.event_type)

    def put(self, message: EventMessage) -> None:
        """Leave it here to be read; never waits."""
        with self._changed:
            if len(self._unread) >= MOST_UNREAD:
                self._unread.popleft()
                self.missed += 1
            self._unread.append(message)
            self._changed.notify()

    def get(self, seconds: float | None = None) -> EventMessage | None:
        """Return the next one, waiting for it at most so long. None: none came, or closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._unread or self.closed, seconds)
            return None if self.closed or not self._unread else self._unread.popleft()

    def close(self) -> None:
        """Hear no more."""
        hub().leave(self)
        with self._changed:
            self.closed = True
            self._changed.notify_all()


class Hub:
    """Hears all events, and leaves each in the inboxes of those who want it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inboxes: tuple[Inbox, ...] = ()
        self._recent: deque[tuple[str, EventMessage]] = deque(maxlen=REMEMBERED)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.listening = threading.Event()
        """Set while Redis really sends us what is said."""

    def join(self, inbox: Inbox, *, after: str | None = None) -> None:
        """Fill `inbox` from now on, beginning after the event of id `after` if it is known."""
        with self._lock:
            for message in self._since(inbox, after) if after else ():
                inbox.put(message)
            self._inboxes = (*self._inboxes, inbox)
            if self._thread is None:
                self._thread = listen_to_all(
                    f"{CHANNELS}*", self._heard, self._stopped, self.listening
                )

    def leave(self, inbox: Inbox) -> None:
        """Fill `inbox` no more. The hub listens on: who was here often comes back."""
        with self._lock:
            self._inboxes = tuple(each for each in self._inboxes if each is not inbox)

    def stop(self) -> None:
        """Hear nothing any more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5)

    def _since(self, inbox: Inbox, after: str) -> list[EventMessage]:
        recent = list(self._recent)
        places = [place for place, (_, each) in enumerate(recent) if each.id == after]
        rest = recent[places[-1] + 1 :] if places else []
        return [each for channel, each in rest if inbox.wants(channel, each)]

    def _heard(self, channel: str, data: bytes) -> None:
        try:
            message = read_message(data)
        except BadMessage as error:
            logger.info("%s: what was said is left out: %s", channel, error)
            return
        with self._lock:
            self._recent.append((channel, message))
            for inbox in self._inboxes:
                if inbox.wants(channel, message):
                    inbox.put(message)


class Subscription:
    """Calls back for each event, from a thread of its own: in order, and holding up nobody."""

    def __init__(
        self,
        agent: str | None,
        callback: Callback,
        event_types: Collection[str] | None = None,
    ) -> None:
        self._inbox = Inbox(agent, event_types)
        self._callback = callback
        thread = threading.Thread(
            target=self._work, name=f"events of {agent or 'all'}", daemon=True
        )
        thread.start()
        hub().join(self._inbox)

    def wait_until_listening(self, seconds: float) -> bool:
        """Wait until events really arrive here. False: Redis is away."""
        return hub().listening.wait(seconds)

    def close(self) -> None:
        """Call back no more; a call that is under way ends by itself."""
        self._inbox.close()

    def _work(self) -> None:
        while message := self._inbox.get():
            try:
                self._callback(message)
            except Exception:
                logger.exception("event %s: a callback failed", message.event_type)


def hub() -> Hub:
    """This process's hub; a forked child has one of its own."""
    return _of_process(os.getpid())


@cache
def _of_process(pid: int) -> Hub:
    return Hub()


def forget() -> None:
    """Stop this process's hub (for tests)."""
    if _of_process.cache_info().currsize:
        hub().stop()
        _of_process.cache_clear()
