"""The task's form: what people write of a schedule, and what it says to them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from scheduling import services
from scheduling.admin.task.hints import CRON_LINES, VARIABLES
from scheduling.admin.task.schedule_form import EMPTY, FIELDS_OF_TYPE, ScheduleForm
from scheduling.admin.task.state import State, in_state, state_of
from scheduling.admin.task.zones import zone_choices
from scheduling.cron import CronPattern
from scheduling.exceptions import Conflict
from scheduling.models import Calendar, ScheduledTask, Tag
from scheduling.models.policies import LIMITS
from scheduling.preview import Caution, preview
from scheduling.prompt import VARIABLES as KNOWN_VARIABLES
from scheduling.schedule import Schedule, ScheduleType
from tests.factories import make_agent, make_run, make_task, make_user, make_webhook
from tests.scheduling.test_admin import form_of

pytestmark = pytest.mark.django_db

ADD = "admin:scheduling_scheduledtask_add"
CHANGE = "admin:scheduling_scheduledtask_change"
PREVIEW = "admin:scheduling_scheduledtask_preview"
PEOPLE = "admin:scheduling_scheduledtask_people"
HO_CHI_MINH = "Asia/Ho_Chi_Minh"
NEW_YORK = "America/New_York"


def written(schedule_type: str, **fields: Any) -> dict[str, Any]:
    """The schedule's fields as a browser sends them: the hidden ones too, blank."""
    blank = dict.fromkeys([*EMPTY, "start_at", "end_at"], "")
    blank |= {"interval_seconds_0": "", "interval_seconds_1": "60"}
    del blank["weekdays"], blank["interval_seconds"]
    return blank | {"schedule_type": schedule_type, "timezone": HO_CHI_MINH} | fields


def read(**fields: Any) -> ScheduleForm:
    form = ScheduleForm(written(fields.pop("schedule_type"), **fields))
    form.is_valid()
    return form


def faults(**fields: Any) -> dict[str, str]:
    """What is said at each field."""
    return {name: " ".join(said) for name, said in read(**fields).errors.items()}


def a_new_task(client: Any, **fields: Any) -> dict[str, Any]:
    """The form of a new task, filled in."""
    make_agent()
    sent = form_of(client.get(reverse(ADD)))
    return sent | written("daily", schedule_time="07:00") | {
        "name": "Morning report",
        "agent": "echo",
        "input_message": "Report for {{date}}.",
    } | fields  # fmt: skip


def errors_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    return {name: " ".join(said) for name, said in errors.items()}


