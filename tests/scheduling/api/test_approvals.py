"""Approving outputs over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from notifications.models import Delivery
from scheduling.models import Run
from tests.factories import make_approval, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
RUNS = "/v2/admin/runs/"
OPEN = "/v2/admin/approvals/"


@pytest.fixture
def asked():
    """An output that waits, of a task with an owner and a target who is somebody else."""
    task = make_task(
        owner=make_user(), target_user_id=str(make_user().pk), needs_approval=True
    )
    make_webhook(task)
    return make_approval(task)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def of_owner(approval):
    return client_of(approval.run.task.owner)


def of_target(approval):
    from django.contrib.auth.models import User

    return client_of(User.objects.get(pk=approval.run.user_id))


def post(client, approval, verb, **body):
    return client.post(
        f"{RUNS}{approval.run_id}/{verb}", body, content_type="application/json"
    )


def test_the_open_ones_are_listed(as_staff, asked):
    make_approval(approval="approved", decided_at=asked.asked_at)
    (row,) = as_staff.get(OPEN).json()["results"]
    assert row["run_id"] == str(asked.run_id)
    assert (row["output"], row["output_truncated"], row["on_expiry"]) == (
        "Draft.",
        False,
        "reject",
    )


def test_the_list_takes_a_constant_number_of_queries(
    as_staff, asked, django_assert_num_queries
):
    make_approval()
    as_staff.get(OPEN)
    with django_assert_num_queries(1):
        assert len(as_staff.get(OPEN).json()["results"]) == 2


def test_the_owner_approves_with_an_edit(asked):
    answer = post(of_owner(asked), asked, "approve", output="Final.", note="better")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["approval"], body["output"]) == ("approved", "Final.")
    record = body["approval_record"]
    assert (record["original_output"], record["was_edited"], record["note"]) == (
        "Draft.",
        True,
        "better",
    )
    assert record["decided_by"] == asked.run.task.owner.username
    assert Delivery.objects.get().payload["content"] == "Final."


def test_a_rejection_tells_nobody(as_staff, asked):
    body = post(as_staff, asked, "reject", note="no").json()
    assert (body["approval"], body["approval_record"]["note"]) == ("rejected", "no")
    assert not Delivery.objects.exists()
    assert as_staff.get(OPEN).json()["results"] == []


def test_a_second_decision_is_a_conflict(as_staff, asked):
    post(as_staff, asked, "approve")
    answer = post(as_staff, asked, "reject")
    assert answer.status_code == 409
    assert "not any more" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("approve", {"outptu": "x"}, "outptu"),
        ("reject", {"output": "x"}, "output"),
        ("approve", {"note": "x" * 2001}, "note"),
    ],
)
def test_what_is_wrong_is_refused_by_name(as_staff, asked, verb, body, field):
    answer = post(as_staff, asked, verb, **body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}
    asked.run.refresh_from_db()
    assert asked.run.approval == "waiting"


def test_the_target_neither_decides_nor_sees_it_before(asked):
    client = of_target(asked)
    assert post(client, asked, "approve").status_code == 403
    assert client.get(OPEN).json()["results"] == []
    url = f"{RUNS}{asked.run_id}/"
    hidden = client.get(url).json()
    assert (hidden["output"], hidden["output_data"], hidden["approval_record"]) == (
        "",
        None,
        None,
    )
    assert client.get(RUNS).json()["results"][0]["output"] == ""
    post(of_owner(asked), asked, "approve")
    assert client.get(url).json()["output"] == "Draft."


def test_the_owner_sees_what_waits(asked):
    client = of_owner(asked)
    assert client.get(f"{RUNS}{asked.run_id}/").json()["output"] == "Draft."
    assert client.get(RUNS).json()["results"][0]["output"] == "Draft."
    assert len(client.get(OPEN).json()["results"]) == 1


def test_a_run_that_was_never_asked_about_cannot_be_approved(as_staff, asked):
    Run.objects.filter(id=asked.run_id).update(approval="")
    assert post(as_staff, asked, "approve").status_code == 409
