"""A length of time, again and again: the slots of the type `interval`.

PURE. It knows no clocks: over a change its local time moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The slots base + n * length (UTC) for every n >= first."""

    base: datetime
    length: timedelta
    first: int

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Iterate over the slots with after < slot <= until."""
        return (self.base + n * self.length for n in self._steps(after, until))

    def count(self, after: datetime, until: datetime) -> int:
        """Return how many slots that are, in one step."""
        return len(self._steps(after, until))

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last of them, in one step."""
        steps = self._steps(after, until)
        return self.base + steps[-1] * self.length if steps else None

    def _steps(self, after: datetime, until: datetime) -> range:
        first = max((after - self.base) // self.length + 1, self.first)
        return range(first, (until - self.base) // self.length + 1)
