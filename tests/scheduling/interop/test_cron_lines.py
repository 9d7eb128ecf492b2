"""Cron lines of other systems: what they mean here, and what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduling.cron import CronPattern
from scheduling.interop.cron_lines import croniter, either_day, robfig, weekday_words
from scheduling.wall_clock import ScheduleError


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 7 * * 1-5", "Monday to Friday"),
        ("0 7 * * 0", "Sunday"),
        ("0 7 * * 7", "Sunday"),
        ("0 7 * * 0,6", "Saturday and Sunday"),
        ("0 7 * * mon,wed,fri", "Monday, Wednesday and Friday"),
        ("0 7 * * *", ""),
        ("0 7 * * 0-6", ""),
        ("0 7 * * 1#2", ""),
    ],
)
def test_the_weekdays_of_a_line_are_named(line, words):
    assert weekday_words(croniter(line)) == words


def test_either_day_field_is_enough_also_where_one_has_a_step():
    columns = croniter("0 9 */2 * 1")
    assert columns["cron_expression"] == "0 9 1-31/2 * 1"
    assert either_day(columns)
    pattern = CronPattern.parse(columns["cron_expression"])
    days = [day for day in range(1, 8) if pattern.fires_on(datetime(2026, 6, day, tzinfo=UTC).date())]  # fmt: skip
    assert days == [1, 3, 5, 7]  # the odd dates; the 1st is a Monday too


def test_robfig_reads_a_zone_a_question_mark_and_aliases():
    assert robfig("CRON_TZ=Europe/Berlin 0 9 ? * MON", "UTC", seconds=False) == {
        "schedule_type": "cron",
        "cron_expression": "0 9 * * MON",
        "cron_seconds": False,
        "timezone": "Europe/Berlin",
    }
    assert robfig("@daily", "UTC", seconds=True)["cron_expression"] == "@daily"
    assert robfig("TZ=UTC 0 0 9 * * 1", "Asia/Tokyo", seconds=True)["timezone"] == "UTC"


@pytest.mark.parametrize(
    ("line", "seconds"), [("@every 1h30m", 5400), ("@every 90s", 90), ("@every 10ms", 1), ("@every 1.5s", 1)]
)  # fmt: skip
def test_every_is_an_interval_of_whole_seconds(line, seconds):
    assert robfig(line, "UTC", seconds=False)["interval_seconds"] == seconds


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 9 * * 7", "7 is none"),
        ("0 9 * * 5-7", "7 is none"),
        ("0 9 L * *", "'L' means nothing"),
        ("0 9 * * 1#2", "means nothing in robfig"),
        ("0 0 31 2 *", "never fires"),
        ("CRON_TZ=Mars/Base 0 9 * * *", "Mars/Base"),
        ("@every soon", "invalid duration"),
        ("@every -1h", "above zero"),
        ("@reboot", "unknown alias"),
        ("0 0 9 * * *", "seconds is taken only"),
    ],
)
def test_what_robfig_would_refuse_is_refused(line, words):
    with pytest.raises(ValueError, match=words):
        robfig(line, "UTC", seconds=False)


def test_a_line_that_never_fires_is_refused():
    with pytest.raises(ScheduleError, match="never fires"):
        croniter("0 0 31 2 *")
