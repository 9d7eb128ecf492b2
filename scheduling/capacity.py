"""How many runs one worker process has in flight. Pure."""

from __future__ import annotations

import threading
import time


class Capacity:
    """A counter of free places that threads wait for."""

    def __init__(self, places: int) -> None:
        self._places = self._free = places
        self._changed = threading.Condition()

    def take(self, wanted: int, stopping: threading.Event) -> int:
        """Wait for a free place and take up to `wanted`. 0: the worker is stopping."""
        with self._changed:
            while self._free == 0 and not stopping.is_set():
                self._changed.wait(timeout=0.5)  # to see `stopping`
            if stopping.is_set():
                return 0
            taken = min(wanted, self._free)
            self._free -= taken
            return taken

    def give(self, places: int) -> None:
        """Give places back."""
        with self._changed:
            self._free += places
            self._changed.notify_all()

    def wait_idle(self, seconds: float) -> bool:
        """Wait until every place is free, `seconds` at most. Returns whether it came to that."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._free < self._places:
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(timeout=left)
            return True
