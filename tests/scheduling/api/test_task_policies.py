"""Limits, calendars, policies, parents and pauses of a task in the API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduling.models import Calendar, ScheduledTask
from tests.factories import make_task
from tests.scheduling.api.conftest import SAMPLE, TASKS, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]
PATH = f"{TASKS}morning-report-vn/"

ADDED = {
    "cron_seconds": False, "max_runs": 5, "first_run": "at_once", "jitter_seconds": 600,
    "calendar_id": "work", "excluded_dates": ["2027-01-01"], "on_closed_day": "shift",
    "overlap": "queue", "catch_up": "all", "catch_up_window_seconds": 3600, "catch_up_cap": 3,
    "catch_up_spread_seconds": 60, "grace_seconds": 120, "expected_seconds": 900,
    "pause_after_failures": 4,
}  # fmt: skip


@pytest.fixture(autouse=True)
def calendar():
    return Calendar.objects.create(id="work", name="Work", weekdays=[1, 2, 3, 4, 5])


def test_every_field_is_taken_and_shown_as_it_was_given(as_staff):
    shown = as_staff.post(TASKS, SAMPLE | ADDED).json()
    assert {name: shown[name] for name in ADDED} == ADDED
    assert as_staff.put(PATH, shown).status_code == 200
    assert "Work" in shown["schedule_in_words"]
    assert (shown["version"], shown["scheduled_runs"], shown["late_since"]) == (1, 0, None)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_runs", 0), ("jitter_seconds", 86_401), ("calendar_id", "none"), ("overlap", "stop"),
        ("catch_up", "some"), ("catch_up_window_seconds", 0), ("catch_up_cap", 1001),
        ("catch_up_spread_seconds", -1), ("grace_seconds", 0), ("expected_seconds", 604_801),
        ("pause_after_failures", 0), ("first_run", "now"), ("on_closed_day", "run"),
        ("version", "x"),
    ],
)  # fmt: skip
def test_a_value_beyond_its_limits_is_named_and_read_only_ones_are_passed_over(
    as_staff, name, value
):
    answer = as_staff.post(TASKS, SAMPLE | {name: value})
    if name == "version":
        assert answer.status_code == 201
    else:
        assert list(answer.json()["errors"]) == [name]


def test_an_excluded_date_that_is_none_is_named_with_its_place(as_staff):
    body = SAMPLE | {"excluded_dates": ["2027-01-01", "2027-02-30"]}
    assert list(as_staff.post(TASKS, body).json()["errors"]) == ["excluded_dates[1]"]


def test_a_calendar_that_closes_every_slot_is_an_error_of_its_field(as_staff):
    body = {"schedule_type": "weekly", "weekdays": [7], "calendar_id": "work"}
    assert list(as_staff.post(TASKS, SAMPLE | body).json()["errors"]) == ["calendar_id"]


def test_a_patch_of_one_field_leaves_the_others(as_staff):
    as_staff.post(TASKS, SAMPLE | ADDED)
    shown = as_staff.patch(PATH, {"calendar_id": None, "max_runs": None}).json()
    assert {name: shown[name] for name in ADDED} == ADDED | {"calendar_id": None, "max_runs": None}  # fmt: skip


def test_a_task_may_have_no_schedule_of_its_own(as_staff):
    body = {"schedule_type": "none", "schedule_time": None}
    shown = as_staff.post(TASKS, SAMPLE | body).json()
    assert (shown["schedule_type"], shown["next_run_at"]) == ("none", None)


def test_parents_are_set_kept_and_taken_away(as_staff):
    make_task(id="first")
    made = as_staff.post(TASKS, SAMPLE | {"parents": [{"task_id": "first"}]}).json()
    assert made["parents"] == [{"task_id": "first", "when": "succeeded"}]
    assert as_staff.patch(PATH, {"name": "x"}).json()["parents"] == made["parents"]
    assert as_staff.patch(PATH, {"parents": []}).json()["parents"] == []


@pytest.mark.parametrize(
    "parents",
    [[{"task_id": "gone"}], [{"task_id": "first", "when": "late"}], [{"when": "failed"}], [{"task_id": "morning-report-vn"}]],
)  # fmt: skip
def test_parents_that_cannot_be_are_refused_and_nothing_is_written(as_staff, parents):
    make_task(id="first")
    as_staff.post(TASKS, SAMPLE)
    answer = as_staff.patch(PATH, {"name": "x", "parents": parents})
    assert answer.status_code == 400
    assert all(name.startswith("parents") for name in answer.json()["errors"])
    assert as_staff.get(PATH).json()["name"] == SAMPLE["name"]


def test_a_pause_has_a_note_and_an_end_in_the_tasks_zone(as_staff):
    as_staff.post(TASKS, SAMPLE)
    body = {"note": "Tết", "resume_at": "2099-01-31T07:00"}
    shown = as_staff.post(f"{PATH}pause", body).json()
    assert (shown["active"], shown["pause_note"], shown["paused_by"]) == (False, "Tết", "boss")  # fmt: skip
    assert ScheduledTask.objects.get().resume_at == datetime(2099, 1, 31, tzinfo=UTC)
    resumed = as_staff.post(f"{PATH}resume").json()
    assert (resumed["active"], resumed["paused_at"], resumed["resume_at"]) == (True, None, None)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [({"resume_at": "2020-01-01T00:00Z"}, "resume_at"), ({"until": "x"}, "until"), ({"note": "x" * 2001}, "note")],
)  # fmt: skip
def test_a_pause_that_cannot_be_is_refused_at_its_field(as_staff, body, field):
    as_staff.post(TASKS, SAMPLE)
    answer = as_staff.post(f"{PATH}pause", body)
    assert list(answer.json()["errors"]) == [field]
    assert ScheduledTask.objects.get().active


def test_an_owner_pauses_with_a_note_too(person):
    make_task(id="own", owner=person)
    shown = client_of(person).post(f"{TASKS}own/pause", {"note": "Rest"}, format="json")
    assert shown.json()["pause_note"] == "Rest"
