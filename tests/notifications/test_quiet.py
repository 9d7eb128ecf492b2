"""When a result is told: at once, after quiet hours, or with the next digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.quiet import collects, due_at

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, kw_only=True)
class Hours:
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_seconds: int | None = None
    digest_at: time | None = None
    timezone: str = ""


NIGHT = Hours(quiet_from=time(22), quiet_until=time(7))


def at(text, zone=HANOI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(hours, now, **more):
    found = due_at(hours, now, zone="Asia/Ho_Chi_Minh", **more)
    return found and found.astimezone(now.tzinfo)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-05T21:59:59", None),
        ("2026-01-05T22:00", "2026-01-06T07:00"),
        ("2026-01-06T03:00", "2026-01-06T07:00"),
        ("2026-01-06T07:00", None),
    ],
)
def test_what_comes_up_at_night_is_told_in_the_morning(now, until):
    assert due(NIGHT, at(now)) == (until and at(until))


def test_quiet_hours_may_lie_within_a_day():
    lunch = Hours(quiet_from=time(12), quiet_until=time(13))
    assert due(lunch, at("2026-01-05T12:30")) == at("2026-01-05T13:00")
    assert due(lunch, at("2026-01-05T13:30")) is None


def test_the_webhooks_own_zone_counts():
    berlin = Hours(quiet_from=time(22), quiet_until=time(7), timezone="Europe/Berlin")
    now = at("2026-01-05T23:00", BERLIN)
    assert due(berlin, now) == at("2026-01-06T07:00", BERLIN)
    assert due(berlin, at("2026-01-05T23:00")) is None  # 17:00 in Berlin


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "x" * 300, "/etc/passwd"])
def test_a_zone_that_is_none_is_the_installations(zone):
    lost = Hours(quiet_from=time(22), quiet_until=time(7), timezone=zone)
    assert due(lost, at("2026-01-05T23:00")) == at("2026-01-06T07:00")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # 02:30 does not exist on the night the clock is put on: it is 03:30 then.
        ("2026-03-29T01:45+01:00", "2026-03-29T03:30+02:00"),
        # It exists twice when the clock is put back: the first one ends the quiet hours.
        ("2026-10-25T02:15+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:15+01:00", None),
    ],
)
def test_quiet_hours_end_once_when_the_clock_changes(now, until):
    hours = Hours(quiet_from=time(22), quiet_until=time(2, 30), timezone="Europe/Berlin")  # fmt: skip
    found = due_at(hours, datetime.fromisoformat(now), zone="UTC")
    assert found == (until and datetime.fromisoformat(until))


def test_a_daily_digest_is_sent_at_its_next_time():
    daily = Hours(digest_at=time(18))
    assert due(daily, at("2026-01-05T17:59")) == at("2026-01-05T18:00")
    assert due(daily, at("2026-01-05T18:00")) == at("2026-01-06T18:00")


def test_a_time_of_collecting_begins_with_the_first_result():
    hourly, now = Hours(digest_seconds=3600), at("2026-01-05T09:00")
    end = due(hourly, now)
    assert end == at("2026-01-05T10:00")
    assert due(hourly, at("2026-01-05T09:30"), window=end) == end
    assert due(hourly, at("2026-01-05T10:30"), window=end) == at("2026-01-05T11:30")


def test_a_digest_that_would_be_sent_at_night_waits_for_the_morning():
    both = Hours(quiet_from=time(22), quiet_until=time(7), digest_seconds=3600)
    assert due(both, at("2026-01-05T21:30")) == at("2026-01-06T07:00")


def test_a_rule_without_hours_collects_nothing():
    assert not collects(Hours())
    assert due(Hours(), at("2026-01-05T03:00")) is None
    assert not collects(Hours(quiet_from=time(7), quiet_until=time(7)))


@given(
    minute=st.integers(0, 60 * 24 * 400),
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe"]),
)
def test_quiet_hours_are_always_over_within_a_day_and_an_hour(minute, begin, end, zone):
    hours = Hours(
        quiet_from=begin.replace(tzinfo=None),
        quiet_until=end.replace(tzinfo=None),
        timezone=zone,
    )
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = due_at(hours, now, zone="UTC")
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert due_at(hours, until, zone="UTC") is None
