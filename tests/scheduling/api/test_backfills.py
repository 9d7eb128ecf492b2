"""`…/backfills`: asking for slots of the past, their progress, and cancelling."""

from __future__ import annotations

import pytest

from scheduling.models import Backfill, Run
from tests.factories import make_member, make_run, make_task, make_user
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db
RANGE = {"from_at": "2026-11-02", "until_at": "2026-11-06T12:00"}
PATH = f"{TASKS}report/backfills"


@pytest.fixture
def task(person):
    return make_task(id="report", owner=person)


def ask(client, **more):
    return client.post(PATH, RANGE | more, format="json")


def test_a_range_is_read_in_the_zone_of_the_task(as_person, task):
    answer = ask(as_person, note="Wrong data.")
    assert answer.status_code == 201
    shown = answer.json()
    assert answer["Location"] == f"/v2/admin/backfills/{shown['id']}/"
    assert shown["from_at"] == "2026-11-01T17:00:00+00:00"
    assert (shown["made"], shown["left_out"], shown["note"]) == (5, 0, "Wrong data.")
    assert shown["progress"] == {"queued": 5, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0, "skipped": 0}  # fmt: skip
    assert as_person.get(answer["Location"]).json()["id"] == shown["id"]


def test_a_date_as_the_end_is_the_whole_day(as_person, task):
    assert ask(as_person, until_at="2026-11-04").json()["made"] == 3


def test_a_dry_run_names_the_slots_and_writes_nothing(as_person, task):
    answer = ask(as_person, dry_run=True, per_minute=60)
    assert answer.status_code == 200
    assert answer.json()["slots"][0] == "2026-11-02T07:00:00+07:00"
    assert len(answer.json()["slots"]) == 5
    assert answer.json()["lasts_seconds"] == 4
    assert not Backfill.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from_at": "soon"}, "from_at"),
        ({"from_at": "\0" * 50}, "from_at"),
        ({"until_at": "0001-01-01T00:00"}, "until_at"),
        ({"until_at": "9999-12-31"}, "until_at"),
        ({"until_at": "2999-01-01"}, "until_at"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": "many"}, "per_minute"),
        ({"slots": 5}, "slots"),
    ],
)
def test_what_is_wrong_is_told_by_field(as_person, task, wrong, field):
    answer = ask(as_person, **wrong)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Backfill.objects.exists()


def test_an_agent_that_is_off_is_a_conflict(as_person, task):
    task.agent.active = False
    task.agent.save()
    assert ask(as_person).status_code == 409


def test_the_list_shows_each_with_its_progress_in_a_constant_number_of_queries(
    as_person, task, django_assert_max_num_queries
):
    first = ask(as_person, until_at="2026-11-03").json()
    second = ask(as_person).json()
    with django_assert_max_num_queries(3):
        rows = as_person.get(PATH).json()["results"]
    assert [row["id"] for row in rows] == [second["id"], first["id"]]
    assert [row["progress"]["queued"] for row in rows] == [3, 2]


def test_cancelling_answers_with_the_progress_and_once(as_person, task):
    path = ask(as_person)["Location"]
    answer = as_person.post(f"{path}cancel")
    assert answer.status_code == 202
    assert answer.json()["progress"]["cancelled"] == 5
    assert answer.json()["is_over"] is True
    assert as_person.post(f"{path}cancel").status_code == 409


def test_a_target_sees_the_backfills_and_makes_none(task, person):
    target = make_user()
    task.target_user_id = str(target.pk)
    task.save()
    path = ask(client_of(person))["Location"]
    assert client_of(target).get(path).status_code == 200
    assert ask(client_of(target)).status_code == 403
    assert client_of(target).post(f"{path}cancel").status_code == 403
    assert Run.objects.filter(status="queued").count() == 5


def test_a_stranger_does_not_see_a_backfill(task, person):
    path = ask(client_of(person))["Location"]
    assert client_of(make_user()).get(path).status_code == 404


def test_a_backfill_of_a_deleted_task_is_for_staff(as_person, as_staff, task):
    path = ask(as_person)["Location"]
    task.delete()
    assert as_person.get(path).status_code == 404
    assert as_staff.get(path).json()["task_name"] == "Morning report"


def test_an_operator_backfills_any_task_and_a_viewer_looks(task):
    assert ask(client_of(make_member("operators"))).status_code == 201
    viewer = client_of(make_member("viewers"))
    assert viewer.get(PATH).status_code == 200
    assert ask(viewer).status_code == 403


def test_the_slot_of_a_failed_run_is_run_later(as_person, task):
    make_run(
        task, trigger="schedule", scheduled_for="2026-11-02T00:00Z", status="failed",
        failure_reason="error", finished_at="2026-11-02T00:01Z",
    )  # fmt: skip
    assert ask(as_person, until_at="2026-11-02").json()["made"] == 1