# -- reading


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"schedule_type": "daily", "schedule_time": " 7:05 "}, "schedule_time", time(7, 5)),
        ({"schedule_type": "daily", "schedule_time": "00:00"}, "schedule_time", time(0, 0)),
        ({"schedule_type": "weekly", "schedule_time": "07:00", "weekdays": ["1", "7"]}, "weekdays", [1, 7]),
        ({"schedule_type": "monthly", "schedule_time": "07:00", "month_days": "15,1; LAST 1"}, "month_days", [1, 15, "last"]),
        ({"schedule_type": "interval", "interval_seconds_0": "90", "interval_seconds_1": "60"}, "interval_seconds", 5400),
        ({"schedule_type": "once", "run_at": "2027-01-31T07:00"}, "run_at", datetime(2027, 1, 31, 0, 0, tzinfo=UTC)),
        ({"schedule_type": "cron", "cron_expression": " @daily "}, "cron_expression", "@daily"),
    ],
)  # fmt: skip
def test_what_people_write_becomes_what_the_task_holds(fields, name, value):
    form = read(**fields)
    assert form.errors == {}
    assert getattr(form.instance, name) == value
    assert form.instance.schedule.type == fields["schedule_type"]


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"schedule_type": "daily"}, "schedule_time", "such as 07:00"),
        ({"schedule_type": "daily", "schedule_time": "25:99"}, "schedule_time", "'25:99'"),
        ({"schedule_type": "weekly", "schedule_time": "07:00"}, "weekdays", "weekday"),
        ({"schedule_type": "weekly", "schedule_time": "07:00", "weekdays": ["8"]}, "weekdays", "8"),
        ({"schedule_type": "monthly", "schedule_time": "07:00", "month_days": "1, 32"}, "month_days", "“32”"),
        ({"schedule_type": "monthly", "schedule_time": "07:00", "month_days": "first"}, "month_days", "“first”"),
        ({"schedule_type": "interval"}, "interval_seconds", "from one run to the next"),
        ({"schedule_type": "interval", "interval_seconds_0": "0"}, "interval_seconds", "1"),
        ({"schedule_type": "interval", "interval_seconds_0": "99999", "interval_seconds_1": "86400"}, "interval_seconds", "24855 days"),
        ({"schedule_type": "cron"}, "cron_expression", "five fields"),
        ({"schedule_type": "cron", "cron_expression": "61 * * * *"}, "cron_expression", "61"),
        ({"schedule_type": "once"}, "run_at", "date and the time"),
        ({"schedule_type": "once", "run_at": "tomorrow"}, "run_at", "“tomorrow”"),
        ({"schedule_type": "once", "run_at": "9999-12-31T23:59"}, "run_at", "8999"),
        ({"schedule_type": "once", "run_at": "2027-01-31T07:00Z"}, "run_at", "2027-01-31T07:00Z"),
        ({"schedule_type": "daily", "schedule_time": "07:00", "timezone": "Mars/Olympus"}, "timezone", "Mars/Olympus"),
        ({"schedule_type": "daily", "schedule_time": "07:00", "timezone": ""}, "timezone", "time zone"),
        ({"schedule_type": "daily", "schedule_time": "07:00", "start_at": "2027-02-01T00:00", "end_at": "2027-01-01T00:00"}, "end_at", "before"),
        ({"schedule_type": "hourly"}, "schedule_type", "hourly"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_once_at_its_field(fields, name, said):
    errors = read(**fields).errors
    assert list(errors) == [name]
    assert len(errors[name]) == 1
    assert said in errors[name][0]


def test_what_belongs_to_another_type_neither_blocks_nor_stays():
    form = read(
        schedule_type="daily",
        schedule_time="07:00",
        cron_expression="nonsense",
        month_days="99",
        run_at="never",
        interval_seconds_0="-1",
        weekdays=["9"],
    )
    assert form.errors == {}
    task = form.instance
    assert (task.weekdays, task.month_days, task.cron_expression) == ([], [], "")
    assert (task.run_at, task.interval_seconds) == (None, None)


def test_a_moment_is_read_in_the_tasks_zone_not_in_the_readers():
    with timezone.override("Europe/Paris"):
        form = read(schedule_type="once", run_at="2027-07-01T07:00", timezone=NEW_YORK)
    assert form.instance.run_at == datetime(2027, 7, 1, 11, 0, tzinfo=UTC)


def test_a_local_time_that_does_not_exist_is_refused():
    said = faults(schedule_type="once", run_at="2027-03-14T02:30", timezone=NEW_YORK)
    assert "2027-03-14 02:30" in said["run_at"]
    assert "from 02:00 to 03:00" in said["run_at"]


def test_a_bad_zone_is_the_only_thing_said_of_the_moments():
    said = faults(schedule_type="once", run_at="2030-01-31T07:00", start_at="2030-01-01T00:00", timezone="Mars/Olympus")  # fmt: skip
    assert list(said) == ["timezone"]


def test_a_new_single_run_cannot_lie_in_the_past():
    said = faults(schedule_type="once", run_at="2020-01-31T07:00")
    assert "2020-01-31 07:00 in Asia/Ho_Chi_Minh is over" in said["run_at"]


def test_a_single_run_that_is_over_may_be_saved_unless_it_moves(admin_client):
    over = datetime(2020, 1, 1, tzinfo=UTC)
    task = make_task(schedule_type="once", run_at=over, schedule_time=None)
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url)) | {"name": "Told"}
    assert admin_client.post(url, sent).status_code == 302
    moved = admin_client.post(url, sent | {"run_at": "2020-01-02T07:00"})
    assert list(errors_of(moved)) == ["run_at"]


