"""Outputs that a person is to see before anybody is told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from notifications.models import ChatMessage, ChatSession, Delivery
from scheduling import (
    assembly,
    cycles,
    decisions,
    lifecycle,
    maintenance,
    overlap,
    services,
    settling,
)
from scheduling.exceptions import Conflict
from scheduling.models import Approval, Event, Run, ScheduledTask
from tests.factories import make_run, make_task, make_user, make_webhook
from tests.scheduling.threads import in_thread
from tests.scheduling.trees import begin, end, end_run, make_tree, run_of, statuses

pytestmark = pytest.mark.django_db


def asking(**fields):
    """A task with a webhook and a target user, whose outputs are to be approved."""
    task = make_task(**({"needs_approval": True, "target_user_id": "45"} | fields))
    make_webhook(task)
    return task


def waiting(task=None, **fields):
    """A run that waits for approval."""
    run = make_run(task or asking())
    return end_run(run, **({"output": "Draft."} | fields))


def told():
    return Delivery.objects.count(), ChatSession.objects.count()


# -- holding back


def test_what_succeeded_waits_and_nobody_is_told():
    run = waiting()
    assert (run.status, run.approval) == ("succeeded", "waiting")
    assert told() == (0, 0)
    approval = run.approval_record
    assert (approval.original_output, approval.expires_at, approval.decided_at) == (
        "Draft.",
        None,
        None,
    )
    event = Event.objects.get()
    assert (event.kind, event.task_id, event.run) == ("approval", run.task_id, run)


def test_a_failure_is_told_at_once():
    run = end_run(make_run(asking()), "failed")
    assert run.approval == ""
    assert told() == (1, 1)
    assert not Approval.objects.exists()


def test_a_task_that_asks_for_no_approval_is_told_at_once():
    run = waiting(asking(needs_approval=False))
    assert run.approval == ""
    assert told() == (1, 1)


def test_what_waits_counts_and_keeps_no_slot():
    task = asking(overlap="skip")
    waiting(task)
    task.refresh_from_db()
    assert (task.run_count, task.last_status) == (1, "succeeded")
    assert not overlap.under_way([task.id]).get(task.id)


def test_holding_costs_one_query_when_nothing_is_held(django_assert_num_queries):
    from scheduling import approvals

    runs = [
        make_run(make_task(), status="succeeded", finished_at=timezone.now())
        for _ in range(3)
    ]
    with django_assert_num_queries(1):
        assert approvals.hold(runs, timezone.now()) == set()


# -- deciding


def test_what_is_approved_is_told():
    run, user = waiting(), make_user()
    done = services.approve(run.id, user=user, note=" Good. ")
    assert (done.approval, done.output) == ("approved", "Draft.")
    assert told() == (1, 1)
    assert Delivery.objects.get().payload["content"] == "Draft."
    approval = done.approval_record
    assert (approval.decided_by, approval.note, approval.was_edited) == (
        user,
        "Good.",
        False,
    )
    assert approval.decided_at


def test_what_a_person_made_of_it_arrives_and_the_original_stays():
    run = waiting()
    done = services.approve(run.id, user=make_user(), output="Final.\r\nReally.")
    assert done.output == "Final.\nReally."
    assert Delivery.objects.get().payload["content"] == "Final.\nReally."
    assert "Final." in ChatMessage.objects.get(role="assistant").content
    approval = done.approval_record
    assert (approval.original_output, approval.was_edited) == ("Draft.", True)


def test_the_same_text_is_no_edit():
    done = services.approve(waiting(output="a\nb").id, user=None, output="a\r\nb")
    assert not done.approval_record.was_edited


def test_nobody_is_told_of_what_is_rejected():
    done = services.reject(waiting().id, user=make_user(), note="No.")
    assert (done.approval, done.status) == ("rejected", "succeeded")
    assert told() == (0, 0)
    assert done.approval_record.note == "No."


def test_who_decides_second_is_told_so():
    run = waiting()
    services.approve(run.id, user=None)
    with pytest.raises(Conflict, match="not any more"):
        services.reject(run.id, user=None)
    with pytest.raises(Conflict):
        services.approve(run.id, user=None, output="other")
    run.refresh_from_db()
    assert (run.approval, run.output) == ("approved", "Draft.")
    assert told() == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_first(shared_database):
    run = waiting()

    def verdict(verb):
        try:
            verb(run.id, user=None)
        except Conflict:
            return 0
        finally:
            connection.close()
        return 1

    asked = [
        in_thread(verdict, verb) for verb in (services.approve, services.reject) * 3
    ]
    assert sum(each.result(timeout=20) for each in asked) == 1
    run.refresh_from_db()
    assert told()[0] == (run.approval == "approved")


def test_the_decision_survives_the_deletion_of_the_task():
    run = waiting()
    ScheduledTask.objects.all().delete()
    services.approve(run.id, user=None)
    assert told() == (0, 1)


def test_a_note_that_is_too_long_is_refused():
    run = waiting()
    with pytest.raises(ValidationError) as caught:
        services.reject(run.id, user=None, note="x" * 2001)
    assert set(caught.value.message_dict) == {"note"}
    run.refresh_from_db()
    assert run.approval == "waiting"


def test_an_output_that_is_too_long_is_refused(configure):
    configure("SCHEDULING", max_output_chars=10)
    with pytest.raises(ValidationError) as caught:
        services.approve(waiting().id, user=None, output="x" * 11)
    assert set(caught.value.message_dict) == {"output"}


# -- typed outputs


def test_an_output_that_is_json_stays_typed_when_it_is_edited():
    run = waiting(output='{"a": 1}', output_data={"a": 1})
    done = services.approve(run.id, user=None, output='{"a": 2}')
    assert (done.output, done.output_data) == ('{"a": 2}', {"a": 2})
    assert Delivery.objects.get().payload["content"] == {"a": 2}
    assert done.approval_record.original_data == {"a": 1}


def test_an_output_that_is_json_cannot_become_anything_else():
    run = waiting(output='{"a": 1}', output_data={"a": 1})
    with pytest.raises(ValidationError, match="JSON"):
        services.approve(run.id, user=None, output="{")


def test_typed_output_without_text_is_edited_as_json():
    run = waiting(output="", output_data=[1])
    done = services.approve(run.id, user=None, output="[1, 2]")
    assert (done.output, done.output_data) == ("", [1, 2])


def test_typed_output_goes_with_the_text_that_it_belonged_to():
    run = waiting(output="One thing.", output_data={"a": 1})
    done = services.approve(run.id, user=None, output="Another thing.")
    assert (done.output, done.output_data) == ("Another thing.", None)
    assert Delivery.objects.get().payload["content"] == "Another thing."


def test_typed_output_may_be_given_with_the_text():
    done = services.approve(waiting().id, user=None, output="x", data={"b": 2})
    assert (done.output, done.output_data) == ("x", {"b": 2})


# -- its time is over


@pytest.mark.parametrize(
    ("rule", "verdict", "deliveries"),
    [("reject", "rejected", 0), ("approve", "approved", 1)],
)
def test_what_nobody_decides_in_time_is_decided_by_the_rule(rule, verdict, deliveries):
    run = waiting(asking(approval_seconds=60, approval_expiry=rule))
    assert decisions.expire() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        maintenance.keep_house()
        assert decisions.expire() == 0
    run.refresh_from_db()
    assert run.approval == verdict
    assert told()[0] == deliveries
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "approval",
        "expired",
    ]
    assert "Nobody decided in time" in run.approval_record.note
    assert run.approval_record.decided_by is None


def test_one_that_cannot_expire_does_not_stop_the_others(monkeypatch):
    bad, good = (waiting(asking(approval_seconds=0)) for _ in range(2))
    real = settling.settle

    def settle(ended, now):
        if ended[0].id == bad.id:
            raise RuntimeError("no")
        real(ended, now)

    monkeypatch.setattr(decisions, "settle", settle)
    assert decisions.expire() == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.approval, good.approval) == ("waiting", "rejected")


def test_looking_for_expired_ones_takes_one_query_when_there_are_none(
    django_assert_num_queries,
):
    waiting(asking(approval_seconds=3600))
    with django_assert_num_queries(1):
        decisions.expire()


# -- cycles


@pytest.fixture
def tree():
    tasks = make_tree({"a": "", "b": "a", "c": "b", "d": "a:finished", "e": "a:failed"})
    ScheduledTask.objects.filter(id="a").update(needs_approval=True)
    begin(tasks["a"])
    return tasks


def test_dependants_wait_for_the_approval(tree):
    end("a", output="Draft.")
    assert {task for task, status in statuses().items() if status == "queued"} == {
        "b",
        "c",
        "d",
        "e",
    }
    assert not Run.objects.filter(status="queued", waits_for="").exists()


def test_an_approved_parent_lets_its_dependants_go(tree):
    run = end("a", output="Draft.")
    services.approve(run.id, user=None, output="Final.")
    assert (run_of("b").waits_for, run_of("d").waits_for) == ("", "")
    assert run_of("e").status == "skipped"
    assert assembly._parents([run_of("b")])[run_of("b").id]["a"].output == "Final."


def test_the_dependants_of_a_rejected_parent_are_skipped_with_the_reason(tree):
    run = end("a", output="Draft.")
    services.reject(run.id, user=None)
    assert statuses() == {
        "a": "succeeded",
        "b": "skipped",
        "c": "skipped",
        "d": "skipped",
        "e": "skipped",
    }
    assert (run_of("b").skip_reason, run_of("b").note) == ("parent", "A was rejected.")


def test_housekeeping_leaves_a_cycle_alone_that_waits_for_approval(tree, configure):
    configure("SCHEDULING", rering_after_seconds=0)
    end("a")
    assert cycles.advance_forgotten() == 0


def test_the_next_slot_does_not_wait_for_an_approval_in_the_middle(tree):
    assert overlap.under_way(["a"])["a"]
    end("a")
    assert overlap.under_way(["a"]) == {"a": []}


def test_a_cycle_that_goes_on_is_under_way_again(tree):
    run = end("a")
    services.approve(run.id, user=None)
    assert {each.task_id for each in overlap.under_way(["a"])["a"]} == {"b", "c", "d"}


def test_what_is_run_again_beside_a_rejected_parent_gets_nothing_of_it(tree):
    run = end("a", output="Secret.")
    services.reject(run.id, user=None)
    again = services.rerun(run_of("b"), user=None)
    parent = assembly._parents([again])[again.id]["a"]
    assert (parent.status, parent.output, parent.data) == ("rejected", "", None)


# -- what is quoted


def test_the_last_output_is_the_last_that_was_approved():
    task = asking(input_message="{{last_output}}")
    services.approve(waiting(task, output="one").id, user=None, output="ONE")
    services.reject(waiting(task, output="two").id, user=None)
    waiting(task, output="three")
    (run,) = lifecycle.claim([make_run(task).id], worker="w")
    assembly.prepare([run])
    assert run.input_message == "ONE"
