"""What a schedule would do: the API and the command say what the engine does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from scheduling import services
from scheduling.models import Blackout, Calendar, ScheduledTask
from tests.factories import make_task, make_user
from tests.scheduling.api.conftest import client_of

pytestmark = pytest.mark.django_db

PATH = "/v2/admin/schedules/preview"
DAILY = {
    "schedule_type": "daily",
    "schedule_time": "07:00",
    "timezone": "Asia/Ho_Chi_Minh",
    "after": "2027-01-01T00:00:00Z",
}
NEW_YORK = {"timezone": "America/New_York", "after": "2027-03-13T12:00:00Z"}


@pytest.fixture
def ask():
    """Ask as somebody who is no staff; returns the status and the document."""
    client = client_of(make_user())

    def send(**body):
        answer = client.post(PATH, DAILY | body, format="json")
        return answer.status_code, answer.json()

    return send


def test_it_gives_words_in_both_languages_and_the_next_times(ask):
    status, shown = ask(count=2, reader_timezone="Europe/Warsaw")
    assert status == 200
    assert shown["words"] == {
        "en": "every day at 07:00 (Asia/Ho_Chi_Minh)",
        "vi": "mỗi ngày lúc 07:00 (Asia/Ho_Chi_Minh)",
    }
    assert shown["entries"][0] == {
        "slot": "2027-01-02T00:00:00Z",
        "due": "2027-01-02T00:00:00Z",
        "local": "2027-01-02T07:00:00+07:00",
        "reader_local": "2027-01-02T01:00:00+01:00",
        "is_open": True,
        "oddity": None,
        "why": "",
    }
    assert len(shown["entries"]) == 2
    assert (shown["cautions"], shown["clock_change"]) == ([], None)


def test_ten_times_from_now_are_given_unless_asked_otherwise():
    now = timezone.now()
    body = {name: value for name, value in DAILY.items() if name != "after"}
    shown = client_of(make_user()).post(PATH, body, format="json").json()["entries"]
    assert len(shown) == 10
    first = datetime.fromisoformat(shown[0]["slot"])
    assert now < first <= now + timedelta(days=1)


def test_closed_days_are_shown_with_their_reason(ask):
    services.save_calendar(
        Calendar(name="Lễ", weekdays=[1, 2, 3, 4, 5], dates={"2027-01-04": "Tết"}),
        user=None,
    )
    _status, shown = ask(calendar_id="le", excluded_dates=["2027-01-05"], count=4, after="2027-01-02T12:00:00Z")  # fmt: skip
    assert [(each["is_open"], each["why"]) for each in shown["entries"]][:4] == [
        (False, "closed: Sunday"),
        (False, "closed: Tết"),
        (False, "closed: among the excluded dates"),
        (True, ""),
    ]


def test_a_blackout_is_shown_too(ask):
    Blackout.objects.create(
        name="Move",
        starts_at=datetime(2027, 1, 2, tzinfo=UTC),
        ends_at=datetime(2027, 1, 2, 12, tzinfo=UTC),
    )
    _status, shown = ask(count=2)
    assert [each["is_open"] for each in shown["entries"]] == [False, True]
    assert shown["entries"][0]["why"] == "everything is paused: Move"


def test_what_the_clocks_do_is_marked_and_said(ask):
    _status, shown = ask(**NEW_YORK, schedule_time="02:30", count=2)
    assert shown["entries"][0]["oddity"] == "gap"
    assert "skip" in shown["entries"][0]["why"]
    assert shown["entries"][0]["local"] == "2027-03-14T03:00:00-04:00"
    assert "clock_change" in shown["cautions"]
    assert shown["clock_change"] == "2027-03-14T07:00:00Z"


def test_the_spread_of_a_stored_task_is_the_real_second():
    task = make_task(id="report", jitter_seconds=36_000)
    staff = client_of(make_user(is_staff=True, is_superuser=True))
    body = DAILY | {"jitter_seconds": 36_000, "task_id": "report", "count": 1}
    shown = staff.post(PATH, body, format="json").json()["entries"][0]
    slot = datetime(2027, 1, 2, tzinfo=UTC)
    assert datetime.fromisoformat(shown["slot"]) == slot
    assert datetime.fromisoformat(shown["due"]) == task.schedule.due(slot)


def test_no_more_runs_are_shown_than_the_schedule_may_start(ask):
    assert len(ask(max_runs=3)[1]["entries"]) == 3


def test_nothing_is_saved(ask):
    ask()
    assert not ScheduledTask.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"schedule_time": "25:00"}, "schedule_time"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"reader_timezone": "Mars/Olympus"}, "reader_timezone"),
        ({"count": 101}, "count"),
        ({"count": 0}, "count"),
        ({"schedule_type": "cron", "cron_expression": "0 0 31 2 *"}, "cron_expression"),
        ({"calendar_id": "none"}, "calendar_id"),
        ({"excluded_dates": ["2027-02-30"]}, "excluded_dates[0]"),
        ({"jitter_seconds": 90_000}, "jitter_seconds"),
        ({"max_runs": 0}, "max_runs"),
        ({"task_id": "report"}, "task_id"),
        ({"name": "x"}, "name"),
    ],
)
def test_what_is_wrong_is_a_problem_at_its_field(ask, body, field):
    make_task(id="report")  # somebody else's
    status, problem = ask(**body)
    assert status == 400
    assert list(problem["errors"]) == [field]


def test_a_calendar_that_closes_every_slot_is_named(ask):
    Calendar.objects.create(id="sundays", name="Sundays", weekdays=[7])
    body = {"schedule_type": "weekly", "weekdays": [1], "calendar_id": "sundays"}
    assert list(ask(**body)[1]["errors"]) == ["calendar_id"]


# -- the command


def said(*args, **options):
    out = StringIO()
    call_command("preview", *args, stdout=out, **options)
    return out.getvalue()


def test_the_command_shows_a_cron_line():
    rows = said(cron="0 7 * * 1-5", timezone="Asia/Ho_Chi_Minh", count=3).splitlines()
    assert rows[0] == "every weekday Mon–Fri at 07:00 (Asia/Ho_Chi_Minh)"
    assert len(rows) == 4
    assert all("07:00:00 +0700" in row for row in rows[1:])


def test_the_command_shows_a_task_as_json():
    make_task(id="report", excluded_dates=[str(timezone.now().date() + timedelta(1))])
    shown = json.loads(said("report", "--json", "--count", "2"))
    assert [each["is_open"] for each in shown["entries"]].count(True) == 2


@pytest.mark.parametrize(
    "args",
    [
        (), ("gone",), ("--cron", "61 * * * *"), ("--cron", "0 7 * * *", "--count", "0"),
        ("--cron", "0 7 * * *", "--timezone", "Mars"), ("report", "--cron", "0 7 * * *"),
    ],
)  # fmt: skip
def test_what_the_command_cannot_show_is_one_line_and_an_exit_of_2(args):
    with pytest.raises(CommandError) as caught:
        said(*args)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("after", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00", "9999-12-31"])  # fmt: skip
def test_a_beginning_beyond_all_slots_is_refused(ask, after):
    status, problem = ask(after=after)
    assert (status, [*problem["errors"]]) == (400, ["after"])