def test_a_local_time_that_comes_twice_means_the_first():
    form = read(schedule_type="once", run_at="2027-11-07T01:30", timezone=NEW_YORK)
    assert form.instance.run_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_a_moment_that_is_not_touched_stays_the_instant_it_was(admin_client):
    second_pass = datetime(2027, 11, 7, 6, 30, 0, 250, tzinfo=UTC)
    task = make_task(
        schedule_type="once", run_at=second_pass, timezone=NEW_YORK, schedule_time=None
    )
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url))
    assert sent["run_at"] == "2027-11-07T01:30"
    assert admin_client.post(url, sent).status_code == 302
    task.refresh_from_db()
    assert task.run_at == second_pass


def test_moments_of_a_task_move_with_its_zone(admin_client):
    task = make_task(start_at=datetime(2027, 1, 1, 0, 0, tzinfo=UTC), timezone="UTC")
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url)) | {"timezone": HO_CHI_MINH}
    assert admin_client.post(url, sent).status_code == 302
    task.refresh_from_db()
    assert task.start_at == datetime(2026, 12, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "parts"), [(90, [90, 1]), (5400, [90, 60]), (7200, [2, 3600]), (172800, [2, 86400])])  # fmt: skip
def test_an_interval_is_shown_in_its_largest_whole_unit(seconds, parts):
    widget = ScheduleForm().fields["interval_seconds"].widget
    assert widget.decompress(seconds) == parts


@pytest.mark.parametrize("spoiled", [{"weekdays": 5}, {"month_days": {"a": 1}}, {"timezone": "Mars/Olympus"}])  # fmt: skip
def test_a_spoiled_row_can_be_opened_and_mended(admin_client, spoiled):
    task = make_task()
    ScheduledTask.objects.update(**spoiled)
    url = reverse(CHANGE, args=[task.pk])
    answer = admin_client.get(url)
    assert answer.status_code == 200
    if "timezone" in spoiled:
        assert "Mars/Olympus" in str(answer.context["faults"])
    sent = form_of(answer) | {"timezone": HO_CHI_MINH}
    assert admin_client.post(url, sent).status_code == 302


# -- the preview


def test_the_next_times_are_those_of_the_engine():
    schedule = Schedule(type=ScheduleType.DAILY, time=time(7))
    after = datetime(2027, 1, 1, tzinfo=UTC)
    seen = preview(schedule, 3, after)
    assert list(seen.slots) == schedule.upcoming(after, 3)
    assert seen.cautions == ()


@pytest.mark.parametrize(
    ("line", "cautions"),
    [
        ("0 9 13 * 5", (Caution.EITHER_DAY,)),
        ("0 9 */2 * 1", ()),
        ("0 9 13 * *", ()),
        ("0 9 * * 1-5", ()),
        ("0 9 13 * 0-7", ()),
        ("0 9 1 * 1#2", (Caution.EITHER_DAY,)),
    ],
)
def test_two_day_fields_of_which_either_matches_are_warned_of(line, cautions):
    schedule = Schedule(type=ScheduleType.CRON, cron=line)
    assert preview(schedule, 1, datetime(2027, 1, 1, tzinfo=UTC)).cautions == cautions


@pytest.mark.parametrize(
    ("zone", "hour", "warned"),
    [(NEW_YORK, 2, True), (NEW_YORK, 9, False), (HO_CHI_MINH, 2, False)],
)
def test_hours_in_which_clocks_change_are_warned_of(zone, hour, warned):
    schedule = Schedule(type=ScheduleType.DAILY, time=time(hour, 30), timezone=zone)
    seen = preview(schedule, 1, datetime(2027, 1, 1, tzinfo=UTC))
    assert (Caution.CLOCK_CHANGE in seen.cautions) is warned


def shown(client: Any, **fields: Any) -> str:
    answer = client.post(reverse(PREVIEW), written(fields.pop("schedule_type"), **fields))  # fmt: skip
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_preview_says_the_schedule_in_words_and_its_times_in_both_zones(
    admin_client,
):
    admin_client.cookies["timezone"] = "Europe/Paris"
    page = shown(admin_client, schedule_type="weekly", schedule_time="07:00", weekdays=["1"])  # fmt: skip
    assert "every Monday at 07:00" in page
    assert page.count("<tr>") == 6
    assert "Mon " in page
    assert " 07:00<" in page
    assert "Europe/Paris" in page
    assert " 01:00<" in page or " 02:00<" in page


