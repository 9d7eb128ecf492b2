"""What the foreign formats have in common: who does a task, what is said of its timing, ways out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from scheduling.interop.cron_lines import either_day, weekday_words
from scheduling.interop.formats.base import Context
from scheduling.interop.formats.reading import Item, kept_of, shown
from scheduling.interop.values import some_of
from scheduling.models import ScheduledTask
from scheduling.wall_clock import ScheduleError

_MAX_ID = 100
_UTC = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/Universal", "Universal", "Zulu", "Etc/Zulu", "Etc/UCT"})  # fmt: skip


def say_cron(item: Item, name: str, written: str, columns: Mapping[str, Any]) -> None:
    """Say aloud which days a cron line means."""
    line = written.strip()
    if words := weekday_words(columns):
        item.remark(name, f"`{line}` read as {words}.")
    if either_day(columns):
        item.remark(name, f"`{line}` fires when the date or the weekday fits, one is enough.")  # fmt: skip
    if columns.get("cron_expression", line) != line and "@" not in line:
        item.remark(name, f"`{line}` is written here as `{columns['cron_expression']}`.")  # fmt: skip


def agent_of(item: Item, name: str, asked: str, context: Context) -> str:
    """The agent of an entry: the one asked for, else the loader's; else it is a fault."""
    if asked in context.agents:
        return asked
    if context.agent_id:
        who = f"{shown(asked)} is no agent here: " if asked else ""
        item.remark(name, f"{who}done by the agent {context.agent_id}.")
        return context.agent_id
    known = some_of(context.agents)
    if asked:
        item.fault(name, f"{shown(asked)} is no agent here; there are: {known}. Make it, or choose another (--agent).")  # fmt: skip
    else:
        item.fault(name, f"names no agent: choose one (--agent); there are: {known}.")
    return ""


def own_id(item: Item, name: str, ref: str) -> dict[str, str]:
    """The id of a task: its own where that can be one, else one is made of its name."""
    if len(ref) <= _MAX_ID and slugify(ref) == ref.lower() and ref:
        return {"id": ref}
    item.remark(name, f"{shown(ref)} cannot be an id here, which has letters, digits, - and _: one is made of the name.")  # fmt: skip
    return {}


def moment(item: Item, name: str) -> datetime | None:
    """An ISO moment; without an offset it is UTC, which is said."""
    text = item.text(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        item.fault(name, f"{shown(text)}: expected an ISO moment such as 2027-01-31T07:00:00Z.")  # fmt: skip
        return None
    if found.tzinfo is None:
        item.remark(name, f"{shown(text)} has no offset: read as UTC.")
        found = found.replace(tzinfo=UTC)
    return found


def rest_if_over(item: Item, name: str, fields: dict[str, Any]) -> None:
    """A task whose time is over cannot begin here: it comes paused, which is said."""
    last = fields.get("run_at") or fields.get("end_at")
    if not last or not fields.get("active", True):
        return
    if datetime.fromisoformat(last) <= timezone.now():
        fields["active"] = False
        item.remark(name, f"{last} is over: it comes paused.")


def kept_entry(task: ScheduledTask, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The entry that this task was loaded from in the format `kind`, and what it was read for."""
    imported = getattr(task, "imported", None)
    if imported is None or imported.format != kind:
        return {}, {}
    return kept_of(imported.document)


def ref_of(task: ScheduledTask, kind: str) -> str:
    """The task's name in the format `kind`; "" when it was not loaded from it."""
    imported = getattr(task, "imported", None)
    return imported.ref if imported is not None and imported.format == kind else ""


def refuse(task: ScheduledTask, why: str) -> ValueError:
    """The error for a task that a format cannot say."""
    return ValueError(f"{task.id}: {why}")


def refuse_unsaid(task: ScheduledTask, system: str) -> None:
    """Raise `ValueError` for what would make the task run at other times over there."""
    if task.calendar_id or task.excluded_dates:
        raise refuse(task, f"{system} knows no closed days (calendar, excluded dates).")
    try:
        _ = task.schedule
    except ScheduleError as error:
        raise refuse(task, str(error)) from error


def refuse_other_zone(
    task: ScheduledTask, read_as: Mapping[str, str], system: str
) -> None:
    """Raise `ValueError` unless the task is timed in UTC, or in the zone that it was read for."""
    if task.schedule_type in ("interval", "once", "none") or task.timezone in _UTC:
        return
    if read_as.get("timezone") != task.timezone:
        raise refuse(task, f"{system} runs in UTC, and its time zone is {task.timezone}: its times would be others.")  # fmt: skip


def cron_line(
    task: ScheduledTask, system: str, *, last_day: bool = False, seconds: bool = False
) -> str:
    """A cron line for whatever has a pattern, of six fields with `seconds`.

    Raises `ValueError`.
    """
    pattern = task.schedule.pattern
    if pattern is None:
        raise refuse(
            task, f"{system} has no schedule of the type {task.schedule_type}."
        )
    written = task.cron_expression.strip()
    if task.schedule_type == "cron" and (written[:1] == "@" or task.cron_seconds == seconds):  # fmt: skip
        return written
    second, *fields = pattern.expression.split()
    if second != "0" and not seconds:
        raise refuse(task, f"{system} knows no seconds.")
    if "L" in fields[2] and not last_day:
        raise refuse(task, f"{system} cannot say the last day of a month.")
    line = [*fields[:4], _from_sunday(task, fields[4])]
    return " ".join([second, *line] if seconds else line)


def _from_sunday(task: ScheduledTask, field: str) -> str:
    """Weekdays of a cron line, where 0 is the Sunday."""
    if task.schedule_type != "weekly":
        return field
    return ",".join(str(day % 7) for day in sorted(set(task.weekdays), key=lambda day: day % 7))  # fmt: skip


def same(task: ScheduledTask, columns: Mapping[str, Any]) -> bool:
    """Whether a task still has these columns, as JSON has them."""
    return all(in_json(getattr(task, name)) == value for name, value in columns.items())


def in_json(value: Any) -> Any:
    """The value of a column as an entry has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.strftime("%H:%M") if hasattr(value, "strftime") else value
