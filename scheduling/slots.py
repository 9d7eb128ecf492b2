"""What becomes of the due slots of one schedule: which are to run, which are left out and why.

PURE, and the same for one slot as for a year of them.

*Missed* are the slots of an outage: when the first due slot is later than `missed_after`, all but
the newest, and the newest too if it is that late itself. The catch-up policy decides about them:
`skip` runs none, `latest` the newest (unless a newer one is in time), `all` the newest so many,
and neither runs one older than its window. Without an outage, all due slots are in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from scheduling.gates import INSTANT, Obstacle, Stretch, obstacle_at, stretches
from scheduling.schedule import Schedule
from scheduling.windows import Window

Other = TypeVar("Other")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Slots that do not run, one or a range without another between them."""

    reason: str
    note: str
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A slot that is to run, as far as the schedule and the downtime go."""

    slot: datetime
    caught_up: bool = False


@dataclass(frozen=True, kw_only=True)
class CatchUp:
    """What is done about missed slots; `policy` is skip, latest or all."""

    policy: str
    missed_after: timedelta
    cap: int = 10
    window: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Due:
    """The due slots of `schedule`: from `first` (due at `due_at`) up to `last`, at `now`.

    `first` need not be a slot of the schedule: the run at once of a new task is none.
    """

    schedule: Schedule
    first: datetime
    last: datetime
    due_at: datetime
    now: datetime
    windows: Sequence[Window] = ()
    #: why nothing at all fires at `now`
    shut: Obstacle | None = None
    #: slots that have their row already
    known: Collection[datetime] = frozenset()


def last_due(
    schedule: Schedule, first: datetime, now: datetime, *, early: bool = False
) -> datetime:
    """Return the last slot that is due at `now`, `first` being so; `early`: without its spread."""
    last = schedule.latest_between(first, now) or first
    while last > first and not early and schedule.due(last) > now:
        last = schedule.latest_between(first, last - INSTANT) or first
    return last


def sort_out(due: Due, catch_up: CatchUp) -> list[Gap | Wanted]:
    """Return what becomes of the due slots, oldest first; ranges are counted exactly."""
    in_time = _in_time(due, catch_up)
    pieces: list[Gap | Wanted] = []
    if not in_time or in_time[0] > due.first:
        before = in_time[0] - INSTANT if in_time else due.last
        last_missed = due.schedule.latest_between(due.first, before) or due.first
        free = any(_obstacle(due, slot) is None for slot in in_time)
        pieces += _missed(due, catch_up, last_missed, newer=free)
    for slot in in_time:
        found = _obstacle(due, slot)
        pieces.append(Wanted(slot=slot) if found is None else _gap_of_one(found, slot))
    return merged(_without_shut(due, pieces))


def merged(pieces: Iterable[Gap | Other]) -> list[Gap | Other]:
    """Join the gaps of the same kind that follow one another; overlaps stay one each."""
    found: list[Gap | Other] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(last, Gap) and isinstance(piece, Gap) and _alike(last, piece):
            found[-1] = replace(last, last=piece.last, count=last.count + piece.count)
        else:
            found.append(piece)
    return found


def _alike(one: Gap, other: Gap) -> bool:
    same = (one.reason, one.note) == (other.reason, other.note)
    return same and one.reason != "overlap"


def _in_time(due: Due, catch_up: CatchUp) -> list[datetime]:
    """The due slots that were not missed."""
    schedule, latest = due.schedule, due.now - catch_up.missed_after
    if due.due_at >= latest:
        found = [due.first, *schedule.between(due.first, due.last)]
    elif due.last > due.first and schedule.due(due.last) >= latest:
        found = [due.last]
    else:
        found = []
    return found


def _obstacle(due: Due, slot: datetime) -> Obstacle | None:
    return obstacle_at(due.schedule, due.windows, slot)


def _without_shut(due: Due, pieces: Iterable[Gap | Wanted]) -> Iterator[Gap | Wanted]:
    """Drop what has its row, and leave out what would run while nothing fires."""
    for piece in pieces:
        if isinstance(piece, Gap):
            yield piece
        elif piece.slot not in due.known:
            yield _gap_of_one(due.shut, piece.slot) if due.shut else piece


def _gap_of_one(obstacle: Obstacle, slot: datetime) -> Gap:
    return Gap(reason=obstacle.reason, note=obstacle.note, first=slot, last=slot)


# -- missed slots


def _missed(
    due: Due, catch_up: CatchUp, last: datetime, *, newer: bool
) -> Iterator[Gap | Wanted]:
    """What becomes of the slots from the first to `last`. `newer`: a later one is in time."""
    parts = list(stretches(due.schedule, due.windows, due.first, last))
    wanted = _caught_up(due, catch_up, parts, newer=newer)
    from_here = wanted[0] if wanted else last + INSTANT
    for part in parts:
        if part.obstacle is not None:
            yield from range_gap(due.schedule, due.first, part, part.obstacle)
            continue
        left_out = part._replace(stop=min(part.stop, from_here))
        yield from _left_out(due, catch_up, left_out, wanted=bool(wanted), newer=newer)
        for slot in wanted:
            if part.start <= slot < part.stop:
                yield Wanted(slot=slot, caught_up=True)


def _caught_up(
    due: Due, catch_up: CatchUp, parts: Sequence[Stretch], *, newer: bool
) -> list[datetime]:
    """The missed slots that run after all, oldest first."""
    most = {"latest": 0 if newer else 1, "all": catch_up.cap}.get(catch_up.policy, 0)
    found: list[datetime] = []
    for part in reversed(parts):
        start = part.start
        if catch_up.window is not None:
            start = max(start, due.now - catch_up.window)
        stop = part.stop
        while part.obstacle is None and len(found) < most and start < stop:
            slot = _latest(due, start, stop)
            if slot is None:
                break
            found.append(slot)
            stop = slot
    return found[::-1]


def _latest(due: Due, start: datetime, stop: datetime) -> datetime | None:
    """The last slot with start <= slot < stop."""
    slot = due.schedule.latest_between(start - INSTANT, stop - INSTANT)
    if slot is None and start <= due.first < stop:
        return due.first
    return slot


def _left_out(
    due: Due, catch_up: CatchUp, part: Stretch, *, wanted: bool, newer: bool
) -> Iterator[Gap]:
    """The missed slots of `part` that do not run, in words that say why."""
    words = {
        "skip": "The task skips missed slots.",
        "latest": "Of the missed slots only the latest runs.",
        "all": f"Of the missed slots the latest {catch_up.cap} run.",
    }[catch_up.policy]
    cut = part.start
    expires = catch_up.policy == "all" or not (wanted or newer)
    if catch_up.window is not None and catch_up.policy != "skip" and expires:
        cut = max(cut, min(part.stop, due.now - catch_up.window))
        seconds = round(catch_up.window.total_seconds())
        too_old = f"After more than {seconds} s a missed slot is not run any more."
        yield from _missed_gap(due, part._replace(stop=cut), too_old)
    yield from _missed_gap(due, part._replace(start=cut), words)


def _missed_gap(due: Due, part: Stretch, words: str) -> Iterator[Gap]:
    return range_gap(due.schedule, due.first, part, Obstacle("missed", words))


def range_gap(
    schedule: Schedule, first: datetime, part: Stretch, obstacle: Obstacle
) -> Iterator[Gap]:
    """Give the gap of the slots in `part`, of which `first` is one whatever the schedule says.

    None if no slot is in it.
    """
    extra = part.start <= first < part.stop
    after = first if extra else part.start - INSTANT
    count = schedule.count_between(after, part.stop - INSTANT) + extra
    if not count:
        return
    begin = first if extra else schedule.next_after(after) or part.start
    yield Gap(
        reason=obstacle.reason,
        note=obstacle.note,
        first=begin,
        last=schedule.latest_between(after, part.stop - INSTANT) or begin,
        count=count,
    )
