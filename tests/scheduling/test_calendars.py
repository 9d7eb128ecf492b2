"""Calendars: what may be saved, what follows in the tasks, and every way to them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from scheduling import services
from scheduling.admin.calendars import days_ahead
from scheduling.exceptions import Conflict
from scheduling.models import Calendar, ScheduledTask
from tests.factories import make_task, make_user
from tests.scheduling.api.conftest import client_of

pytestmark = pytest.mark.django_db

CALENDARS = "/v2/admin/calendars/"
ADD = "admin:scheduling_calendar_add"
CHANGE = "admin:scheduling_calendar_change"


def ics(*days: date) -> str:
    events = [
        f"BEGIN:VEVENT\r\nUID:{day}\r\nSUMMARY:Tết\r\nDTSTART;VALUE=DATE:{day:%Y%m%d}\r\nEND:VEVENT"
        for day in days
    ]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""])


def make_calendar(**fields):
    return services.save_calendar(
        Calendar(**{"id": "work", "name": "Work"} | fields), user=None
    )


def today() -> date:
    return timezone.now().date()


@pytest.fixture
def followed(django_capture_on_commit_callbacks):
    """A function that saves a calendar, and has what follows the commit done."""

    def save(calendar):
        with django_capture_on_commit_callbacks(execute=True):
            return services.save_calendar(calendar, user=None)

    return save


# -- what may be saved


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"weekdays": []}, "weekdays", "Choose one weekday"),
        ({"weekdays": [0, 8]}, "weekdays", "1=Monday to 7=Sunday"),
        ({"weekdays": [True]}, "weekdays", "1=Monday to 7=Sunday"),
        ({"weekdays": "12"}, "weekdays", "1=Monday to 7=Sunday"),
        ({"dates": ["2027-02-30"]}, "dates", "'2027-02-30'"),
        ({"dates": ["20270101"]}, "dates", "'20270101'"),
        ({"dates": 7}, "dates", "5000"),
        ({"dates": [str(date(2000, 1, 1) + timedelta(n)) for n in range(5001)]}, "dates", "5000"),
        ({"only": True}, "dates", "Name the open days"),
        ({"file": "hello"}, "file", "is not a calendar file"),
        ({"name": ""}, "name", "blank"),
        ({"id": "a b"}, "id", "valid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(fields, name, said):
    with pytest.raises(ValidationError) as caught:
        make_calendar(**fields)
    assert said in " ".join(caught.value.message_dict[name])
    assert not Calendar.objects.exists()


def test_dates_are_kept_in_order_with_their_names():
    calendar = make_calendar(dates={"2027-05-01": "May Day", "2027-01-01": ""})
    calendar.refresh_from_db()
    assert calendar.dates == {"2027-01-01": "", "2027-05-01": "May Day"}
    assert calendar.listed == {date(2027, 1, 1), date(2027, 5, 1)}


def test_the_days_of_a_file_are_read_and_go_with_it():
    soon, long_ago = today() + timedelta(days=9), today() - timedelta(days=700)
    calendar = make_calendar(file=ics(soon, long_ago), file_name="tet.ics")
    assert calendar.file_dates == {str(soon): "Tết"}
    calendar.file = ""
    services.save_calendar(calendar, user=None)
    assert (calendar.file_dates, calendar.file_name) == ({}, "")


def test_an_id_is_made_from_the_name_and_a_taken_one_is_refused():
    assert make_calendar(id="", name="Ngày lễ").id == "ngay-le"
    assert make_calendar(id="", name="Ngày lễ").id == "ngay-le-2"
    with pytest.raises(ValidationError) as caught:
        make_calendar(id="ngay-le")
    assert "taken" in str(caught.value.message_dict["id"])


# -- what follows in the tasks


def test_tasks_that_use_it_are_planned_anew(followed):
    now = timezone.now()
    calendar = make_calendar()
    task = make_task(calendar=calendar, timezone="UTC")
    slot = task.schedule.next_after(now)
    ScheduledTask.objects.update(next_slot=slot, due_at=slot, next_run_at=slot)
    calendar.dates = [str(slot.date())]
    followed(calendar)
    task.refresh_from_db()
    assert task.next_slot == task.due_at == slot  # the ledger gets its row
    assert task.next_run_at == slot + timedelta(days=1)


def test_a_slot_that_is_due_is_left_to_beat(followed):
    calendar = make_calendar()
    due = timezone.now() - timedelta(seconds=2)
    task = make_task(calendar=calendar, next_run_at=due)
    calendar.dates = [str(today())]
    followed(calendar)
    task.refresh_from_db()
    assert task.next_slot == task.due_at == due


def test_a_paused_task_keeps_its_place_in_the_ledger(followed):
    calendar = make_calendar()
    place = timezone.now() - timedelta(days=3)
    task = make_task(calendar=calendar, active=False, next_slot=place)
    followed(calendar)
    task.refresh_from_db()
    assert (task.next_slot, task.due_at) == (place, None)


def test_a_task_that_was_set_aside_goes_on_where_its_ledger_stands(followed):
    calendar = make_calendar()
    place = datetime(2026, 1, 1, tzinfo=UTC)
    task = make_task(calendar=calendar, next_slot=place, schedule_error="no open day")
    followed(calendar)
    task.refresh_from_db()
    assert (task.schedule_error, task.due_at) == ("", place)


def test_a_calendar_that_would_stop_a_task_for_ever_is_refused():
    calendar = make_calendar()
    slot = timezone.now() + timedelta(days=2)
    make_task(id="sundays", calendar=calendar, schedule_type="weekly", weekdays=[7], next_run_at=slot)  # fmt: skip
    calendar.weekdays = [1, 2, 3, 4, 5]
    with pytest.raises(ValidationError, match="sundays"):
        services.save_calendar(calendar, user=None)
    calendar.refresh_from_db()
    assert 7 in calendar.weekdays


def test_planning_costs_the_same_queries_for_many_tasks(
    followed, django_assert_max_num_queries
):
    calendar = make_calendar()
    for number in range(30):
        make_task(id=f"task-{number}", calendar=calendar)
    with django_assert_max_num_queries(20):
        followed(calendar)
    assert not ScheduledTask.objects.filter(next_slot=None).exists()


def test_a_calendar_in_use_cannot_be_deleted():
    calendar = make_calendar()
    task = make_task(id="report", calendar=calendar)
    with pytest.raises(Conflict, match="report"):
        services.delete_calendar(calendar, user=None)
    task.delete()
    services.delete_calendar(calendar, user=None)
    assert not Calendar.objects.exists()


# -- the API


@pytest.fixture
def api():
    return client_of(make_user(is_staff=True, is_superuser=True))


def test_the_api_makes_changes_and_deletes_calendars(api):
    made = api.post(CALENDARS, {"name": "Lễ", "dates": ["2027-01-01"]}, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["dates"] == {"2027-01-01": ""}
    path = f"{CALENDARS}le/"
    changed = api.patch(path, {"weekdays": [1, 2, 3]}, format="json").json()
    assert (changed["weekdays"], changed["name"]) == ([1, 2, 3], "Lễ")
    assert api.put(path, changed, format="json").status_code == 200
    assert [each["id"] for each in api.get(CALENDARS).json()["results"]] == ["le"]
    assert api.delete(path).status_code == 204


def test_the_api_takes_the_text_of_a_file_and_does_not_show_it(api):
    soon = today() + timedelta(days=3)
    body = {"name": "Tết", "file": ics(soon), "file_name": "tet.ics"}
    shown = api.post(CALENDARS, body, format="json").json()
    assert shown["file_dates"] == {str(soon): "Tết"}
    assert "file" not in shown


def test_the_api_says_which_task_uses_a_calendar(api):
    make_task(id="report", calendar=make_calendar())
    answer = api.delete(f"{CALENDARS}work/")
    assert answer.status_code == 409
    assert "report" in answer.json()["detail"]


def test_a_wrong_date_is_a_problem_at_its_field(api):
    body = {"name": "x", "dates": ["soon"]}
    errors = api.post(CALENDARS, body, format="json").json()["errors"]
    assert "'soon'" in errors["dates"][0]


# -- the admin


def test_the_form_reads_dates_with_names_and_a_file(admin_client):
    soon = today() + timedelta(days=5)
    sent = {
        "name": "Ngày lễ", "id": "", "weekdays": ["1", "2", "3", "4", "5"],
        "dates": "2027-01-01 New Year\n\n2027-04-30",
        "upload": SimpleUploadedFile("tet.ics", ics(soon).encode()),
    }  # fmt: skip
    answer = admin_client.post(reverse(ADD), sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    calendar = Calendar.objects.get(id="ngay-le")
    assert calendar.dates == {"2027-01-01": "New Year", "2027-04-30": ""}
    assert (calendar.file_name, list(calendar.file_dates)) == ("tet.ics", [str(soon)])
    page = admin_client.get(reverse(CHANGE, args=["ngay-le"])).content.decode()
    assert "Closed every Saturday, Sunday." in page
    assert str(soon) in page


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"dates": "tomorrow"}, "dates"),
        ({"weekdays": []}, "weekdays"),
        ({"upload": SimpleUploadedFile("x.ics", b"\xff\xfe")}, "upload"),
        ({"upload": SimpleUploadedFile("x.ics", b"hello")}, "upload"),
        ({"upload": SimpleUploadedFile("x.ics", b"x" * 1_048_577)}, "upload"),
    ],
)
def test_what_is_wrong_stands_at_its_field_of_the_form(admin_client, sent, field):
    whole = {"name": "x", "weekdays": ["1"], "dates": ""} | sent
    answer = admin_client.post(reverse(ADD), whole)
    assert list(answer.context["adminform"].form.errors) == [field]


def test_a_stored_file_stays_until_it_is_left_out(admin_client):
    soon = today() + timedelta(days=5)
    make_calendar(file=ics(soon), file_name="tet.ics")
    url = reverse(CHANGE, args=["work"])
    sent = {"name": "Work", "weekdays": ["1"], "dates": ""}
    assert admin_client.post(url, sent).status_code == 302
    assert Calendar.objects.get().file_dates == {str(soon): "Tết"}
    assert admin_client.post(url, sent | {"forget_file": "on"}).status_code == 302
    assert Calendar.objects.get().file_dates == {}


def test_the_next_open_days_of_a_list_of_open_days_are_shown():
    start = date(2027, 1, 1)
    calendar = make_calendar(only=True, dates={"2027-01-05": "Release"})
    assert days_ahead(calendar, start)["special_days"] == [(date(2027, 1, 5), "Release")]  # fmt: skip


# -- the command


def test_the_command_reads_a_file_into_a_calendar(tmp_path):
    soon = today() + timedelta(days=5)
    file = tmp_path / "tet.ics"
    file.write_text(ics(soon))
    out = StringIO()
    call_command("calendars", "import", "Ngày lễ", str(file), stdout=out)
    assert "ngay-le" in out.getvalue()
    call_command("calendars", "import", "ngay-le", str(file), stdout=StringIO())
    out = StringIO()
    call_command("calendars", "--json", stdout=out)
    assert [each["dates"] for each in json.loads(out.getvalue())] == [[str(soon)]]


@pytest.mark.parametrize("text", [None, "hello"])
def test_a_file_that_is_none_is_one_line_and_an_exit_of_2(tmp_path, text):
    file = tmp_path / "x.ics"
    if text:
        file.write_text(text)
    with pytest.raises(CommandError) as caught:
        call_command("calendars", "import", "x", str(file), stdout=StringIO())
    assert caught.value.returncode == 2
    assert "x.ics" in str(caught.value)


@pytest.mark.parametrize("dates", [{"nonsense": ""}, {"2027-99-01": ""}, [1], 5])
def test_a_calendar_that_was_spoilt_by_hand_stops_no_list_and_no_page(dates):
    task = make_task(calendar=Calendar.objects.create(id="spoilt", name="Spoilt"))
    Calendar.objects.filter(id="spoilt").update(dates=dates)
    client = client_of(make_user(is_superuser=True, is_staff=True))
    for path in ("", f"{task.id}/", f"{task.id}/slots"):
        assert client.get(f"/v2/admin/scheduled-tasks/{path}").status_code == 200
    assert services.pause_task(task, user=None).active is False