def test_the_preview_speaks_the_readers_language(admin_client):
    admin_client.cookies["django_language"] = "vi"
    page = shown(admin_client, schedule_type="daily", schedule_time="07:00")
    assert "mỗi ngày lúc 07:00" in page


def test_the_preview_says_what_is_wrong_as_text(admin_client):
    page = shown(
        admin_client, schedule_type="cron", cron_expression="<img src=x> * * * *"
    )
    assert "Cron line" in page
    assert "<img" not in page
    assert "&lt;img" in page


def test_the_preview_of_a_stored_interval_counts_from_when_the_task_was_made(
    admin_client,
):
    made = timezone.now().replace(microsecond=0) - timedelta(minutes=7)
    task = make_task(schedule_type="interval", interval_seconds=600, created_at=made)
    page = shown(admin_client, schedule_type="interval", interval_seconds_0="10", task=task.pk)  # fmt: skip
    first = timezone.localtime(made + timedelta(minutes=10), timezone.get_default_timezone())  # fmt: skip
    assert f"{first:%M:%S}" in page


def test_the_preview_changes_nothing_and_answers_to_posts_alone(admin_client):
    task = make_task()
    shown(admin_client, schedule_type="daily", schedule_time="09:00", task=task.pk)
    task.refresh_from_db()
    assert task.schedule_time == time(7)
    assert admin_client.get(reverse(PREVIEW)).status_code == 405


def test_a_schedule_whose_times_are_over_says_so(admin_client):
    page = shown(admin_client, schedule_type="daily", schedule_time="07:00", end_at="2020-01-01T00:00")  # fmt: skip
    assert "never run" in page


def test_a_reader_whose_clock_shows_the_same_gets_one_column_of_times(admin_client):
    admin_client.cookies["timezone"] = "Asia/Bangkok"
    page = shown(admin_client, schedule_type="daily", schedule_time="07:00")
    assert page.count('<th scope="col">') == 1
    assert "In your zone, Asia/Bangkok, the clocks show the same times." in page


@pytest.mark.parametrize(
    ("moment", "caution"),
    [
        (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), (Caution.FIRST_OF_TWO,)),
        (datetime(2027, 11, 7, 6, 30, tzinfo=UTC), (Caution.SECOND_OF_TWO,)),
        (datetime(2027, 11, 7, 7, 30, tzinfo=UTC), ()),
        (datetime(2027, 3, 14, 7, 0, tzinfo=UTC), ()),
    ],
)
def test_a_single_moment_that_the_clock_shows_twice_is_warned_of(moment, caution):
    schedule = Schedule(type=ScheduleType.ONCE, run_at=moment, timezone=NEW_YORK)
    assert preview(schedule, 1, datetime(2027, 1, 1, tzinfo=UTC)).cautions == caution


def test_the_preview_says_which_of_two_times_is_taken(admin_client):
    page = shown(admin_client, schedule_type="once", run_at="2027-11-07T01:30", timezone=NEW_YORK)  # fmt: skip
    assert "show 01:30 twice. The first time is taken, at UTC-04:00." in page


