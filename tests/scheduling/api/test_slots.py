"""`…/slots`: what happened to the 07:00 of Tuesday."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.factories import make_run, make_task, make_user
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db
PATH = f"{TASKS}report/slots"
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 7, tzinfo=SAIGON)


@pytest.fixture
def task(person):
    next_slot = datetime(2030, 1, 1, 7, tzinfo=SAIGON)
    return make_task(id="report", owner=person, created_at=at(1), next_run_at=next_slot)


@pytest.fixture
def skipped(task):
    return make_run(task, trigger="schedule", scheduled_for=at(17), status="skipped", skip_reason="overlap", finished_at=at(17))  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        "2026-11-17T07:00", "2026-11-17 07:00", "2026-11-17T07:00:00", "2026-11-17T00:00Z",
        "2026-11-17T07:00%2B07:00", "2026-11-17T07:00+07:00",
    ],
)  # fmt: skip
def test_one_moment_is_answered_in_words_and_with_its_runs(as_person, skipped, asked):
    body = as_person.get(f"{PATH}?at={asked}").json()
    (answer,) = body["results"]
    assert (body["timezone"], body["next_from"]) == ("Asia/Ho_Chi_Minh", None)
    assert (answer["slot"], answer["kind"]) == ("2026-11-17T07:00:00+07:00", "skipped")
    assert answer["words"] == "It was skipped: A run was still under way."
    assert answer["runs"][0]["run_id"] == str(skipped.id)


def test_the_words_are_in_the_language_that_the_client_accepts(as_person, skipped):
    answer = as_person.get(f"{PATH}?at=2026-11-17T07:00", headers={"Accept-Language": "vi"})  # fmt: skip
    assert answer.status_code == 200


def test_a_range_is_paged_by_its_next_moment(as_person, task, skipped):
    body = as_person.get(f"{PATH}?from=2026-11-15&until=2026-11-19&limit=2").json()
    assert [each["slot"][8:10] for each in body["results"]] == ["15", "16"]
    following = as_person.get(PATH, {"from": body["next_from"], "until": "2026-11-19"})
    rest = following.json()
    assert [each["kind"] for each in rest["results"]] == ["skipped", "unknown", "unknown"]  # fmt: skip
    assert rest["next_from"] is None


def test_without_a_question_the_last_day_is_told(as_person, task):
    assert as_person.get(PATH).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("at=soon", "at"),
        ("at=%00", "at"),
        ("from=2026-11-19&until=2026-11-15", "until"),
        ("from=10000-01-01", "from"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
    ],
)
def test_what_is_wrong_is_told_by_parameter(as_person, task, query, field):
    answer = as_person.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_target_sees_no_runs_that_were_for_somebody_else(task, skipped):
    target = make_user()
    task.target_user_id = str(target.pk)
    task.save()
    (answer,) = client_of(target).get(f"{PATH}?at=2026-11-17T07:00").json()["results"]
    assert (answer["kind"], answer["runs"]) == ("skipped", [])


def test_a_stranger_is_told_nothing(task):
    assert client_of(make_user()).get(PATH).status_code == 404
