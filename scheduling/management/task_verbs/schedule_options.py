"""The options that say when a task runs: Backbeat's own, and APFlow's type and expression."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pages.commands import CommandParser, wrong
from scheduling.interop import apflow_schedule
from scheduling.management.task_verbs import asking
from scheduling.management.task_verbs.asking import Options
from scheduling.models import ScheduledTask
from scheduling.models.defaults import default_timezone
from scheduling.schedule_fields import LAST_DAY
from scheduling.tools.durations import NANOSECONDS, parse_duration
from scheduling.wall_clock import ScheduleError, load_zone

Type = ScheduledTask.Type
OPTION_OF = {
    "schedule_time": "--time", "month_days": "--month-days", "cron_expression": "--cron",
    "interval_seconds": "--interval", "run_at": "--at", "start_at": "--schedule-start-at",
    "end_at": "--schedule-end-at",
}  # fmt: skip
#: Option -> the schedule that it makes.
_TYPE_OF = {
    "cron": Type.CRON, "interval": Type.INTERVAL, "at": Type.ONCE, "weekdays": Type.WEEKLY,
    "month_days": Type.MONTHLY, "time": Type.DAILY,
}  # fmt: skip
_WITH_A_TIME = (Type.DAILY, Type.WEEKLY, Type.MONTHLY)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def add_schedule(parser: CommandParser) -> None:
    group = parser.add_argument_group("when", "Moments without an offset, and times, are in --timezone.")  # fmt: skip
    group.add_argument("--time", metavar="HH:MM", help="Daily at this time; of --weekdays and --month-days too.")  # fmt: skip
    group.add_argument("--weekdays", metavar="DAYS", help="mon,wed,fri or 1,3,5 (1=Mon … 7=Sun), with --time.")  # fmt: skip
    group.add_argument("--month-days", metavar="DATES", help="1,15,last, with --time.")
    group.add_argument("--cron", metavar="LINE", help='Five fields: "0 7 * * 1-5".')
    group.add_argument("--interval", metavar="LENGTH", help="Seconds, or 15m, 1h30m.")
    group.add_argument("--at", metavar="MOMENT", help="Once: 2026-12-24T18:00.")
    group.add_argument("--timezone", metavar="ZONE", help="Such as Asia/Ho_Chi_Minh.")
    group.add_argument("--schedule-type", choices=Type.values, help="With --schedule-expression; none: by hand only.")  # fmt: skip
    group.add_argument("--schedule-expression", metavar="TEXT", help='daily "09:00", weekly "1,3,5 09:00", monthly "1,15 09:00", interval seconds, cron, once ISO.')  # fmt: skip
    group.add_argument("--schedule-start-at", "--start-at", dest="start_at", metavar="MOMENT", help="Not before; empty: at once.")  # fmt: skip
    group.add_argument("--schedule-end-at", "--end-at", dest="end_at", metavar="MOMENT", help="Not after; empty: without end.")  # fmt: skip
    group.add_argument("--max-runs", type=int, metavar="N", help="So many runs by schedule; 0: without limit.")  # fmt: skip
    switch = group.add_mutually_exclusive_group()
    switch.add_argument("--schedule-enabled", dest="active", action="store_true", default=None, help="It fires.")  # fmt: skip
    switch.add_argument("--schedule-disabled", dest="active", action="store_false", default=None, help="It is paused.")  # fmt: skip


def schedule_fields(options: Options, task: ScheduledTask | None) -> dict[str, Any]:
    """Return the columns that the options name; of a task that changes, only those."""
    zone_name = options["timezone"] or (task.timezone if task else default_timezone())
    try:
        zone = load_zone(zone_name)
    except ScheduleError as error:
        raise wrong(f"--timezone: {error.at_the_field}") from error
    fields: dict[str, Any] = {"timezone": zone_name} if options["timezone"] else {}
    if options["active"] is not None:
        fields["active"] = options["active"]
    if options["max_runs"] is not None:
        fields["max_runs"] = options["max_runs"] or None
    for name in ("start_at", "end_at"):
        if (text := options[name]) is not None:
            fields[name] = asking.moment(OPTION_OF[name], text, zone) if text else None
    if options["schedule_expression"] is not None:
        return fields | _by_expression(options, task, zone)
    return fields | _by_own_options(options, task, zone)


def _by_expression(
    options: Options, task: ScheduledTask | None, zone: ZoneInfo
) -> dict[str, Any]:
    text = options["schedule_expression"]
    for name in _TYPE_OF:
        if options[name] is not None:
            raise wrong(f"--{name.replace('_', '-')}: --schedule-expression says it already; give one of them.")  # fmt: skip
    kind = options["schedule_type"] or (task.schedule_type if task else None)
    if not kind:
        known = ", ".join(apflow_schedule.TYPES)
        raise wrong(f"--schedule-expression needs --schedule-type: one of {known}.")
    try:
        fields = apflow_schedule.parse(kind, text)
        if kind == Type.ONCE and apflow_schedule.is_naive(text):
            # On the clock of the task, as all moments here.
            fields["run_at"] = asking.moment("--schedule-expression", text, zone)
    except ValueError as error:
        raise wrong(str(error)) from error
    return fields


def _by_own_options(
    options: Options, task: ScheduledTask | None, zone: ZoneInfo
) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "time": ("schedule_time", str),
        "weekdays": ("weekdays", _weekdays),
        "month_days": ("month_days", _month_days),
        "cron": ("cron_expression", str),
        "interval": ("interval_seconds", _seconds),
        "at": ("run_at", lambda text: _moment(text, zone)),
    }
    given = {name for name in readers if options[name] is not None}
    kind = _kind(given, options["schedule_type"], task)
    fields: dict[str, Any] = {"schedule_type": kind} if kind else {}
    for name in given:
        column, read = readers[name]
        fields[column] = read(options[name])
    return fields


def _kind(given: set[str], named: str | None, task: ScheduledTask | None) -> str | None:
    """Return the schedule that these options make; None: the one that there is."""
    made = [kind for name, kind in _TYPE_OF.items() if name in given]
    if {"weekdays", "month_days"} & given:
        made = [kind for kind in made if kind != Type.DAILY]  # theirs is the time
    if len(made) > 1:
        shown = ", ".join(f"--{name.replace('_', '-')}" for name in _TYPE_OF if name in given)  # fmt: skip
        raise wrong(f"{shown}: a task has one schedule; give one of them.")
    if not made:
        return named
    if made == [Type.DAILY]:
        kept = named or (task.schedule_type if task else None)
        return kept if kept in _WITH_A_TIME else Type.DAILY
    if named and named != made[0]:
        raise wrong(f"--schedule-type {named}: the other options make it {made[0]}.")
    return made[0]


def _weekdays(text: str) -> list[int]:
    found = set()
    for part in filter(None, (each.strip().lower() for each in text.split(","))):
        number = _DAYS.index(part[:3]) + 1 if part[:3] in _DAYS else part
        if str(number) not in "1234567":
            raise wrong(f"--weekdays: {part[:20]!r} is no day; write mon,wed,fri or 1,3,5.")  # fmt: skip
        found.add(int(number))
    return sorted(found)


def _month_days(text: str) -> list[int | str]:
    found: list[int | str] = []
    for part in filter(None, (each.strip().lower() for each in text.split(","))):
        if part == LAST_DAY:
            found.append(LAST_DAY)
        elif part.isascii() and part.isdecimal() and 1 <= int(part[:3]) <= 31:
            found.append(int(part[:3]))
        else:
            raise wrong(f"--month-days: {part[:20]!r} is no date; write 1,15,last.")
    return found


def _seconds(text: str) -> int:
    asked = text.strip()
    try:
        if asked.isascii() and asked.isdecimal() and len(asked) < 12:
            return int(asked)
        seconds, rest = divmod(parse_duration(asked), NANOSECONDS)
    except ValueError:
        seconds, rest = 0, 1
    if rest:
        raise wrong(f"--interval: {text[:40]!r} is no length; write 900, 15m or 1h30m.")
    return seconds


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return asking.moment("--at", text, zone)
