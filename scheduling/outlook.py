"""What a task is about to do, made ready for people: for the form, the API and the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from scheduling import blackouts
from scheduling.models import Calendar, ScheduledTask
from scheduling.preview import Entry, Oddity, Preview, preview
from scheduling.schedule import Schedule
from scheduling.windows import Window, covering

MOST_ENTRIES = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """One slot as people look at it: in the task's zone and in theirs."""

    slot: datetime
    due: datetime
    local: datetime
    """`due` in the task's zone."""
    reader_local: datetime
    """`due` in the reader's."""
    is_open: bool
    """Whether it runs: on an open day, and in no blackout."""
    oddity: Oddity | None
    why: str
    """Why it does not run, or what the clocks do to it; in the reader's language."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The next slots of a task, closed days' too, and what to be careful about."""

    preview: Preview
    lines: tuple[Line, ...]

    @property
    def schedule(self) -> Schedule:
        return self.preview.schedule

    def words(self, language: str) -> str:
        """The schedule as a sentence in `language` (en, vi; others get en)."""
        return self.schedule.describe(language)


def look_ahead(
    task: ScheduledTask, count: int, after: datetime, reader: tzinfo
) -> Outlook:
    """Return the next `count` slots of `task` that fire, strictly after `after` (aware).

    The task need not be saved; of one that is, its age, its spread and the runs that it has
    left count. Raises `ScheduleError` when its schedule is none.
    """
    left = None
    if task.max_runs is not None:
        left = max(task.max_runs - task.scheduled_runs, 0)
    seen = preview(task.schedule, count, after, remaining=left)
    if not seen.entries:
        return Outlook(preview=seen, lines=())
    windows = blackouts.load(after, max(entry.due for entry in seen.entries))
    lines = [_line(task, entry, seen.schedule.zone, reader) for entry in seen.entries]
    return Outlook(preview=seen, lines=tuple(_paused(line, windows) for line in lines))


def _paused(line: Line, windows: Sequence[Window]) -> Line:
    """`line`, or what a blackout makes of it."""
    window = covering(windows, line.due) if line.is_open else None
    if window is None:
        return line
    why = _("everything is paused: %(name)s") % {"name": window.name}
    return replace(line, is_open=False, why=why)


def _line(task: ScheduledTask, entry: Entry, zone: tzinfo, reader: tzinfo) -> Line:
    return Line(
        slot=entry.slot.astimezone(UTC),
        due=entry.due.astimezone(UTC),
        local=entry.due.astimezone(zone),
        reader_local=entry.due.astimezone(reader),
        is_open=entry.is_open,
        oddity=entry.oddity,
        why=_oddity(entry.oddity)
        if entry.is_open
        else why_closed(task, entry.slot.astimezone(zone).date()),
    )


def why_closed(task: ScheduledTask, day: date) -> str:
    """Why `day` is a closed one for `task`, in the reader's language."""
    if day.isoformat() in task.excluded_dates:
        return _("closed: among the excluded dates")
    calendar = task.calendar
    if calendar is None:
        return ""
    if name := named_days(calendar).get(day.isoformat()):
        return _("closed: %(name)s") % {"name": name}
    if day.isoweekday() not in calendar.weekdays:
        return _("closed: %(name)s") % {"name": WEEKDAYS[day.weekday()]}
    return _("closed: %(name)s") % {"name": calendar.name}


def named_days(calendar: Calendar) -> dict[str, str]:
    """The listed days of `calendar` with their names, which may be empty."""
    typed = calendar.dates
    names = typed if isinstance(typed, dict) else dict.fromkeys(typed, "")
    return {**calendar.file_dates, **{day: name for day, name in names.items() if name}}


def _oddity(oddity: Oddity | None) -> str:
    match oddity:
        case Oddity.GAP:
            return _("The clocks skip its time that day: it runs when they have moved on.")  # fmt: skip
        case Oddity.FIRST_OF_TWO:
            return _("The clocks show this time twice that day: it runs the first time.")  # fmt: skip
        case Oddity.SECOND_PASS:
            return _("The clocks show this time for the second time that day.")
        case None:
            return ""