@pytest.fixture
def viewer(client):
    """Signed in as somebody who may look at tasks and no more."""
    user = make_user(is_staff=True)
    for name in ("view_scheduledtask", "view_run", "view_taskwebhook"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    return client


def test_a_viewer_may_preview_and_a_stranger_may_not(viewer, client):
    assert "every day" in shown(viewer, schedule_type="daily", schedule_time="07:00")
    client.force_login(make_user(is_staff=True))
    answer = client.post(reverse(PREVIEW), written("daily", schedule_time="07:00"))
    assert answer.status_code == 403


def test_the_search_for_people_is_for_those_who_may_write_tasks(viewer, admin_client):
    an = make_user(username="an.nguyen")
    make_user(username="an.gone", is_active=False)
    found = admin_client.get(reverse(PEOPLE), {"term": "an."}).json()
    assert found["results"] == [{"id": str(an.pk), "text": "an.nguyen"}]
    assert viewer.get(reverse(PEOPLE), {"term": "an."}).status_code == 403


# -- the page


def test_a_new_task_belongs_to_who_makes_it(admin_client, admin_user):
    form = admin_client.get(reverse(ADD)).context["adminform"].form
    assert form["owner"].value() == admin_user.pk


def test_a_blank_id_is_made_from_the_name(admin_client):
    make_task(id="morning-report")
    sent = a_new_task(admin_client, id="")
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    assert ScheduledTask.objects.filter(id="morning-report-2").exists()


def test_an_id_that_is_taken_is_said_at_the_id(admin_client):
    make_task(id="taken")
    errors = errors_of(
        admin_client.post(reverse(ADD), a_new_task(admin_client, id="taken"))
    )
    assert "taken" in errors["id"]


def test_an_id_that_is_no_id_is_named_with_what_would_be_one(admin_client):
    sent = a_new_task(admin_client, id="báo cáo")
    said = errors_of(admin_client.post(reverse(ADD), sent))["id"]
    assert "“báo cáo”" in said
    assert "letters from a to z, digits, - and _" in said


@pytest.mark.parametrize("number", ["-1", "0", "101", "99999999999"])
def test_how_many_attempts_there_may_be_is_said_in_one_sentence(admin_client, number):
    sent = a_new_task(admin_client, max_attempts=number)
    errors = errors_of(admin_client.post(reverse(ADD), sent))
    assert errors == {"max_attempts": "Must be 1 to 100."}


def test_the_faulty_fields_are_listed_with_links_those_of_webhooks_too(admin_client):
    sent = a_new_task(admin_client, name="") | {
        "webhooks-TOTAL_FORMS": "1",
        "webhooks-0-name": "no URL",
        "webhooks-0-format": "raw",
    }
    page = admin_client.post(reverse(ADD), sent).content.decode()
    assert '<a href="#id_name">Name</a>' in page
    assert '<a href="#id_webhooks-0-url">Webhook #1: URL</a>' in page


def test_agents_and_people_can_be_chosen_without_scripts(admin_client):
    reader = make_user(username="reader")
    make_agent()
    page = admin_client.get(reverse(ADD)).content.decode()
    assert '<option value="echo">Echo</option>' in page
    assert page.count(f'<option value="{reader.pk}">reader</option>') == 2


def test_a_blank_webhook_can_be_had_without_scripts_and_left_blank(admin_client):
    make_agent()
    url = reverse(ADD) + "?blank_webhook=1"
    page = admin_client.get(url)
    assert page.context["inline_admin_formsets"][1].formset.total_form_count() == 1
    assert "Add a webhook" in page.content.decode()
    sent = form_of(page) | a_new_task(admin_client, id="plain")
    sent |= {"webhooks-TOTAL_FORMS": "1"}
    assert admin_client.post(url, sent).status_code == 302
    assert not ScheduledTask.objects.get(id="plain").webhooks.exists()


def test_an_id_taken_a_moment_ago_is_said_at_the_id_too(admin_client, monkeypatch):
    def too_late(task: ScheduledTask, **_: Any) -> None:
        raise ValidationError({"id": f"{task.id!r} is taken: choose another id."})

    monkeypatch.setattr(services, "save_task", too_late)
    sent = a_new_task(admin_client, id="mine", tags=["new"])
    errors = errors_of(admin_client.post(reverse(ADD), sent))
    assert "'mine' is taken" in errors["id"]
    assert not Tag.objects.exists()


def test_a_conflict_is_said_on_the_form_with_what_was_typed(admin_client, monkeypatch):
    def refuse(task: ScheduledTask, **_: Any) -> None:
        raise Conflict("Somebody else is at it.")

    task = make_task()
    monkeypatch.setattr(services, "save_task", refuse)
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url)) | {"name": "Typed"}
    answer = admin_client.post(url, sent)
    assert errors_of(answer) == {"__all__": "Somebody else is at it."}
    assert answer.context["adminform"].form["name"].value() == "Typed"
    task.refresh_from_db()
    assert task.name != "Typed"


