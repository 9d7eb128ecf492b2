"""Sympozium's tool: its words, and what stands in the rows afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling import services
from scheduling.agents.base import ToolError
from scheduling.models import AgentAct, ScheduledTask, Version
from scheduling.toolbox import call_tool
from tests.factories import make_agent, make_task, make_user, make_webhook
from tests.scheduling.tools.callers import caller_in, make_root, outside, schedule

pytestmark = pytest.mark.django_db


def made():
    return ScheduledTask.objects.get(id="brief-check")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Error: 'name' is required — a short unique name for this schedule"),
        ({"name": "x"}, "Error: 'action' is required (create, update, suspend, resume, delete)"),
        ({"name": "x", "action": "x"}, "Error: unknown action 'x' — use create, update, suspend, resume, or delete"),
        ({"name": "x", "action": "create", "task": "y"}, "Error: 'schedule' is required for create — a cron expression"),
        ({"name": "x", "action": "create", "schedule": "0 9 * * *"}, "Error: 'task' is required for create — what is to be done"),
        ({"name": "x", "action": "update"}, "Error: update needs at least one of 'schedule' and 'task'"),
        ({"name": "x", "action": "suspend"}, "Error: there is no schedule 'x' of yours"),
        ({"name": 7, "action": "create"}, "Error: 'name' must be text, not int"),
        ({"name": "x", "action": 7}, "Error: 'action' must be text, not int"),
        ({"name": "///", "action": "delete"}, "Error: '///' has neither a letter from a to z nor a digit"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_in_the_words_of_the_contract(arguments, words):
    caller = caller_in(make_root())
    with pytest.raises(ToolError) as refusal:
        call_tool(caller, "schedule_task", arguments)
    assert str(refusal.value) == words
    act = AgentAct.objects.get()
    assert (act.accepted, f"Error: {act.words}") == (False, words)


def test_a_bad_cron_line_is_named():
    with pytest.raises(ToolError, match="Error: cron_expression 'every day'"):
        schedule(caller_in(make_root()), "check", schedule="every day")


def test_what_it_makes_inherits_from_the_task_at_the_root():
    root = make_root(
        timezone="Europe/Paris",
        deadline_seconds=77,
        run_tokens_limit=500,
        needs_approval=True,
        target_user_id="45",
    )
    make_webhook(root, url="https://example.com/in", headers={"X-Key": "secret"})
    caller = caller_in(root)
    words = schedule(caller, "check")
    assert words == "Schedule 'check' created with cron '0 9 * * *'. The task will run automatically on this interval."  # fmt: skip
    task = made()
    assert (task.agent_id, task.owner, task.target_user_id) == (root.agent_id, root.owner, "45")  # fmt: skip
    assert (task.timezone, task.deadline_seconds, task.run_tokens_limit) == ("Europe/Paris", 77, 500)  # fmt: skip
    assert (task.needs_approval, task.cron_expression, task.input_message) == (True, "0 9 * * *", "Look.")  # fmt: skip
    assert (task.lineage, task.depth, task.made_by_run) == ("task:brief", 1, caller.run_id)  # fmt: skip
    assert task.next_slot is not None
    webhook = task.webhooks.get()
    assert (webhook.url, webhook.headers) == ("https://example.com/in", {"X-Key": "secret"})  # fmt: skip


def test_it_ends_by_itself(configure):
    configure("SCHEDULING", agent_max_days=3)
    schedule(caller_in(make_root()), "check")
    left = made().end_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


def test_to_create_again_is_to_update():
    caller = caller_in(make_root())
    schedule(caller, "check")
    assert schedule(caller, "check", task="Look again.") == "Schedule 'check' updated."
    assert ScheduledTask.objects.count() == 2
    assert made().input_message == "Look again."


def test_suspend_resume_and_delete():
    caller = caller_in(make_root())
    schedule(caller, "check")
    assert schedule(caller, "check", "suspend") == "Schedule 'check' suspended. It will not fire until resumed."  # fmt: skip
    assert (made().active, made().next_run_at) == (False, None)
    assert schedule(caller, "check", "resume") == "Schedule 'check' resumed."
    assert made().active
    assert schedule(caller, "check", "delete") == "Schedule 'check' deleted."
    assert not ScheduledTask.objects.filter(id="brief-check").exists()


def test_an_update_does_not_resume():
    caller = caller_in(make_root())
    schedule(caller, "check")
    schedule(caller, "check", "suspend")
    words = schedule(caller, "check", "update", task="Other.")
    assert words == "Schedule 'check' updated. It stays suspended until resumed."
    assert (made().active, made().input_message) == (False, "Other.")


def test_the_version_says_which_agent_did_it():
    caller = caller_in(make_root())
    schedule(caller, "check")
    schedule(caller, "check", "update", task="Other.")
    latest = Version.objects.filter(kind="task", ref="brief-check").latest("number")
    assert latest.note == f"By agent echo in run {caller.run_id}."


def test_two_tasks_have_names_of_their_own():
    one, two = make_root(), make_root(id="other")
    schedule(caller_in(one), "check")
    schedule(caller_in(two), "check")
    with pytest.raises(ToolError, match="no schedule 'late'"):
        schedule(caller_in(two), "late", "delete")
    assert ScheduledTask.objects.filter(id="other-check", lineage="task:other").exists()


def test_a_task_of_a_person_is_not_taken_over():
    make_task(id="brief-check", input_message="Mine.")
    with pytest.raises(ToolError, match="taken by a task that is not yours"):
        schedule(caller_in(make_root()), "check")
    with pytest.raises(ToolError, match="no schedule 'check' of yours"):
        schedule(caller_in(ScheduledTask.objects.get(id="brief")), "check", "delete")
    assert made().input_message == "Mine."


def test_an_agent_outside_schedules_for_its_person():
    make_agent()
    user = make_user()
    schedule(outside(user), "check")
    task = ScheduledTask.objects.get()
    assert (task.id, task.lineage) == (f"user-{user.pk}-check", f"user:{user.pk}")
    assert (task.agent_id, task.owner, task.target_user_id) == ("echo", user, str(user.pk))  # fmt: skip
    assert (task.depth, task.may_schedule, task.made_by_run) == (1, False, None)


def test_an_agent_outside_needs_one_that_does_the_work(configure):
    make_agent(), make_agent(id="second")
    user = make_user()
    with pytest.raises(ToolError, match="SCHEDULING_AGENT_FOR_OUTSIDE"):
        schedule(outside(user), "check")
    configure("SCHEDULING", agent_for_outside="second")
    schedule(outside(user), "check")
    assert ScheduledTask.objects.get().agent_id == "second"


def test_what_a_person_edited_ends_when_that_person_wants():
    caller = caller_in(make_root())
    schedule(caller, "check")
    end = timezone.now() + timedelta(days=2)
    services.update_task(made(), fields={"end_at": end}, user=make_user())
    schedule(caller, "check", task="More.")
    assert made().end_at == end
