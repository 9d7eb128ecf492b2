"""What holds for every schedule, tried on many."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, islice, pairwise
from typing import Any

import pytest
from cronsim import CronSim
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduling.schedule import OpenDays, Schedule, ScheduleError, ScheduleType
from scheduling.wall_clock import wall_time

settings.register_profile(
    "schedule",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
quick = settings(settings.get_profile("schedule"))

# Clock changes of every kind: by an hour, by half an hour, by two hours (Troll), at
# midnight (Havana, Cairo), over midnight (Nuuk), southern, with a pause (Casablanca).
ZONES = [
    "UTC",
    "Asia/Ho_Chi_Minh",
    "America/New_York",
    "Europe/Warsaw",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Havana",
    "Africa/Cairo",
    "America/Nuuk",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
]
CHANGES = [
    datetime.fromisoformat(f"{text}:00+00:00")
    for text in (
        "2026-03-08T07:00",
        "2026-11-01T06:00",
        "2026-03-29T01:00",
        "2026-10-25T01:00",
        "2026-04-04T15:00",
        "2026-10-03T15:30",
        "2026-03-08T05:00",
        "2026-04-23T22:00",
        "2026-10-29T21:00",
        "2026-04-05T03:00",
        "2026-09-06T04:00",
        "2026-02-15T02:00",
        "2026-03-22T02:00",
    )
]

zones = st.sampled_from(ZONES)
instants = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  zone by `timezones`
    st.builds(
        lambda change, seconds: change + timedelta(seconds=seconds),
        st.sampled_from(CHANGES),
        st.integers(-3 * 86400, 3 * 86400),
    ),
)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.integers(1, high).map("*/{}".format),
        st.lists(number, min_size=1, max_size=4).map(
            lambda values: ",".join(map(str, values))
        ),
        st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    )


cron_lines = st.tuples(
    fields(0, 59),
    fields(0, 23),
    st.one_of(st.just("*"), st.just("L"), fields(1, 28)),
    st.one_of(st.just("*"), fields(1, 12)),
    st.one_of(st.just("*"), fields(0, 7)),
).map(" ".join)
times = st.builds(
    time, st.integers(0, 23), st.integers(0, 59), st.sampled_from([0, 59])
)

plain = st.one_of(
    st.builds(
        Schedule, type=st.just(ScheduleType.CRON), cron=cron_lines, timezone=zones
    ),
    st.builds(Schedule, type=st.just(ScheduleType.DAILY), time=times, timezone=zones),
    st.builds(
        Schedule,
        type=st.just(ScheduleType.WEEKLY),
        time=times,
        weekdays=st.lists(st.integers(1, 7), min_size=1, max_size=3).map(tuple),
        timezone=zones,
    ),
    st.builds(
        Schedule,
        type=st.just(ScheduleType.MONTHLY),
        time=times,
        month_days=st.lists(
            st.one_of(st.integers(1, 31), st.just("last")), min_size=1, max_size=3
        ).map(tuple),
        timezone=zones,
    ),
    st.builds(
        Schedule,
        type=st.just(ScheduleType.INTERVAL),
        interval_seconds=st.integers(1, 10**6),
        anchor=st.one_of(st.none(), instants),
        timezone=zones,
    ),
    st.builds(
        Schedule,
        type=st.just(ScheduleType.CRON),
        cron=st.tuples(fields(0, 59), cron_lines).map(" ".join),
        cron_seconds=st.just(True),
        timezone=zones,
    ),
    st.builds(Schedule, type=st.just(ScheduleType.ONCE), run_at=instants),
)
dates = st.builds(
    lambda change, days: change.date() + timedelta(days=days),
    st.sampled_from(CHANGES),
    st.integers(-4, 4),
)
open_days = st.one_of(
    st.builds(
        OpenDays,
        weekdays=st.frozensets(st.integers(1, 7), min_size=1),
        dates=st.frozensets(dates, max_size=9),
        excluded=st.frozensets(dates, max_size=3),
    ),
    st.builds(
        OpenDays,
        dates=st.frozensets(dates, min_size=1, max_size=30),
        only=st.just(True),
    ),
)


@st.composite
def with_calendars(draw: st.DrawFn) -> Schedule:
    try:
        schedule: Schedule = draw(plain)
        return replace(
            schedule,
            open_days=draw(open_days),
            shift=draw(st.booleans()),
            jitter_seconds=draw(st.sampled_from([0, 1, 600, 86_400])),
        )
    except ScheduleError as refused:
        assume(refused.field not in {"calendar", "excluded_dates"})
        raise


schedules = st.one_of(plain, with_calendars())


@quick
@given(schedules, instants)
def test_slots_increase_strictly_from_the_instant_asked_about(schedule, instant):
    slots = [instant, *schedule.upcoming(instant, 40)]
    assert all(before < after for before, after in pairwise(slots))


@quick
@given(schedules, instants)
def test_stepping_with_next_after_gives_the_slots_of_between(schedule, instant):
    listed = list(schedule.between(instant, instant + timedelta(days=400), limit=40))
    stepped, position = [], instant
    for _ in listed:
        position = schedule.next_after(position)
        stepped.append(position)
    assert stepped == listed


@quick
@given(schedules, instants, st.integers(0, 5 * 86400))
def test_the_next_slot_is_the_same_from_anywhere_before_it(schedule, instant, seconds):
    slot = schedule.next_after(instant)
    if slot is not None:
        between = min(instant + timedelta(seconds=seconds), slot - timedelta(seconds=1))
        assert schedule.next_after(max(between, instant)) == slot


@quick
@given(schedules, instants, st.integers(0, 8 * 86400))
def test_count_and_latest_agree_with_the_slots_themselves(schedule, after, seconds):
    # A dense schedule needs only a shorter span, and the test less time.
    dense = (schedule.interval_seconds or 9999) < 600
    until = after + timedelta(seconds=seconds / 400 if dense else seconds)
    slots = list(schedule.between(after, until))
    assert schedule.count_between(after, until) == len(slots)
    assert schedule.latest_between(after, until) == (slots[-1] if slots else None)


@quick
@given(schedules, instants)
def test_slots_are_due_in_their_order_within_the_jitter_and_always_alike(
    schedule, instant
):
    slots = schedule.upcoming(instant, 20)
    due = [schedule.due(slot) for slot in slots]
    assert due == [replace(schedule).due(slot) for slot in slots]
    assert all(before < after for before, after in pairwise(due))
    delays = [late - slot for late, slot in zip(due, slots, strict=True)]
    assert all(0 <= d.total_seconds() <= schedule.jitter_seconds for d in delays)


@quick
@given(with_calendars(), instants)
def test_the_next_slot_that_fires_is_the_first_open_one(schedule, instant):
    slots = schedule.between(instant, instant + timedelta(days=60), limit=3000)
    fires = next(filter(schedule.is_open, slots), None)
    found = schedule.next_open_after(instant)
    if fires is not None:
        assert found == fires
    elif found is not None:
        assert schedule.is_open(found)


@quick
@given(with_calendars(), instants)
def test_closed_days_take_no_slot_away(schedule, instant):
    all_days = replace(schedule, open_days=None).upcoming(instant, 30)
    if all_days:
        kept = set(schedule.between(instant, all_days[-1]))
        assert set(all_days) <= kept
        assert schedule.shift or kept == set(all_days)


def matches(pattern: CronSim, wall: datetime) -> bool:
    return (
        wall.month in pattern.months
        and pattern.match_day(wall)
        and wall.hour in pattern.hours
        and wall.minute in pattern.minutes
    )


@settings(quick, max_examples=25)
@given(cron_lines, zones, instants)
def test_a_line_that_follows_the_clock_equals_looking_at_it_every_minute(
    line, zone, instant
):
    minute, rest = line.split(" ", 1)
    line = f"{minute if minute.startswith('*') else '*/7'} {rest}"
    schedule = Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)
    pattern = CronSim(line, datetime(2026, 1, 1))  # noqa: DTZ001  only its fields are read
    start = instant.replace(second=0, microsecond=0)
    minutes = [start + timedelta(minutes=n) for n in range(1, 3 * 24 * 60 + 1)]
    shown = [m for m in minutes if matches(pattern, wall_time(m, schedule.zone))]
    assert list(schedule.between(start, minutes[-1])) == shown


def slow_slots(
    line: str, zone: str, days: OpenDays | None, begin: datetime, end: datetime
) -> set[datetime]:
    """Go through all minutes as a clock would; `days` given, move what is closed.

    A nominal time is over as soon as the clock has shown it or a later one.
    """
    schedule = Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)
    pattern = CronSim(line, datetime(2026, 1, 1))  # noqa: DTZ001  only its fields are read
    count = (end - begin) // timedelta(minutes=1)
    minutes = [begin + timedelta(minutes=n) for n in range(count + 1)]
    walls = [wall_time(minute, schedule.zone) for minute in minutes]
    seen = list(accumulate(walls, max))
    found: list[tuple[datetime, datetime]] = []
    follows = line.startswith("*") or line.split()[1].startswith("*")
    for before, after, wall, minute in zip(
        seen, seen[1:], walls[1:], minutes[1:], strict=False
    ):
        nominals = [wall] if follows else []
        while not follows and before < after:
            before += timedelta(minutes=1)  # noqa: PLW2901  up to what is seen now
            nominals.append(before)
        found += [(minute, each) for each in nominals if matches(pattern, each)]
    slots = {slot for slot, _ in found}
    for slot, nominal in found if days else ():
        day: date | None = wall_time(slot, schedule.zone).date()
        if not days.is_open(day):
            day = days.next_open(day)
            place = bisect_left(seen, datetime.combine(day, nominal.time()))
            slots |= set(minutes[place : place + 1])
    return slots


@settings(quick, max_examples=40)
@given(
    cron_lines,
    zones,
    instants,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.frozensets(dates, max_size=2),
    st.booleans(),
)
def test_no_slot_is_lost_or_added_compared_with_going_through_all_minutes(
    line, zone, instant, weekdays, excluded, shift
):
    days = OpenDays(weekdays=weekdays, excluded=excluded)
    schedule = Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)
    try:
        schedule = replace(schedule, open_days=days, shift=shift)
    except ScheduleError:
        assume(False)
    start = instant.replace(second=0, microsecond=0)
    end = start + timedelta(days=4)
    # The slots of a closed day may come weeks later.
    slow = slow_slots(line, zone, days if shift else None, start - timedelta(22), end)
    expected = sorted(slot for slot in slow if start < slot <= end)
    assert list(schedule.between(start, end)) == expected
    assert schedule.count_between(start, end) == len(expected)


@quick
@given(cron_lines, st.sampled_from(["America/New_York", "Europe/Warsaw"]), instants)
def test_where_clocks_move_by_whole_hours_cronsim_itself_agrees(line, zone, instant):
    schedule = Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)
    # From noon: asked within a repeated hour, cronsim answers with the past.
    noon = instant.replace(hour=12, minute=0, second=0, microsecond=0)
    theirs = CronSim(line, noon.astimezone(schedule.zone))
    expected = [slot.astimezone(UTC) for slot in islice(theirs, 20)]
    assert schedule.upcoming(noon, 20) == expected


@quick
@given(times, st.sampled_from([z for z in ZONES if z != "America/Nuuk"]), instants)
def test_a_daily_schedule_fires_once_on_every_local_day(when, zone, instant):
    schedule = Schedule(type=ScheduleType.DAILY, time=when, timezone=zone)
    days = [wall_time(s, schedule.zone).date() for s in schedule.upcoming(instant, 30)]
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))


def refused_field(**fields: Any) -> str:
    """Return the field a schedule is refused for, or nothing when it is accepted."""
    try:
        Schedule(**fields)
    except ScheduleError as error:
        return error.field
    return ""


@settings(quick, max_examples=300)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"[0-9*/,LW#? -]{0,30}")))
def test_any_text_is_either_a_cron_line_that_fires_or_refused(text):
    refused = refused_field(type=ScheduleType.CRON, cron=text)
    assert refused in {"cron_expression", ""}
    if not refused:
        schedule = Schedule(type=ScheduleType.CRON, cron=text)
        assert schedule.next_after(datetime(2026, 1, 1, tzinfo=UTC)) is not None


@quick
@given(st.text(max_size=30))
def test_any_text_is_either_a_time_zone_or_refused(name):
    refused = refused_field(type=ScheduleType.DAILY, time=time(7), timezone=name)
    assert refused in {"timezone", ""}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("line", ["*/30 * * * *", "30 */2 * * *", "15,45 0-3 * * *"])
def test_a_whole_year_stepped_one_by_one_equals_the_count(zone, line):
    schedule = Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    slots = list(schedule.between(start, end))
    assert len(slots) == len(set(slots)) == schedule.count_between(start, end)