def test_a_task_deleted_meanwhile_is_told_and_not_made_again(admin_client):
    task = make_task()
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url))
    ScheduledTask.objects.all().delete()
    answer = admin_client.post(url, sent, follow=True)
    assert "deleted" in answer.content.decode()
    assert not ScheduledTask.objects.exists()


def test_a_bad_prompt_is_said_at_the_prompt(admin_client):
    sent = a_new_task(admin_client, input_message="{{nonsense}}")
    errors = errors_of(admin_client.post(reverse(ADD), sent))
    assert list(errors) == ["input_message"]
    assert "nonsense" in errors["input_message"]


def test_tags_are_chosen_and_made(admin_client):
    old = Tag.objects.create(name="markets")
    sent = a_new_task(admin_client, id="tagged", tags=["markets", " daily "])
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    task = ScheduledTask.objects.get(id="tagged")
    assert [tag.name for tag in task.tags.all()] == ["daily", "markets"]
    assert old in task.tags.all()
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url)) | {"tags": []}
    assert admin_client.post(url, sent).status_code == 302
    assert not task.tags.exists()


def test_a_tag_that_is_too_long_is_said_at_the_tags_and_none_is_made(admin_client):
    sent = a_new_task(admin_client, tags=["fine", "x" * 51])
    assert list(errors_of(admin_client.post(reverse(ADD), sent))) == ["tags"]
    assert not Tag.objects.exists()


def test_a_target_user_is_shown_by_name_and_stored_by_key(admin_client):
    reader = make_user(username="reader")
    sent = a_new_task(admin_client, id="told", target_user_id=str(reader.pk))
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    task = ScheduledTask.objects.get(id="told")
    assert task.target_user_id == str(reader.pk)
    page = admin_client.get(reverse(CHANGE, args=[task.pk])).content.decode()
    assert ">reader</option>" in page


def test_a_target_that_is_no_user_here_is_kept_and_shown(admin_client):
    task = make_task(target_user_id="crm-77")
    url = reverse(CHANGE, args=[task.pk])
    answer = admin_client.get(url)
    assert "crm-77 (no user of this installation)" in answer.content.decode()
    assert admin_client.post(url, form_of(answer)).status_code == 302
    task.refresh_from_db()
    assert task.target_user_id == "crm-77"


def test_every_variable_of_a_prompt_is_offered_and_explained(admin_client):
    assert {name for name, _meaning in VARIABLES} == {*KNOWN_VARIABLES}
    page = admin_client.get(reverse(ADD)).content.decode()
    for name in KNOWN_VARIABLES:
        assert f'data-insert="{{{{{escape(name)}}}}}"' in page
    assert 'data-insert-into="id_input_message"' in page


def test_every_example_of_a_cron_line_is_one():
    for line, _meaning in CRON_LINES:
        CronPattern.parse(line)


def test_every_type_of_schedule_has_fields_that_show():
    assert {*FIELDS_OF_TYPE} == {*ScheduledTask.Type.values}
    assert {name for names in FIELDS_OF_TYPE.values() for name in names} == {*EMPTY}


def test_weekdays_are_boxes_with_names_in_the_readers_language(admin_client):
    admin_client.cookies["django_language"] = "vi"
    page = admin_client.get(reverse(ADD)).content.decode()
    assert "Thứ 2" in page
    assert 'name="weekdays" value="7"' in page


def test_zones_say_what_they_are_ahead_of_utc_now():
    winter, summer = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
    assert dict(zone_choices(winter))[NEW_YORK] == "America/New_York (UTC-05:00)"
    assert dict(zone_choices(summer))[NEW_YORK] == "America/New_York (UTC-04:00)"
    assert zone_choices(winter)[0] == ("UTC", "UTC")
    assert "localtime" not in dict(zone_choices(winter))


