"""What changed since the run before, and whom its result was not sent to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_run, make_task, make_webhook
from tests.scheduling.trees import end_run

pytestmark = pytest.mark.django_db
RUNS = "/v2/admin/runs/"


@pytest.fixture
def task():
    return make_task(id="report")


def ended(task, output, **fields):
    return end_run(make_run(task), output=output, **fields)


def diff_of(client, run):
    return client.get(f"{RUNS}{run.id}/diff").json()


def test_a_run_is_compared_with_the_last_that_succeeded(as_staff, task):
    first, _failed, second = ended(task, "a"), end_run(make_run(task), "failed"), ended(task, "b")  # fmt: skip
    assert diff_of(as_staff, first) == {"compared_with": None, "changed": None, "diff": ""}  # fmt: skip
    assert diff_of(as_staff, second) == {
        "compared_with": str(first.id),
        "changed": True,
        "diff": "- a\n+ b",
    }


def test_what_has_not_changed_says_so(as_staff, task):
    ended(task, "a")
    assert diff_of(as_staff, ended(task, "a"))["changed"] is False


def test_an_agent_that_compares_by_itself_is_quoted(as_staff, task):
    ended(task, "Now watching.")
    run = ended(task, "No change.", metadata={"changed": False})
    assert diff_of(as_staff, run) == {"compared_with": None, "changed": False, "diff": ""}  # fmt: skip


def test_nobody_sees_what_waits_for_approval_or_an_older_run_for_somebody_else(
    as_person, person
):
    task = make_task(needs_approval=True, target_user_id=str(person.pk))
    now = timezone.now()
    done = {"status": "succeeded", "finished_at": now}
    make_run(task, user_id="other", output="a", created_at=now - timedelta(hours=2), **done)  # fmt: skip
    waiting = make_run(task, output="b", approval="waiting", **done)
    assert diff_of(as_person, waiting)["compared_with"] is None
    told = make_run(task, output="c", approval="approved", **done)
    assert diff_of(as_person, told)["compared_with"] is None


def test_a_webhook_that_was_not_told_is_listed_with_the_reason(as_staff, task):
    hook = make_webhook(task, name="changes", notify_on="change")
    ended(task, "a")
    run = ended(task, "a")
    assert as_staff.get(f"{RUNS}{run.id}/").json()["not_told"] == [
        {
            "webhook_id": hook.pk,
            "name": "changes",
            "why": "unchanged",
            "reason": "the output has not changed",
        }
    ]
