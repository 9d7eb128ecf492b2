"""Which delivery a thread takes on next: lanes that keep slow receivers from taking all threads.

All threads of a sender process share one `Lanes`. What was rung waits there by host and by
channel, in the order in which it came. A host gets so many posts at a time, a channel of a chat
one, because its messages have an order. A host whose last post ran into the time limit gets one
until it answers again. Nobody sleeps here: who leaves a lane takes the next that may go.

It holds ids only. A process that dies loses nothing: the reconciler rings again.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

MOST_WAITING = 10_000
"""Ids that wait in memory; the reconciler brings the others when their turn has come. A host has
no more of this room than it leaves to others."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A delivery that is due, and where it leads."""

    id: uuid.UUID
    host: str
    """Whose lane it takes: a host's name, or a way that is no host's."""
    channel: str = ""
    """Whose order it keeps; "" keeps none."""
    destination: str = ""
    """The place's fingerprint (`notifications.destinations`)."""


class Lanes:
    """At most `per_host` errands under way to one host, and `in_all` of them together."""

    def __init__(self, *, per_host: int, in_all: int) -> None:
        self._per_host = per_host
        self._in_all = in_all
        self._lock = threading.Lock()
        self._known: set[uuid.UUID] = set()  # waiting, or under way
        self._waiting: dict[str, dict[str, deque[Errand]]] = {}
        self._of_host: dict[str, int] = {}  # of those that wait
        self._under_way: dict[str, int] = {}
        self._channels: set[str] = set()
        self._slow: set[str] = set()
        self._count = 0
        self.closed = False

    def add(self, errands: Iterable[Errand]) -> None:
        """Let them wait for a place; what waits or is under way already is left out."""
        with self._lock:
            for errand in errands:
                theirs = self._of_host.get(errand.host, 0)
                room = MOST_WAITING - len(self._known)
                if errand.id in self._known or theirs >= room:
                    continue
                self._known.add(errand.id)
                self._of_host[errand.host] = theirs + 1
                lane = self._waiting.setdefault(errand.host, {})
                lane.setdefault(errand.channel, deque()).append(errand)

    def take(self) -> Errand | None:
        """The next errand that may go, hosts in turn; None: all that wait must wait on.

        Whoever takes one must `leave` it.
        """
        with self._lock:
            if self.closed or self._count >= self._in_all:
                return None
            for host in list(self._waiting):
                if errand := self._next_of(host):
                    self._enter(errand)
                    return errand
            return None

    def leave(self, errand: Errand, *, slow: bool | None = None) -> None:
        """Give its place back. `slow`: the host let its time pass without an answer; None: it
        was not asked.
        """
        with self._lock:
            self._count -= 1
            self._known.discard(errand.id)
            self._channels.discard(errand.channel)
            self._under_way[errand.host] -= 1
            if not self._under_way[errand.host]:
                del self._under_way[errand.host]
            if slow:
                self._slow.add(errand.host)
            elif slow is False:
                self._slow.discard(errand.host)

    def close(self) -> None:
        """Let nobody in any more: the process is to end. Other senders take what waits.

        Takes no lock: it is called by a signal's handler.
        """
        self.closed = True

    def _next_of(self, host: str) -> Errand | None:
        most = 1 if host in self._slow else self._per_host
        if self._under_way.get(host, 0) >= most:
            return None
        lanes = self._waiting[host]
        for channel, lane in lanes.items():
            if channel not in self._channels:
                errand = lane.popleft()
                # To the end, so that channels take turns as hosts do.
                del lanes[channel]
                if lane:
                    lanes[channel] = lane
                return errand
        return None

    def _enter(self, errand: Errand) -> None:
        lanes = self._waiting.pop(errand.host)
        self._of_host[errand.host] -= 1
        if lanes:
            self._waiting[errand.host] = lanes
        else:
            del self._of_host[errand.host]
        self._count += 1
        self._under_way[errand.host] = self._under_way.get(errand.host, 0) + 1
        if errand.channel:
            self._channels.add(errand.channel)
