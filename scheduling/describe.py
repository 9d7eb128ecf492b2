"""Plain words for a schedule, in English and Vietnamese.

PURE. The words are made from the sets of values the engine itself fires on, not from
the text of a cron line, so `*/5` and `0-59/5` read alike and cannot contradict it.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from cronsim import CronSim

from scheduling.languages import ENGLISH, LANGUAGES, Language

if TYPE_CHECKING:
    from scheduling.schedule import Schedule

_MAX_LISTED_TIMES = 6
_MAX_LISTED_DATES = 4
_DATES, _WEEK, _WORKDAYS = set(range(1, 32)), set(range(1, 8)), set(range(1, 6))
_SURE_DAYS = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}  # days every such month has


def describe(schedule: Schedule, language: str = "en") -> str:
    """Return `schedule` in words; `language` is a code such as `en`, `vi` or `vi-VN`.

    A language without words of its own gets English. Moments are told in the time
    zone of the schedule, which is named at the end wherever it matters.
    """
    words = LANGUAGES.get(language.lower()[:2], ENGLISH)

    def moment(instant: datetime) -> str:
        return instant.astimezone(schedule.zone).strftime(words.moment)

    if schedule.type == "none":
        return words.say("none")
    once = schedule.run_at if schedule.type == "once" else None
    if once:
        text = words.say("once", moment=moment(once))
    elif schedule.pattern:
        text = _pattern(schedule.pattern.fields, words)
    else:
        text = _length_of_time("every", schedule.interval_seconds or 0, words)
    text += _open_days(schedule, words)
    if schedule.start_at and not once:
        text += words.say("from", moment=moment(schedule.start_at))
    if schedule.end_at and not once:
        text += words.say("until", moment=moment(schedule.end_at))
    # An interval by itself is the same everywhere.
    bounded = schedule.start_at or schedule.end_at or schedule.open_days
    local = schedule.type != "interval" or bounded
    if schedule.jitter_seconds:
        text += _length_of_time("later", schedule.jitter_seconds, words)
    return f"{text} ({schedule.timezone})" if local else text


def _open_days(schedule: Schedule, words: Language) -> str:
    days = schedule.open_days
    if days is None:
        return ""
    text = ""
    if schedule.calendar_name:
        text += words.say("open days of", name=schedule.calendar_name)
    elif days.has_calendar:
        text += words.say("open days")
    if len(days.excluded) > _MAX_LISTED_DATES:
        text += words.say("except dates", count=len(days.excluded))
    elif days.excluded:
        dates = [day.strftime(words.date) for day in sorted(days.excluded)]
        text += words.say("except", dates=words.listed(dates))
    return text + (words.say("moved") if schedule.shift and text else "")


def _length_of_time(phrase: str, seconds: int, words: Language) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    lengths = {"hour": hours, "minute": minutes, "second": rest}
    present = [(unit, count) for unit, count in lengths.items() if count]
    if phrase == "every" and len(present) == 1:
        return _every(*present[0], words)
    parts = " ".join(_length(unit, count, words) for unit, count in present)
    return words.say(phrase, length=parts)


def _every(unit: str, count: int, words: Language) -> str:
    if count == 1:
        return words.say(f"every 1 {unit}")
    return words.say("every", length=_length(unit, count, words))


def _length(unit: str, count: int, words: Language) -> str:
    return words.say(f"1 {unit}" if count == 1 else unit, n=count)


def _pattern(fields: CronSim, words: Language) -> str:
    days = _days(fields, words)
    hours, minutes = sorted(fields.hours), sorted(fields.minutes)
    seconds = sorted(fields.seconds)
    count = len(hours) * len(minutes)
    listed = seconds if count * len(seconds) <= _MAX_LISTED_TIMES else [0]
    left = "" if listed == seconds else _at_seconds(seconds, words)
    if count <= _MAX_LISTED_TIMES:
        times = [_clock(h, m, s) for h in hours for m in minutes for s in listed]
        return words.say("at", days=days, times=words.listed(times)) + left
    step = _step([*seconds, 60 + seconds[0]])
    if len(hours) == 24 and len(minutes) == 60 and step and not seconds[0]:
        recurring = (
            _every("second", step, words) if step < 60 else _every("minute", 1, words)
        )
    else:
        recurring = _recurring(hours, minutes, words) + left
    if days == words.say("every day"):
        return recurring
    return words.say("pattern", days=days, times=recurring)


def _at_seconds(seconds: list[int], words: Language) -> str:
    return words.say("seconds", values=_numbers(seconds, words))


def _recurring(hours: list[int], minutes: list[int], words: Language) -> str:
    """Say more times of day than can be listed."""
    every = _steady(hours, minutes, words)
    if every and hours[0] == minutes[0] == 0 and _goes_on(hours, minutes):
        return every
    past = words.say("minutes", values=_numbers(minutes, words))
    if len(hours) == 24 and (len(minutes) == 1 or not every):
        return words.say("past", minutes=past)
    if every:
        first, last = _clock(hours[0], minutes[0]), _clock(hours[-1], minutes[-1])
        return words.say("range", every=every, first=first, last=last)
    of_hours = words.say("hours", values=_numbers(hours, words))
    return words.say("odd", minutes=past, hours=of_hours)


def _steady(hours: list[int], minutes: list[int], words: Language) -> str:
    """Say the one distance between the times of a day; empty when they vary."""
    hour_step, minute_step = _step(hours), _step(minutes)
    if len(minutes) == 1:
        return _every("hour", hour_step, words) if hour_step else ""
    fills_hour = len(minutes) * minute_step == 60
    unbroken = len(hours) == 1 or (hour_step == 1 and fills_hour)
    return _every("minute", minute_step, words) if unbroken and minute_step else ""


def _goes_on(hours: list[int], minutes: list[int]) -> bool:
    """Tell whether the same distance also leads over midnight to the next day."""
    if len(minutes) == 1:
        return len(hours) * _step(hours) == 24
    return len(hours) == 24


def _step(values: list[int]) -> int:
    """Return the distance of evenly spaced values, 0 when they are not (or one)."""
    steps = {after - before for before, after in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


def _days(fields: CronSim, words: Language) -> str:
    any_date = fields.days >= _DATES
    any_weekday = set(_plain(fields)) == _WEEK
    joint = all if fields.day_and else any
    if joint((any_date, any_weekday)):
        if len(fields.months) == 12:
            return words.say("every day")
        return words.say("every day of", months=_months(fields, words))
    if any_date:
        return _weekdays(fields, words)
    dates = _dates(fields, words)
    if any_weekday:
        return dates
    if fields.day_and:
        names = words.listed(_weekday_names(fields, words), by=1)
        return words.say("only if", days=dates, names=names)
    return words.listed([dates, _weekdays(fields, words)], by=1)


def _dates(fields: CronSim, words: Language) -> str:
    numbers = sorted(day for day in fields.days if day > 0)
    items = _runs(numbers)
    if items:
        items[0] = words.say("day", values=items[0])
    if CronSim.LAST in fields.days:
        items.append(words.say("last"))
    if CronSim.LAST_WEEKDAY in fields.days:
        items.append(words.say("last workday"))
    text = words.say("on", days=words.listed(items))
    if len(fields.months) == 12:
        text += words.say("of every month")
    else:
        text += words.say("of months", months=_months(fields, words))
    always = min(_SURE_DAYS.get(month, 31) for month in fields.months)
    if numbers and numbers[-1] > always and CronSim.LAST not in fields.days:
        text += words.say("short months")
    return text


def _weekdays(fields: CronSim, words: Language) -> str:
    plain = _plain(fields)
    names = _weekday_names(fields, words)
    items = []
    if set(plain) == _WORKDAYS:
        items.append(words.say("workdays"))
    elif plain:
        items.append(words.say("weekdays", names=words.listed(names[: len(plain)])))
    if names[len(plain) :]:
        items.append(words.say("on", days=words.listed(names[len(plain) :])))
    text = words.listed(items)
    if len(fields.months) < 12:
        text += words.say("in months", months=_months(fields, words))
    return text


def _weekday_names(fields: CronSim, words: Language) -> list[str]:
    """Name the weekdays: first the plain ones, then those counted in a month."""
    names = [words.weekdays[day - 1] for day in _plain(fields)]
    counted = {(d[0] or 7, d[1]) for d in fields.weekdays if isinstance(d, tuple)}
    for day, nth in sorted(counted):
        name = words.weekdays[day - 1]
        if nth == CronSim.LAST:
            names.append(words.say("last weekday", name=name))
        else:
            names.append(words.say("nth", name=name, nth=words.ordinals[nth - 1]))
    return names


def _plain(fields: CronSim) -> list[int]:
    """Return the ISO weekdays of every week, without those counted in a month."""
    return sorted({day or 7 for day in fields.weekdays if isinstance(day, int)})


def _months(fields: CronSim, words: Language) -> str:
    return words.listed([words.months[month - 1] for month in sorted(fields.months)])


def _clock(hour: int, minute: int, second: int = 0) -> str:
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _numbers(values: list[int], words: Language) -> str:
    return words.listed(_runs(values))


def _runs(values: list[int]) -> list[str]:
    """Write increasing numbers, three or more in a row as 'a–b'."""
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    texts: list[str] = []
    for run in runs:
        if len(run) > 2:
            texts.append(f"{run[0]}–{run[-1]}")
        else:
            texts += [str(value) for value in run]
    return texts
