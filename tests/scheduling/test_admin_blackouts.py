"""The banner of every page, the switch that pauses everything, and the windows' own pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import services, standing
from scheduling.models import Blackout, Event
from tests.factories import (
    make_blackout,
    make_event,
    make_member,
    make_run,
    make_task,
    make_user,
)
from tests.scheduling.test_pulse import BEAT, make_process

pytestmark = pytest.mark.django_db
LIST = reverse("admin:scheduling_blackout_changelist")
ADD = reverse("admin:scheduling_blackout_add")
PAUSE = reverse("admin:scheduling_blackout_pause_all")
RESUME = reverse("admin:scheduling_blackout_resume_all")
RUNS = reverse("admin:scheduling_run_changelist")


def text(client: Client, path: str = RUNS) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def as_member(group: str) -> Client:
    client = Client()
    client.force_login(make_member(group))
    return client


def page_of(blackout: Blackout) -> str:
    return reverse("admin:scheduling_blackout_change", args=[blackout.pk])


def fields(**more: str) -> dict[str, str]:
    return {"name": "Night", "timezone": "UTC", "starts_at": "2035-01-01T00:00"} | more  # fmt: skip


# -- the banner


def test_every_page_says_it_when_no_beat_is_alive(admin_client):
    assert "No beat is alive: nothing fires." in text(admin_client)
    make_process("beat@a", kind=BEAT, seen_at=timezone.now() - timedelta(minutes=9))
    said = text(admin_client)
    assert "Beat is silent, nothing fires. Last heard of:" in said
    assert "9 minutes ago" in said


def test_no_page_says_it_while_a_beat_lives(admin_client):
    make_process("beat@a", kind=BEAT)
    assert "bb-standing" not in text(admin_client)


def test_the_first_page_says_it_once(admin_client):
    said = text(admin_client, reverse("admin:index"))
    assert said.count("No beat is alive") == 1


@pytest.mark.parametrize("path", [RUNS, LIST, reverse("admin:index"), reverse("admin:auth_user_changelist")])  # fmt: skip
def test_every_page_says_who_paused_everything_why_and_until_when(admin_client, path):
    until = datetime(2035, 6, 15, 12, tzinfo=UTC)
    services.pause_all(make_user(username="lan"), note="Moving <b>house</b>", until=until)  # fmt: skip
    said = text(admin_client, path)
    assert "Everything is paused: no slot fires." in said
    assert "Moving &lt;b&gt;house&lt;/b&gt;" in said
    assert "lan · since" in said
    assert f"until {until:%Y-%m-%d}" in said


def test_the_button_in_the_banner_is_for_who_may_press_it():
    services.pause_all(None)
    assert "Resume everything" in text(as_member("operators"))
    viewer = text(as_member("viewers"))
    assert "Everything is paused: no slot fires." in viewer
    assert "Resume everything" not in viewer


def test_a_recurring_window_is_not_lifted_by_the_banner_but_opened(admin_client):
    night = make_blackout(from_time="00:00", until_time="00:00")
    said = text(admin_client)
    assert "Resume everything" not in said
    assert page_of(night) in said


def test_pages_within_some_seconds_ask_the_database_once(monkeypatch, django_assert_num_queries):  # fmt: skip
    monkeypatch.setattr(standing, "KEPT_SECONDS", 60.0)
    standing.forget()
    first = standing.standing()
    with django_assert_num_queries(0):
        assert standing.standing() is first
    standing.forget()
    assert standing.standing() is not first
    standing.forget()


# -- the switch


def test_everything_is_paused_after_a_question(admin_client):
    assert "Pause everything…" in text(admin_client, reverse("admin:index"))
    assert "Pause everything…" in text(
        admin_client, reverse("admin:scheduling_process_changelist")
    )
    asked = text(admin_client, f"{PAUSE}?next={RUNS}")
    assert "Pause everything?" in asked
    assert not Blackout.objects.exists()
    answer = admin_client.post(PAUSE, {"note": "Moving", "next": RUNS})
    assert answer["Location"] == RUNS
    made = Blackout.objects.get()
    assert (made.note, made.ends_at) == ("Moving", None)
    assert made.created_by.username == "admin"
    assert LogEntry.objects.get().get_change_message() == "Paused everything."


def test_a_pause_of_everything_has_an_end_if_one_is_given(admin_client):
    admin_client.post(PAUSE, {"until": "2035-01-01T07:00", "zone": "Asia/Tokyo"})
    assert Blackout.objects.get().ends_at == datetime(2034, 12, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"until": "2001-01-01T07:00"}, "must be later than"),
        ({"until": "soon"}, "is no date and time"),
    ],
)
def test_an_end_that_cannot_be_is_said_at_the_field(admin_client, given, said):
    answer = admin_client.post(PAUSE, given)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Blackout.objects.exists()


def test_pausing_twice_says_that_it_is_paused_already(admin_client):
    services.pause_all(None)
    answer = admin_client.post(PAUSE, {})
    assert answer.status_code == 400
    assert "Everything is paused already" in answer.content.decode()


def test_resuming_leads_back_and_lets_slots_fire(admin_client):
    services.pause_all(None)
    answer = admin_client.post(RESUME, {"next": RUNS}, follow=True)
    assert "Slots fire again." in answer.content.decode()
    assert Blackout.objects.get().lifted_by.username == "admin"


def test_resuming_what_is_not_paused_says_so(admin_client):
    answer = admin_client.post(RESUME, follow=True)
    assert "Nothing is paused." in answer.content.decode()


def test_resuming_names_the_window_that_is_still_on(admin_client):
    make_blackout(name="Night", from_time="00:00", until_time="00:00")
    services.pause_all(None)
    answer = admin_client.post(RESUME, follow=True)
    assert "“Night” is on" in answer.content.decode()


def test_the_switch_leads_to_no_other_site(admin_client):
    answer = admin_client.post(PAUSE, {"next": "https://example.com/"})
    assert answer["Location"] == reverse("admin:index")


def test_resuming_by_a_link_is_refused(admin_client):
    services.pause_all(None)
    assert admin_client.get(RESUME).status_code == 405


# -- the windows


def test_a_window_is_planned(admin_client):
    answer = admin_client.post(
        ADD, fields(weekdays=["1", "5"], from_time="22:00", until_time="6:30")
    )
    assert answer.status_code == 302
    made = Blackout.objects.get()
    assert (made.weekdays, f"{made.until_time:%H:%M}") == ([1, 5], "06:30")
    said = text(admin_client, LIST)
    assert "Mon, Fri 22:00–06:30" in said
    assert "To come" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ends_at": "2034-01-01T00:00"}, "must be later than"),
        ({"ends_at": "soon"}, "is no date and time"),
        ({"from_time": "22:00"}, "Give both times of day, or none."),
        ({"weekdays": "1"}, "Say from and until when on these days."),
        ({"timezone": "Nowhere/Land"}, "expected an IANA name"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(admin_client, more, said):
    answer = admin_client.post(ADD, fields(**more))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Blackout.objects.exists()


def test_the_times_of_a_window_are_those_of_its_zone(admin_client):
    admin_client.post(ADD, fields(timezone="Asia/Tokyo", ends_at="2035-02-01T12:00"))
    made = Blackout.objects.get()
    assert made.starts_at == datetime(2034, 12, 31, 15, tzinfo=UTC)
    assert made.ends_at == datetime(2035, 2, 1, 3, tzinfo=UTC)
    assert 'value="2035-02-01T12:00"' in text(admin_client, page_of(made))


def test_a_window_without_a_beginning_begins_now(admin_client):
    before = timezone.now()
    admin_client.post(ADD, fields(starts_at=""))
    assert before <= Blackout.objects.get().starts_at <= timezone.now()


def test_a_window_that_has_begun_is_ended_by_deleting_it(admin_client):
    made = make_blackout()
    path = reverse("admin:scheduling_blackout_delete", args=[made.pk])
    answer = admin_client.post(path, {"post": "yes"}, follow=True)
    assert "it was ended and is kept as history" in answer.content.decode()
    made.refresh_from_db()
    assert made.lifted_by.username == "admin"


def test_a_window_that_is_over_is_history(admin_client):
    over = make_blackout(
        starts_at=timezone.now() - timedelta(days=2),
        ends_at=timezone.now() - timedelta(days=1),
    )
    assert 'name="_save"' not in text(admin_client, page_of(over))
    assert admin_client.post(page_of(over), fields()).status_code == 403
    assert "Over" in text(admin_client, LIST)


def test_the_beginning_of_a_window_that_is_on_is_only_shown(admin_client):
    made = make_blackout()
    assert 'name="starts_at"' not in text(admin_client, page_of(made))
    answer = admin_client.post(page_of(made), {"name": "Tết", "note": "x", "timezone": "UTC"})  # fmt: skip
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.note == "x"


# -- events


def events_page(client: Client, **filters: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return text(client, f"{reverse('admin:scheduling_event_changelist')}?{query}")


def test_events_are_listed_with_their_task_and_run(admin_client):
    task = make_task(id="report", name="Báo cáo")
    run = make_run(task)
    make_event(task, kind="overdue", run=run, note="It runs <long>.")
    make_event(kind="beat_silent")
    said = events_page(admin_client)
    assert "A run takes longer than expected" in said
    assert "It runs &lt;long&gt;." in said
    assert reverse("admin:scheduling_scheduledtask_change", args=["report"]) in said
    assert reverse("admin:scheduling_run_change", args=[run.pk]) in said
    assert "all tasks" in said


def test_events_can_be_narrowed_to_a_kind_and_a_task(admin_client):
    make_event(make_task(id="one", name="One"), kind="missed", note="Gone by.")
    make_event(make_task(id="two", name="Two"), kind="late", note="Still to start.")
    of_kind = events_page(admin_client, kind__exact="missed")
    assert "Gone by." in of_kind
    assert "Still to start." not in of_kind
    of_task = events_page(admin_client, task__id__exact="two")
    assert "Still to start." in of_task
    assert "Gone by." not in of_task


def test_an_event_has_a_page_and_cannot_be_changed(admin_client):
    event = make_event(make_task(), note="Nothing started.", data={"runs": 2})
    path = reverse("admin:scheduling_event_change", args=[event.pk])
    assert "Nothing started." in text(admin_client, path)
    assert admin_client.post(path, {"note": "x"}).status_code == 403


def test_an_event_outlives_its_task(admin_client):
    task = make_task(id="gone", name="Gone")
    make_event(task)
    task.delete()
    said = events_page(admin_client)
    assert "Gone" in said
    assert "gone" in said
    assert Event.objects.get().task is None


def test_a_page_of_events_costs_the_same_however_many(admin_client, django_assert_max_num_queries):  # fmt: skip
    for number in range(30):
        make_event(make_task(id=f"t{number}"))
    with django_assert_max_num_queries(20):
        events_page(admin_client)
