"""The plain words of a schedule, and that they cannot contradict the engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.languages import ENGLISH, LANGUAGES
from scheduling.schedule import OpenDays, Schedule, ScheduleType

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def cron(line: str) -> Schedule:
    return Schedule(type=ScheduleType.CRON, cron=line, timezone="UTC")


@pytest.mark.parametrize(
    ("line", "english", "vietnamese"),
    [
        ("0 7 * * 1-5", "every weekday Mon–Fri at 07:00", "từ thứ Hai đến thứ Sáu hằng tuần lúc 07:00"),
        ("30 8 * * *", "every day at 08:30", "mỗi ngày lúc 08:30"),
        ("0 7,12,18 * * 6,7", "every Saturday and Sunday at 07:00, 12:00 and 18:00", "thứ Bảy và Chủ nhật hằng tuần lúc 07:00, 12:00 và 18:00"),
        ("@weekly", "every Sunday at 00:00", "Chủ nhật hằng tuần lúc 00:00"),
        ("@yearly", "on day 1 of January at 00:00", "vào ngày 1 của tháng 1 lúc 00:00"),
        ("* * * * *", "every minute", "mỗi phút"),
        ("*/30 * * * *", "every 30 minutes", "mỗi 30 phút"),
        ("0 * * * *", "every hour", "mỗi giờ"),
        ("15 * * * *", "at minute 15 past every hour", "vào phút 15 của mỗi giờ"),
        ("0 */2 * * *", "every 2 hours", "mỗi 2 giờ"),
        ("15 */2 * * *", "every 2 hours from 00:15 to 22:15", "mỗi 2 giờ từ 00:15 đến 22:15"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00", "mỗi giờ từ 09:00 đến 17:00"),
        ("*/30 9-17 * * 1-5", "every 30 minutes from 09:00 to 17:30, every weekday Mon–Fri", "mỗi 30 phút từ 09:00 đến 17:30, từ thứ Hai đến thứ Sáu hằng tuần"),
        ("* 9 * * *", "every minute from 09:00 to 09:59", "mỗi phút từ 09:00 đến 09:59"),
        ("*/40 * * * *", "at minute 0 and 40 past every hour", "vào phút 0 và 40 của mỗi giờ"),
        ("3,7,20 1,2,9 * * *", "at minute 3, 7 and 20 past hour 1, 2 and 9", "vào phút 3, 7 và 20 của giờ 1, 2 và 9"),
        ("0 9 13 * 5", "on day 13 of every month or every Friday at 09:00", "vào ngày 13 hằng tháng hoặc thứ Sáu hằng tuần lúc 09:00"),
        ("0 9 */15 * 1", "on day 1, 16 and 31 of every month (skipped where a month has no such day) when it is Monday at 09:00", "vào ngày 1, 16 và 31 hằng tháng (bỏ qua tháng không có ngày này) nếu là thứ Hai lúc 09:00"),
        ("0 9 1-7 * *", "on day 1–7 of every month at 09:00", "vào ngày 1–7 hằng tháng lúc 09:00"),
        ("0 9 LW * *", "on the last weekday (Mon–Fri) of every month at 09:00", "vào ngày làm việc cuối cùng (thứ Hai–thứ Sáu) hằng tháng lúc 09:00"),
        ("0 9 * * 1#2,5L", "on the second Monday of the month and the last Friday of the month at 09:00", "vào thứ Hai lần thứ hai trong tháng và thứ Sáu cuối cùng trong tháng lúc 09:00"),
        ("0 9 * 2,3 0", "every Sunday in February and March at 09:00", "Chủ nhật hằng tuần trong tháng 2 và tháng 3 lúc 09:00"),
        ("0 9 * 2 *", "every day of February at 09:00", "mỗi ngày trong tháng 2 lúc 09:00"),
    ],
)  # fmt: skip
def test_a_cron_line_in_words(line, english, vietnamese):
    assert cron(line).describe() == f"{english} (UTC)"
    assert cron(line).describe("vi") == f"{vietnamese} (UTC)"


@pytest.mark.parametrize("line", ["0 9 13 * 0-6", "0 9 1-31 * 1"])
def test_an_alternative_that_is_always_true_means_every_day(line):
    assert cron(line).describe() == "every day at 09:00 (UTC)"


@pytest.mark.parametrize(
    ("seconds", "english", "vietnamese"),
    [
        (1, "every second", "mỗi giây"),
        (60, "every minute", "mỗi phút"),
        (90, "every 1 minute 30 seconds", "mỗi 1 phút 30 giây"),
        (900, "every 15 minutes", "mỗi 15 phút"),
        (3600, "every hour", "mỗi giờ"),
        # Not "every day": over a clock change it is another hour.
        (86400, "every 24 hours", "mỗi 24 giờ"),
    ],
)
def test_an_interval_in_words_names_no_time_zone(seconds, english, vietnamese):
    schedule = Schedule(type=ScheduleType.INTERVAL, interval_seconds=seconds)
    assert schedule.describe() == english
    assert schedule.describe("vi") == vietnamese


def test_a_once_schedule_in_words_tells_its_local_time():
    schedule = Schedule(type=ScheduleType.ONCE, run_at=NEW_YEAR)
    assert schedule.describe() == "once, 2026-01-01 07:00 (Asia/Ho_Chi_Minh)"
    assert schedule.describe("vi") == "một lần, 01/01/2026 07:00 (Asia/Ho_Chi_Minh)"


def test_a_daily_time_tells_its_seconds_when_it_has_them():
    schedule = Schedule(type=ScheduleType.DAILY, time=time(7, 0, 5))
    assert schedule.describe() == "every day at 07:00:05 (Asia/Ho_Chi_Minh)"


def test_a_weekly_schedule_in_words():
    schedule = Schedule(type=ScheduleType.WEEKLY, time=time(9), weekdays=(5, 1, 3))
    expected = "every Monday, Wednesday and Friday at 09:00 (Asia/Ho_Chi_Minh)"
    assert schedule.describe() == expected


def test_a_monthly_schedule_in_words():
    schedule = Schedule(
        type=ScheduleType.MONTHLY, time=time(9), month_days=("last", 1, 15)
    )
    expected = (
        "on day 1, 15 and the last day of every month at 09:00 (Asia/Ho_Chi_Minh)"
    )
    assert schedule.describe() == expected


def test_the_words_say_that_short_months_are_skipped():
    schedule = Schedule(type=ScheduleType.MONTHLY, time=time(9), month_days=(31,))
    assert "skipped where a month has no such day" in schedule.describe()


def test_bounds_are_told_in_the_zone_of_the_schedule():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=3600,
        start_at=NEW_YEAR,
        end_at=NEW_YEAR.replace(month=2),
    )
    assert schedule.describe() == (
        "every hour, from 2026-01-01 07:00, until 2026-02-01 07:00 (Asia/Ho_Chi_Minh)"
    )


@pytest.mark.parametrize(
    ("line", "english", "vietnamese"),
    [
        ("* * * * * *", "every second", "mỗi giây"),
        ("*/10 * * * * *", "every 10 seconds", "mỗi 10 giây"),
        ("30 * * * * *", "every minute, at second 30", "mỗi phút, vào giây 30"),
        ("15 0 7 * * *", "every day at 07:00:15", "mỗi ngày lúc 07:00:15"),
        ("0,30 0 7 * * *", "every day at 07:00 and 07:00:30", "mỗi ngày lúc 07:00 và 07:00:30"),
        ("1-30 0 7 * * *", "every day at 07:00, at second 1–30", "mỗi ngày lúc 07:00, vào giây 1–30"),
        ("5,35 */10 9-17 * * 1-5", "every 10 minutes from 09:00 to 17:50, at second 5 and 35, every weekday Mon–Fri", "mỗi 10 phút từ 09:00 đến 17:50, vào giây 5 và 35, từ thứ Hai đến thứ Sáu hằng tuần"),
    ],
)  # fmt: skip
def test_a_cron_line_with_seconds_in_words(line, english, vietnamese):
    schedule = Schedule(
        type=ScheduleType.CRON, cron=line, cron_seconds=True, timezone="UTC"
    )
    assert schedule.describe() == f"{english} (UTC)"
    assert schedule.describe("vi") == f"{vietnamese} (UTC)"


CHRISTMAS = date(2026, 12, 25)
BUSINESS_DAYS = frozenset(range(1, 6))


@pytest.mark.parametrize(
    ("fields", "english", "vietnamese"),
    [
        ({"open_days": OpenDays(weekdays=BUSINESS_DAYS)}, ", on open days of its calendar", ", chỉ vào ngày mở theo lịch ngày của tác vụ"),
        ({"open_days": OpenDays(weekdays=BUSINESS_DAYS), "calendar_name": "Office", "shift": True}, ", on open days of Office, otherwise moved to the next open day", ", chỉ vào ngày mở của Office, nếu không thì dời sang ngày mở kế tiếp"),
        ({"open_days": OpenDays(excluded=frozenset({CHRISTMAS}))}, ", except on 2026-12-25", ", trừ ngày 25/12/2026"),
        ({"open_days": OpenDays(excluded=frozenset(CHRISTMAS - timedelta(n) for n in range(9)))}, ", except on 9 dates", ", trừ 9 ngày"),
        ({"open_days": OpenDays()}, "", ""),
        ({"jitter_seconds": 600}, ", up to 10 minutes later", ", muộn hơn tối đa 10 phút"),
        ({"jitter_seconds": 5400}, ", up to 1 hour 30 minutes later", ", muộn hơn tối đa 1 giờ 30 phút"),
    ],
)  # fmt: skip
def test_calendars_and_jitter_are_told(fields, english, vietnamese):
    schedule = Schedule(type=ScheduleType.DAILY, time=time(7), timezone="UTC", **fields)
    assert schedule.describe() == f"every day at 07:00{english} (UTC)"
    assert schedule.describe("vi") == f"mỗi ngày lúc 07:00{vietnamese} (UTC)"


def test_an_interval_with_a_calendar_names_the_zone_of_its_days():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=60,
        open_days=OpenDays(excluded=frozenset({CHRISTMAS})),
    )
    assert schedule.describe() == (
        "every minute, except on 2026-12-25 (Asia/Ho_Chi_Minh)"
    )


def test_a_task_without_a_schedule_says_so():
    schedule = Schedule(type=ScheduleType.NONE)
    assert schedule.describe() == "no schedule of its own"
    assert schedule.describe("vi") == "không có lịch riêng"


def test_regional_and_unknown_languages_fall_back():
    schedule = cron("0 * * * *")
    assert schedule.describe("vi-VN") == "mỗi giờ (UTC)"
    assert schedule.describe("fr") == "every hour (UTC)"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_parts(code):
    def parts(phrase: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(phrase) if name}

    words = LANGUAGES[code]
    assert {k: parts(p) for k, p in words.phrases.items()} == {
        k: parts(p) for k, p in ENGLISH.phrases.items()
    }
    counts = len(words.weekdays), len(words.months), len(words.ordinals)
    assert counts == (7, 12, 5)


def test_two_spellings_of_the_same_values_read_alike():
    assert cron("*/5 * * * *").describe() == cron("0-59/5 * * * *").describe()
    assert cron("0 9 * * sun").describe() == cron("0 9 * * 7").describe()


minutes = st.sampled_from(
    ["0", "15", "*", "*/5", "*/7", "5/10", "0,30", "10-20", "1,2,9"]
)
hours = st.sampled_from(
    ["0", "9", "*", "*/2", "*/5", "9-17", "1,2,9", "22-23", "1-23/2"]
)
dates = st.sampled_from(["*", "1", "31", "1-7", "L", "LW", "*/2", "1,15,L", "1-31"])
months = st.sampled_from(["*", "1", "1-3", "*/2"])
weekdays = st.sampled_from(["*", "0", "7", "1-5", "1#2", "5L", "0-6", "1,5#1", "*/2"])
lines = st.tuples(minutes, hours, dates, months, weekdays).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(lines, lines, st.sampled_from(sorted(LANGUAGES)))
def test_schedules_that_differ_never_read_alike(one, other, language):
    same_words = cron(one).describe(language) == cron(other).describe(language)
    if same_words:
        ours = cron(one).upcoming(NEW_YEAR, 50)
        assert ours == cron(other).upcoming(NEW_YEAR, 50)


@settings(deadline=None, max_examples=150)
@given(lines)
def test_times_that_are_listed_are_the_times_that_fire(line):
    schedule = cron(line)
    _, found, listed = schedule.describe().rpartition(" at ")
    if found and listed[0].isdigit():
        times = listed.removesuffix(" (UTC)").replace(" and ", ", ").split(", ")
        fired = {f"{slot:%H:%M}" for slot in schedule.upcoming(NEW_YEAR, 50)}
        assert fired == set(times)


@settings(deadline=None, max_examples=100)
@given(minutes, lines, minutes, lines, st.sampled_from(sorted(LANGUAGES)))
def test_lines_with_seconds_that_differ_never_read_alike(s1, one, s2, other, language):
    schedules = [
        Schedule(type=ScheduleType.CRON, cron=line, cron_seconds=True, timezone="UTC")
        for line in (f"{s1} {one}", f"{s2} {one}", f"{s1} {other}")
    ]
    for first, second in pairwise(schedules):
        if first.describe(language) == second.describe(language):
            assert first.upcoming(NEW_YEAR, 90) == second.upcoming(NEW_YEAR, 90)
