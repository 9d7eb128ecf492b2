"""Blackout windows: which instants they cover, and how people make and end them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from scheduling import blackouts, services
from scheduling.exceptions import Conflict
from scheduling.models import Blackout, Event
from scheduling.windows import Window, covering
from tests.factories import make_blackout, make_user

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2027, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(**fields) -> Window:
    return Window(**({"name": "Tết", "starts_at": START} | fields))


def nightly(**fields) -> Window:
    times = {"from_time": time(22), "until_time": time(6)}
    return window(**(times | fields))


# -- which instants it covers


def test_a_window_is_half_open():
    once = window(ends_at=utc("2027-01-02"))
    assert once.covers(START)
    assert not once.covers(START - timedelta(microseconds=1))
    assert once.covers(utc("2027-01-02") - timedelta(microseconds=1))
    assert not once.covers(utc("2027-01-02"))


def test_a_window_without_an_end_covers_everything_from_its_beginning():
    assert window().span_at(utc("2099-01-01")) == (START, None)


def test_a_window_over_midnight_covers_both_sides_of_it():
    night = nightly()
    found = [night.covers(utc(f"2027-02-03T{hour}")) for hour in ("05:59", "06:00", "21:59", "22:00", "23:59")]  # fmt: skip
    assert found == [True, False, False, True, True]


def test_the_weekday_is_that_of_the_evening_on_which_the_window_begins():
    friday_night = nightly(weekdays=frozenset({5}))
    assert friday_night.covers(utc("2027-01-08T23:00"))  # a Friday
    assert friday_night.covers(utc("2027-01-09T05:00"))
    assert not friday_night.covers(utc("2027-01-09T23:00"))
    assert not friday_night.covers(utc("2027-01-08T05:00"))


def test_equal_times_of_day_are_a_whole_day():
    saturday = window(weekdays=frozenset({6}), from_time=time(7), until_time=time(7))
    span = saturday.span_at(utc("2027-01-10T06:59"))
    assert span == (utc("2027-01-09T07:00"), utc("2027-01-10T07:00"))


def test_a_recurring_window_stays_within_its_bounds():
    night = nightly(starts_at=utc("2027-01-01T23:00"), ends_at=utc("2027-01-03T01:00"))
    assert not night.covers(utc("2027-01-01T22:30"))
    assert night.span_at(utc("2027-01-03T00:59")) == (
        utc("2027-01-02T22:00"),
        utc("2027-01-03T01:00"),
    )
    assert not night.covers(utc("2027-01-03T01:00"))


def test_in_the_night_that_loses_an_hour_the_window_keeps_its_times_on_the_wall():
    night = nightly(zone=NEW_YORK)  # to EDT on 14 March 2027
    assert night.span_at(utc("2027-03-14T08:00")) == (
        utc("2027-03-14T03:00"),
        utc("2027-03-14T10:00"),
    )


def test_in_the_night_that_gains_an_hour_the_window_is_longer():
    night = nightly(zone=NEW_YORK)  # to EST on 7 November 2027
    assert night.span_at(utc("2027-11-07T06:30")) == (
        utc("2027-11-07T02:00"),
        utc("2027-11-07T11:00"),
    )


def test_a_window_in_the_hour_that_is_missing_is_empty():
    lost = window(zone=NEW_YORK, from_time=time(2, 15), until_time=time(2, 45))
    day = utc("2027-03-14T00:00")
    assert not any(lost.covers(day + timedelta(minutes=each)) for each in range(1440))


def test_of_several_windows_the_longest_is_named():
    short = window(name="short", ends_at=utc("2027-01-02"))
    long = window(name="long", ends_at=utc("2027-01-05"))
    assert covering([short, long, nightly()], START).name == "long"
    assert covering([short, long, window(name="open")], START).name == "open"
    assert covering([short, long], utc("2027-02-01")) is None


# -- rows


@pytest.mark.django_db
def test_the_windows_of_a_range_are_one_query(django_assert_num_queries):
    make_blackout(name="over", starts_at=START, ends_at=utc("2027-01-02"))
    make_blackout(name="on", starts_at=START, ends_at=utc("2027-01-04"))
    make_blackout(name="later", starts_at=utc("2027-02-01"))
    with django_assert_num_queries(1):
        found = blackouts.load(utc("2027-01-02"), utc("2027-01-03"))
    assert [each.name for each in found] == ["on"]


@pytest.mark.django_db
def test_a_row_that_cannot_be_read_stops_nobody(caplog):
    make_blackout(name="bad", starts_at=START, timezone="Nowhere/Land")
    good = make_blackout(name="good", starts_at=START)
    assert blackouts.on_at(utc("2027-01-02")).id == good.pk
    assert "left out" in caplog.text


# -- the switch


def kinds() -> list[str]:
    return [each.kind for each in Event.objects.order_by("id")]


@pytest.mark.django_db
def test_pausing_everything_is_on_at_once_and_says_who_and_why():
    lan = make_user(username="lan")
    made = services.pause_all(lan, note="Moving house")
    on = blackouts.on_at(timezone.now())
    assert (on.id, on.note, made.created_by) == (made.pk, "Moving house", lan)
    event = Event.objects.get()
    assert event.kind == "blackout"
    assert "Moving house (lan)" in event.note


@pytest.mark.django_db
def test_everything_is_paused_once():
    services.pause_all(None)
    with pytest.raises(Conflict, match="paused already"):
        services.pause_all(None)


@pytest.mark.django_db
def test_a_pause_that_would_end_in_the_past_is_refused():
    with pytest.raises(ValidationError) as refused:
        services.pause_all(None, until=timezone.now() - timedelta(seconds=1))
    assert list(refused.value.error_dict) == ["until"]


@pytest.mark.django_db
def test_resuming_everything_keeps_the_window_as_history():
    lan = make_user()
    made = services.pause_all(lan)
    answer = services.resume_all(lan)
    made.refresh_from_db()
    assert answer.ended == [made]
    assert answer.still_on is None
    assert made.lifted_by == lan
    assert made.ends_at == made.lifted_at
    assert blackouts.on_at(timezone.now()) is None
    assert kinds() == ["blackout", "lifted"]


@pytest.mark.django_db
def test_a_recurring_window_stays_when_everything_is_resumed_and_is_named():
    make_blackout(name="Always", from_time="00:00", until_time="00:00")
    services.pause_all(None)
    assert services.resume_all(None).still_on.name == "Always"
    with pytest.raises(Conflict, match="Always comes again by itself"):
        services.resume_all(None)
    assert kinds() == ["blackout"]


@pytest.mark.django_db
def test_what_is_not_paused_cannot_be_resumed():
    with pytest.raises(Conflict, match="Nothing is paused"):
        services.resume_all(None)


@pytest.mark.django_db
def test_everything_can_be_paused_again():
    for _ in range(2):
        services.pause_all(None)
        services.resume_all(None)
    assert kinds() == ["blackout", "lifted"] * 2


# -- planned windows


def unsaved(**fields) -> Blackout:
    return Blackout(**({"name": "Tết", "timezone": "Asia/Ho_Chi_Minh"} | fields))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"ends_at": utc("2020-01-01")}, "ends_at"),
        ({"from_time": time(7)}, "until_time"),
        ({"until_time": time(7)}, "from_time"),
        ({"weekdays": [0], "from_time": time(7), "until_time": time(8)}, "weekdays"),
        ({"weekdays": "Mon"}, "weekdays"),
        ({"weekdays": [True], "from_time": time(7), "until_time": time(8)}, "weekdays"),
        ({"weekdays": [1]}, "from_time"),
        ({"timezone": "Nowhere/Land"}, "timezone"),
        ({"name": ""}, "name"),
    ],
)
def test_a_window_that_cannot_be_is_refused_at_its_field(fields, wrong):
    with pytest.raises(ValidationError) as refused:
        services.save_blackout(unsaved(**fields), user=None)
    assert list(refused.value.error_dict) == [wrong]
    assert not Blackout.objects.exists()


@pytest.mark.django_db
def test_a_new_window_does_not_begin_in_the_past():
    before = timezone.now()
    made = services.save_blackout(
        unsaved(starts_at=before - timedelta(days=1)), user=None
    )
    assert made.starts_at >= before


@pytest.mark.django_db
def test_a_window_to_come_is_no_event_yet_and_can_be_deleted():
    made = services.save_blackout(
        unsaved(starts_at=timezone.now() + timedelta(hours=1)), user=None
    )
    assert services.delete_blackout(made, user=None)
    assert not Blackout.objects.exists()
    assert kinds() == []


@pytest.mark.django_db
def test_a_window_that_has_begun_is_ended_and_not_deleted():
    made = services.save_blackout(unsaved(), user=None)
    assert not services.delete_blackout(made, user=None)
    made.refresh_from_db()
    assert made.lifted_at is not None
    assert kinds() == ["blackout", "lifted"]


@pytest.mark.django_db
def test_a_window_that_is_over_stays_as_it_was():
    over = make_blackout(ends_at=timezone.now() - timedelta(days=1))
    for verb in (services.save_blackout, services.delete_blackout):
        with pytest.raises(Conflict, match="is over"):
            verb(over, user=None)


@pytest.mark.django_db
def test_the_beginning_of_a_window_that_has_begun_stays():
    made = make_blackout()
    made.starts_at += timedelta(hours=1)
    with pytest.raises(ValidationError) as refused:
        services.save_blackout(made, user=None)
    assert list(refused.value.error_dict) == ["starts_at"]


@pytest.mark.django_db
def test_the_event_of_a_planned_window_comes_when_it_begins_and_when_it_is_over():
    now = timezone.now()
    make_blackout(starts_at=now, ends_at=now + timedelta(hours=1))
    blackouts.follow(now - timedelta(seconds=1))
    assert kinds() == []
    for seconds in (0, 20, 40):
        blackouts.follow(now + timedelta(seconds=seconds))
    assert kinds() == ["blackout"]
    for seconds in (3600, 3620):
        blackouts.follow(now + timedelta(seconds=seconds))
    assert kinds() == ["blackout", "lifted"]