def test_an_existing_task_shows_how_it_does_and_what_is_next(admin_client):
    task = make_task(
        next_run_at=timezone.now() + timedelta(hours=2),
        last_status="succeeded",
        last_run_at=timezone.now(),
        run_count=12,
        failure_count=3,
    )
    run = make_run(task, status="succeeded", finished_at=timezone.now())
    page = admin_client.get(reverse(CHANGE, args=[task.pk])).content.decode()
    assert reverse("admin:scheduling_run_change", args=[run.pk]) in page
    assert f"?task__id__exact={task.pk}" in page
    assert "every day at 07:00" in page
    assert "3 failed" in page


def test_an_active_task_that_will_not_run_again_is_finished(admin_client):
    over, now = datetime(2020, 1, 1, tzinfo=UTC), timezone.now()
    task = make_task(schedule_type="once", run_at=over, schedule_time=None)
    assert state_of(task, now) == State.FINISHED
    for state in State:
        found = ScheduledTask.objects.filter(in_state(state, now))
        assert found.exists() is (state == State.FINISHED)
    page = admin_client.get(reverse(CHANGE, args=[task.pk])).content.decode()
    assert "Finished" in page


def test_why_a_task_was_set_aside_is_told_on_its_page(admin_client):
    task = make_task(schedule_error="<b>the zone is gone</b>")
    page = admin_client.get(reverse(CHANGE, args=[task.pk])).content.decode()
    assert "&lt;b&gt;the zone is gone" in page
    assert "Set aside" in page


def test_a_viewer_reads_everything_in_words_and_changes_nothing(viewer):
    reader = make_user(username="reader")
    task = make_task(
        schedule_type="weekly", weekdays=[1, 5], target_user_id=str(reader.pk),
        input_message="<i>Report</i>",
    )  # fmt: skip
    make_webhook(task, url="https://example.com/T0PSECRET")
    url = reverse(CHANGE, args=[task.pk])
    page = viewer.get(url).content.decode()
    assert "every Monday and Friday at 07:00" in page
    assert "Weekly" in page
    assert "reader" in page
    assert "&lt;i&gt;Report" in page
    assert "T0PSECRET" not in page
    assert 'name="name"' not in page
    assert viewer.post(url, {"name": "x"}).status_code == 403


def test_the_page_asks_a_constant_number_of_questions(
    admin_client, django_assert_max_num_queries
):
    task = make_task(owner=make_user(), target_user_id="1")
    for number in range(40):
        Tag.objects.create(name=f"tag {number}")
        make_user()
    task.tags.set(Tag.objects.all()[:15])
    with django_assert_max_num_queries(33):
        admin_client.get(reverse(CHANGE, args=[task.pk]))


# -- limits, calendars, policies, parents


ADDED = {
    "max_runs": "5", "first_run": "at_once", "jitter_seconds_0": "10", "jitter_seconds_1": "60",
    "excluded_dates": "2027-12-25, 2027-01-01", "on_closed_day": "shift", "overlap": "replace",
    "catch_up": "all", "catch_up_window_seconds_0": "2", "catch_up_window_seconds_1": "86400",
    "catch_up_cap": "3", "catch_up_spread_seconds_0": "5", "catch_up_spread_seconds_1": "60",
    "grace_seconds_0": "10", "grace_seconds_1": "60", "expected_seconds_0": "1",
    "expected_seconds_1": "3600", "pause_after_failures": "4",
}  # fmt: skip


def test_limits_and_policies_are_typed_as_people_say_them(admin_client):
    calendar = Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])
    sent = a_new_task(admin_client, **ADDED, calendar="work")
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    task = ScheduledTask.objects.get()
    assert (task.max_runs, task.first_run, task.jitter_seconds) == (5, "at_once", 600)
    assert task.excluded_dates == ["2027-01-01", "2027-12-25"]
    assert (task.calendar, task.on_closed_day) == (calendar, "shift")
    assert (task.overlap, task.catch_up, task.catch_up_cap) == ("replace", "all", 3)
    lengths = (task.catch_up_window_seconds, task.catch_up_spread_seconds)
    assert lengths == (172_800, 300)
    assert (task.grace_seconds, task.expected_seconds) == (600, 3600)
    assert task.pause_after_failures == 4


