"""What a run does on its way, over the API."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Step
from tests.factories import make_run, make_task, make_user

pytestmark = pytest.mark.django_db
RUNS = "/v2/admin/runs/"


def running(task=None, **fields):
    now = timezone.now()
    given = {
        "status": "running", "attempt": 2, "started_at": now, "lease_token": uuid.uuid4(),
        "lease_expires_at": now + timedelta(minutes=1), "input_tokens": 100, "requests": 1,
        "cost": Decimal("0.5"),
    }  # fmt: skip
    return make_run(task, **(given | fields))


def step(run, number, **fields):
    given = {
        "kind": "tool",
        "name": "fetch_page",
        "attempt": run.attempt,
        "status": "succeeded",
    }
    return Step.objects.create(run=run, number=number, **(given | fields))


def seen(client, run, query=""):
    answer = client.get(f"{RUNS}{run.id}/steps{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_the_steps_come_in_their_order_with_what_was_used(as_staff):
    run = running()
    step(
        run,
        2,
        kind="model",
        name="m",
        input_tokens=10,
        output_tokens=5,
        cost=Decimal("0.25"),
    )
    step(run, 1, text='{"url": "x"}', result="page")
    step(run, 1, attempt=1, kind="progress", name="", text="Hello")
    found = seen(as_staff, run)
    assert [(each["attempt"], each["number"], each["kind"]) for each in found["steps"]] == [
        (1, 1, "progress"), (2, 1, "tool"), (2, 2, "model"),
    ]  # fmt: skip
    assert found["steps"][1]["result"] == "page"
    assert found["usage_so_far"] == {
        "model": "", "requests": 2, "input_tokens": 110, "output_tokens": 5, "tool_calls": 1,
        "cost": "0.75000000",
    }  # fmt: skip


def test_the_cursor_leads_on_and_waits_for_what_goes_on(as_staff):
    run = running()
    step(run, 1)
    going = step(run, 2, status="running")
    step(run, 3)
    found = seen(as_staff, run)
    again = seen(as_staff, run, f"?after={found['next']}")
    assert [each["number"] for each in again["steps"]] == [2, 3]
    Step.objects.filter(id=going.id).update(status="succeeded")
    last = seen(as_staff, run, f"?after={again['next']}")
    assert [each["number"] for each in last["steps"]] == [2, 3]
    end = seen(as_staff, run, f"?after={last['next']}")
    assert (end["steps"], end["next"]) == ([], last["next"])


def test_the_cursor_goes_from_one_try_to_the_next(as_staff):
    run = running()
    step(run, 7, attempt=1)
    step(run, 1)
    first = seen(as_staff, run, "?limit=1")
    assert [each["attempt"] for each in first["steps"]] == [1]
    assert [
        each["attempt"]
        for each in seen(as_staff, run, f"?after={first['next']}")["steps"]
    ] == [2]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "limit=0", "limit=501"])
def test_a_bad_cursor_is_refused_by_name(as_staff, query):
    answer = as_staff.get(f"{RUNS}{running().id}/steps?{query}")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {query.partition("=")[0]}


def test_what_went_on_when_its_worker_died_has_failed(as_staff):
    run = running()
    step(run, 1, attempt=1, status="running")
    step(run, 1, status="running")
    assert [each["status"] for each in seen(as_staff, run)["steps"]] == [
        "failed",
        "running",
    ]


def test_a_run_that_has_ended_says_what_it_took_itself(as_staff):
    run = make_run(status="succeeded", finished_at=timezone.now())
    assert seen(as_staff, run) == {"steps": [], "next": 0, "usage_so_far": None}


def test_who_is_only_told_of_the_result_sees_no_arguments():
    owner, target = make_user(), make_user()
    run = running(make_task(owner=owner, target_user_id=str(target.pk)))
    step(run, 1, text="secret", result="secret")
    step(run, 2, kind="progress", text="Reading")

    def texts(user):
        client = Client()
        client.force_login(user)
        return [(each["text"], each["result"]) for each in seen(client, run)["steps"]]

    assert texts(owner) == [("secret", "secret"), ("Reading", "")]
    assert texts(target) == [("", ""), ("Reading", "")]


def test_the_steps_take_a_constant_number_of_queries(
    as_staff, django_assert_max_num_queries
):
    run = running()
    for number in range(1, 40):
        step(run, number)
    with django_assert_max_num_queries(8):
        seen(as_staff, run)
