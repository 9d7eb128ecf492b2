"""`/v2/admin/blackouts/`, `…/pause-all`, `…/resume-all`, and `/v2/admin/events/`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.models import Blackout
from tests.factories import make_blackout, make_event, make_member, make_task, make_user
from tests.scheduling.api.conftest import client_of

pytestmark = pytest.mark.django_db
BLACKOUTS = "/v2/admin/blackouts/"
PAUSE, RESUME = "/v2/admin/pause-all", "/v2/admin/resume-all"
EVENTS = "/v2/admin/events/"


@pytest.fixture
def editor():
    return client_of(make_member("editors", username="lan"))


# -- windows


def test_a_window_is_made_shown_changed_and_deleted(editor):
    answer = editor.post(
        BLACKOUTS,
        {
            "name": "Nights",
            "starts_at": "2035-01-01T00:00:00Z",
            "weekdays": [5],
            "from_time": "22:00",
            "until_time": "06:00",
            "timezone": "UTC",
        },
        format="json",
    )
    assert answer.status_code == 201
    path = answer["Location"]
    assert editor.get(path).json() | {"id": 0, "created_at": ""} == {
        "id": 0,
        "name": "Nights",
        "note": "",
        "starts_at": "2035-01-01T00:00:00Z",
        "ends_at": None,
        "weekdays": [5],
        "from_time": "22:00",
        "until_time": "06:00",
        "timezone": "UTC",
        "is_on": False,
        "created_at": "",
        "created_by": "lan",
        "lifted_at": None,
    }
    changed = editor.patch(path, {"note": "Quiet"}, format="json")
    assert (changed.status_code, changed.json()["note"]) == (200, "Quiet")
    assert [each["note"] for each in editor.get(BLACKOUTS).json()["results"]] == ["Quiet"]  # fmt: skip
    assert editor.delete(path).status_code == 204
    assert not Blackout.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "x", "ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"name": "x", "from_time": "22:00"}, "until_time"),
        ({"name": "x", "from_time": "25:00", "until_time": "1:00"}, "from_time"),
        ({"name": "x", "weekdays": [8]}, "weekdays[0]"),
        ({"name": "x", "timezone": "Nowhere/Land"}, "timezone"),
        ({"name": "x\0"}, "name"),
        ({"name": "x", "until": None}, "until"),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_the_field(editor, body, field):
    answer = editor.post(BLACKOUTS, body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_window_that_has_begun_is_ended_and_shown(editor):
    made = make_blackout()
    answer = editor.delete(f"{BLACKOUTS}{made.pk}/")
    assert answer.status_code == 200
    assert answer.json()["lifted_at"] is not None


def test_a_window_that_is_over_is_a_conflict(editor):
    over = make_blackout(ends_at=timezone.now() - timedelta(seconds=1))
    path = f"{BLACKOUTS}{over.pk}/"
    assert editor.patch(path, {"note": "x"}, format="json").status_code == 409
    assert editor.delete(path).status_code == 409


# -- the switch


def test_everything_is_paused_and_resumed(editor):
    paused = editor.post(PAUSE, {"note": "Moving"}, format="json")
    assert paused.status_code == 201
    assert (paused.json()["note"], paused.json()["is_on"]) == ("Moving", True)
    assert editor.post(PAUSE).status_code == 409
    resumed = editor.post(RESUME)
    assert resumed.status_code == 200
    assert [each["id"] for each in resumed.json()["ended"]] == [paused.json()["id"]]
    assert resumed.json()["still_on"] is None
    assert editor.post(RESUME).status_code == 409


def test_a_pause_that_ends_in_the_past_is_refused(editor):
    answer = editor.post(PAUSE, {"until": "2020-01-01T00:00:00Z"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["until"])


def test_resuming_names_the_window_that_is_still_on(editor):
    make_blackout(name="Night", from_time="00:00", until_time="00:00")
    editor.post(PAUSE)
    assert editor.post(RESUME).json()["still_on"] == "Night"
    assert "Night comes again by itself" in editor.post(RESUME).json()["detail"]


# -- events


def test_staff_see_all_events_newest_first(editor):
    task, now = make_task(id="report", name="Report"), timezone.now()
    make_event(task, at=now - timedelta(minutes=1), note="Nothing started.", slot=now)
    make_event(at=now, kind="beat_silent")
    first, second = editor.get(EVENTS).json()["results"]
    assert (first["kind"], first["task_id"]) == ("beat_silent", None)
    assert (second["kind"], second["task_id"], second["task_name"]) == ("late", "report", "Report")  # fmt: skip
    assert second["note"] == "Nothing started."
    assert second["data"] == {}


def test_others_see_the_events_of_their_own_tasks():
    mine = make_user()
    make_event(make_task(id="own", owner=mine))
    make_event(make_task(id="target", target_user_id=str(mine.pk)))
    make_event(make_task(id="another"))
    make_event()
    shown = client_of(mine).get(EVENTS).json()["results"]
    assert [each["task_id"] for each in shown] == ["target", "own"]


def test_events_are_narrowed_by_kind_task_and_time(editor):
    now = timezone.now()
    make_event(make_task(id="a"), kind="late", at=now - timedelta(days=2))
    make_event(make_task(id="b"), kind="missed", at=now)

    def found(**query):
        return [each["task_id"] for each in editor.get(EVENTS, query).json()["results"]]

    assert found(kind="missed") == ["b"]
    assert found(task_id="a") == ["a"]
    assert found(since=(now - timedelta(days=1)).isoformat()) == ["b"]
    assert editor.get(EVENTS, {"kind": "odd"}).status_code == 400


def test_events_are_paged_by_cursor(editor, django_assert_max_num_queries):
    for number in range(5):
        make_event(make_task(id=f"t{number}"))
    with django_assert_max_num_queries(6):
        page = editor.get(EVENTS, {"limit": 3}).json()
    rest = editor.get(page["next"]).json()
    assert len(page["results"]) == 3
    assert len(rest["results"]) == 2


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])  # fmt: skip
@pytest.mark.parametrize("asked", [EVENTS + "?since=", "/v2/admin/runs/?created_from="])
def test_a_bound_that_no_database_can_compare_is_refused(editor, asked, since):
    answer = editor.get(asked + since.replace("+", "%2B"))
    assert answer.status_code == 400
    assert asked.partition("?")[2].strip("=") in str(answer.json())