def test_a_form_that_is_saved_untouched_changes_none_of_them(admin_client):
    Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])
    sent = a_new_task(admin_client, **ADDED, calendar="work")
    admin_client.post(reverse(ADD), sent)
    names = [*ScheduledTask.SCHEDULE_FIELDS, *LIMITS]
    before = ScheduledTask.objects.values(*names).get()
    url = reverse(CHANGE, args=["morning-report"])
    again = form_of(admin_client.get(url))
    assert admin_client.post(url, again).status_code == 302
    assert ScheduledTask.objects.values(*names).get() == before


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("max_runs", "0", "1"),
        ("jitter_seconds_0", "1441", "24 hours"),
        ("excluded_dates", "2027-02-30", "“2027-02-30”"),
        ("grace_seconds_0", "10081", "7 days"),
        ("catch_up_cap", "1001", "1000"),
        ("pause_after_failures", "0", "1"),
        ("calendar", "gone", "valid"),
    ],
)
def test_a_number_beyond_its_limits_is_said_once_at_its_field(
    admin_client, field, value, said
):
    errors = errors_of(admin_client.post(reverse(ADD), a_new_task(admin_client, **ADDED | {field: value})))  # fmt: skip
    assert list(errors) == [field.removesuffix("_0")]
    assert said in errors[field.removesuffix("_0")]


def test_a_task_without_a_schedule_of_its_own_needs_nothing_more(admin_client):
    sent = a_new_task(admin_client, **written("none"))
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    task = ScheduledTask.objects.get()
    assert (task.next_run_at, state_of(task, timezone.now())) == (None, State.ACTIVE)


def test_the_preview_strikes_closed_days_out_and_says_why(admin_client):
    sent = written("daily", schedule_time="07:00")
    tomorrow = timezone.now().astimezone(ZoneInfo(HO_CHI_MINH)).date() + timedelta(1)
    sent |= {"excluded_dates": str(tomorrow), "calendar": "", "jitter_seconds_0": ""}
    page = admin_client.post(reverse(PREVIEW), sent).content.decode()
    assert "<s><time" in page
    assert "closed: among the excluded dates" in page


def rows_of(*parents: Any, initial: int = 0) -> dict[str, Any]:
    """The rows of the tasks before it, as a browser sends new ones."""
    sent: dict[str, Any] = {"dependencies-TOTAL_FORMS": initial + len(parents)}
    for number, parent in enumerate(parents, start=initial):
        sent[f"dependencies-{number}-parent"] = parent.pk
        sent[f"dependencies-{number}-when"] = "finished"
    return sent


def test_a_task_can_run_after_others(admin_client):
    first, second = make_task(id="first"), make_task(id="second")
    sent = a_new_task(admin_client) | rows_of(first, second)
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    task = ScheduledTask.objects.get(id="morning-report")
    found = task.dependencies.values_list("parent_id", "when")
    assert sorted(found) == [("first", "finished"), ("second", "finished")]
    url = reverse(CHANGE, args=[task.pk])
    sent = form_of(admin_client.get(url)) | {"dependencies-0-DELETE": "on"}
    assert admin_client.post(url, sent).status_code == 302
    assert task.dependencies.count() == 1


def test_a_circle_is_refused_and_nothing_is_saved(admin_client):
    first = make_task(id="first", name="First")
    second = make_task(id="second")
    second.dependencies.create(parent=first)
    url = reverse(CHANGE, args=["first"])
    sent = form_of(admin_client.get(url)) | rows_of(second) | {"name": "Changed"}
    answer = admin_client.post(url, sent)
    assert "second" in errors_of(answer)["__all__"]
    first.refresh_from_db()
    assert (first.name, first.dependencies.count()) == ("First", 0)


def test_a_copy_starts_with_the_tasks_before_it(admin_client):
    task = make_task(id="report", max_runs=3)
    task.dependencies.create(parent=make_task(id="first"), when="failed")
    sent = form_of(admin_client.get(f"{reverse(ADD)}?clone=report"))
    assert sent["max_runs"] == 3
    assert (sent["dependencies-0-parent"], sent["dependencies-0-when"]) == ("first", "failed")  # fmt: skip
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    assert ScheduledTask.objects.get(id="report-copy").dependencies.count() == 1
