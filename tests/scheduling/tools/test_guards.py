"""What agents may not do, and what is left of it for people to read."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from scheduling import dispatch, services
from scheduling.agents.base import ToolError
from scheduling.models import AgentAct, Event, Run, ScheduledTask, Spending
from scheduling.toolbox import Caller, Toolbox, call_tool
from scheduling.tools import acts
from tests.factories import make_run, make_task, make_user
from tests.scheduling.tools.callers import caller_in, make_root, outside, schedule
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return caller_in(make_root())


def made(name="check"):
    return ScheduledTask.objects.get(id=f"brief-{name}")


def spend(lineage="task:brief", **used):
    day = timezone.now().astimezone(ZoneInfo(settings.SCHEDULING.default_timezone)).date()  # fmt: skip
    Spending.objects.create(scope="lineage", ref=lineage, day=day, **used)


# -- how often


@pytest.mark.parametrize(
    "cron", ["* * * * *", "*/14 * * * *", "0,10 9 * * *", "0,14 0 * * 1"]
)
def test_slots_that_are_close_together_only_now_and_then_are_found_too(caller, cron):
    with pytest.raises(ToolError, match=r"at least 900 s are demanded"):
        schedule(caller, "check", schedule=cron)
    assert not ScheduledTask.objects.filter(lineage="task:brief").exists()


def test_an_update_cannot_make_it_more_frequent(caller):
    schedule(caller, "check")
    with pytest.raises(ToolError, match="900 s"):
        schedule(caller, "check", "update", schedule="* * * * *")
    assert made().cron_expression == "0 9 * * *"


def test_what_never_fires_before_it_ends_is_refused(caller, configure):
    configure("SCHEDULING", agent_max_days=1)
    far = timezone.now() + timedelta(days=40)
    with pytest.raises(ToolError, match="never fires before it ends"):
        schedule(caller, "check", schedule=f"0 0 {far.day} {far.month} *")


def test_the_slots_of_a_far_end_are_not_all_gone_through(caller):
    schedule(caller, "check")
    end = timezone.now() + timedelta(days=365 * 5000)
    ScheduledTask.objects.filter(id="brief-check").update(end_at=end)
    schedule(caller, "check", "update", schedule="0 * * * *")
    assert made().end_at == end


# -- how many


def test_only_so_many_are_active(caller, configure):
    configure("SCHEDULING", agent_max_tasks=2)
    schedule(caller, "one")
    schedule(caller, "two")
    with pytest.raises(ToolError, match="2 active schedules made by agents are the most"):  # fmt: skip
        schedule(caller, "three")
    schedule(caller, "one", "suspend")
    schedule(caller, "three")
    with pytest.raises(ToolError, match="are the most"):
        schedule(caller, "one", "resume")


def test_what_a_person_paused_keeps_its_place(caller, configure):
    configure("SCHEDULING", agent_max_tasks=1)
    schedule(caller, "one")
    services.pause_task(made("one"), user=make_user())
    with pytest.raises(ToolError, match="are the most"):
        schedule(caller, "two")


def test_what_has_ended_begins_anew_only_where_a_place_is_free(caller, configure):
    configure("SCHEDULING", agent_max_tasks=1)
    schedule(caller, "one")
    ScheduledTask.objects.filter(id="brief-one").update(next_slot=None, due_at=None)
    schedule(caller, "two")
    for action in ("create", "update"):
        with pytest.raises(ToolError, match="are the most"):
            schedule(caller, "one", action, schedule="0 10 * * *")
    schedule(caller, "two", "suspend")
    schedule(caller, "one", schedule="0 10 * * *")
    assert made("one").next_slot is not None


@pytest.mark.django_db(transaction=True)
def test_callers_at_once_do_not_pass_the_most(on_postgresql, configure):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    configure("SCHEDULING", agent_max_tasks=3)
    caller = caller_in(make_root())
    names = iter(f"n{number}" for number in range(8))

    def attempt():
        try:
            return schedule(caller, next(names))
        except ToolError as error:
            return str(error)

    answers = at_once(attempt, 8)
    assert sum("created" in answer for answer in answers) == 3
    assert ScheduledTask.objects.filter(lineage="task:brief").count() == 3
    assert AgentAct.objects.filter(accepted=False).count() == 5
    assert Event.objects.filter(kind="refused").count() == 1


def test_making_and_deleting_again_and_again_ends(caller, monkeypatch):
    monkeypatch.setattr("scheduling.tools.guards.MAX_ACTS", 4)
    for _ in range(2):
        schedule(caller, "check")
        schedule(caller, "check", "delete")
    with pytest.raises(ToolError, match="4 changes of schedules in a day are enough"):
        schedule(caller, "check")


# -- how deep


def test_a_thousand_deep_ends_at_the_second(caller):
    schedule(caller, "a")
    first = made("a")
    assert (first.depth, first.may_schedule) == (1, True)
    second_caller = caller_in(first)
    schedule(second_caller, "b")
    second = made("b")
    assert (second.depth, second.may_schedule, second.lineage) == (2, False, "task:brief")  # fmt: skip
    with pytest.raises(ToolError, match="switched off here"):
        schedule(caller_in(second), "c")
    second.may_schedule = True  # as if somebody had switched it on
    second.save()
    with pytest.raises(ToolError, match="go 2 deep at most"):
        schedule(caller_in(second), "c")


def test_what_is_made_deeper_ends_with_its_maker(caller):
    schedule(caller, "a")
    end = timezone.now() + timedelta(days=2)
    ScheduledTask.objects.filter(id="brief-a").update(end_at=end)
    schedule(caller_in(made("a")), "b")
    assert made("b").end_at == end


def test_what_was_made_cannot_make_itself_last(caller):
    schedule(caller, "a")
    end = timezone.now() + timedelta(days=2)
    ScheduledTask.objects.filter(id="brief-a").update(end_at=end)
    schedule(caller_in(made("a")), "a", task="For ever.")
    assert made("a").end_at == end


# -- how much in a day


@pytest.mark.parametrize(
    ("used", "words"),
    [({"runs": 100}, "its 100 runs of today"), ({"tokens": 1_000_000}, "its 1000000 tokens of today")],
)  # fmt: skip
def test_a_used_up_day_stops_what_begins_anew_and_no_more(caller, used, words):
    schedule(caller, "check")
    schedule(caller, "other")
    schedule(caller, "other", "suspend")
    spend(**used)
    for name, action in (("new", "create"), ("other", "resume")):
        with pytest.raises(ToolError, match=words):
            schedule(caller, name, action)
    schedule(caller, "check", "suspend")
    schedule(caller, "check", "delete")


def due_task(**fields):
    return make_task(next_run_at=timezone.now() - timedelta(seconds=5), **fields)


def test_slots_of_a_used_up_day_are_one_skipped_row():
    make_root()
    spend(runs=100)
    now = timezone.now()
    task = due_task(lineage="task:brief", depth=1, schedule_type="interval", interval_seconds=60, start_at=now - timedelta(seconds=65))  # fmt: skip
    dispatch.dispatch_due()
    run = task.runs.get()
    assert (run.status, run.skip_reason) == ("skipped", "limit")
    assert "its 100 runs of today" in run.note
    ScheduledTask.objects.filter(id=task.id).update(due_at=timezone.now(), next_slot=timezone.now())  # fmt: skip
    dispatch.dispatch_due()
    assert task.runs.get().slots == 2


def test_runs_under_way_count_and_so_do_those_of_the_same_batch(configure):
    configure("SCHEDULING", agent_daily_runs=3)
    make_root()
    spend(runs=1)
    make_run(make_task(lineage="task:brief"), trigger="agent")
    for _ in range(3):
        due_task(lineage="task:brief")
    dispatch.dispatch_due()
    runs = Run.objects.filter(trigger="schedule").order_by("status")
    assert [run.status for run in runs] == ["queued", "skipped", "skipped"]


def test_other_lineages_and_tasks_of_people_are_not_touched():
    make_root(), make_root(id="other")
    spend(runs=100)
    free = [due_task(lineage="task:other"), due_task()]
    dispatch.dispatch_due()
    assert {run.status for run in Run.objects.filter(task__in=free)} == {"queued"}


@pytest.mark.parametrize("lineage", ["task:gone", "user:999999"])
def test_nothing_fires_for_a_root_that_is_gone(lineage):
    task = due_task(lineage=lineage)
    dispatch.dispatch_due()
    run = task.runs.get()
    assert (run.status, run.skip_reason) == ("skipped", "paused")


def test_dispatch_asks_the_same_few_questions_for_many(django_assert_num_queries):
    make_root()
    due_task(lineage="task:brief")
    with django_assert_num_queries(1000, exact=False) as few:
        dispatch.dispatch_due()
    for _ in range(5):
        due_task(lineage="task:brief")
    with django_assert_num_queries(len(few), exact=False):
        dispatch.dispatch_due()


# -- people have the last word


@pytest.mark.parametrize("action", ["resume", "delete"])
def test_what_a_person_paused_stays_paused(caller, action):
    schedule(caller, "check")
    services.pause_task(made(), user=make_user(), note="Too much.")
    with pytest.raises(ToolError, match="was paused by a person"):
        schedule(caller, "check", action)
    schedule(caller, "check", "suspend")  # has no effect
    schedule(caller, "check")  # an update
    with pytest.raises(ToolError, match="was paused by a person"):
        schedule(caller, "check", "resume")
    assert (made().active, made().pause_note) == (False, "Too much.")


def test_what_its_agent_suspended_stays_paused_once_a_person_says_so(caller):
    schedule(caller, "check")
    schedule(caller, "check", "suspend")
    services.pause_task(made(), user=make_user())
    with pytest.raises(ToolError, match="was paused by a person"):
        schedule(caller, "check", "resume")


def test_what_failures_paused_is_for_people_to_resume(caller):
    schedule(caller, "check")
    services.pause_task(made(), user=None, note="Failed 3 times in a row.")
    schedule(caller, "check", "suspend")
    with pytest.raises(ToolError, match="paused by Backbeat"):
        schedule(caller, "check", "resume")


def test_a_person_ends_it_at_the_root():
    root = make_root()
    caller = caller_in(root)
    ScheduledTask.objects.filter(id=root.id).update(may_schedule=False)
    with pytest.raises(ToolError, match="does not let its agent make schedules any more"):  # fmt: skip
        schedule(caller, "check")
    root.delete()
    with pytest.raises(ToolError, match="was deleted"):
        schedule(caller, "check")


def test_a_person_who_may_not_sign_in_any_more_schedules_nothing():
    user = make_user(is_active=False)
    with pytest.raises(ToolError, match="may not sign in"):
        schedule(outside(user), "check")


def test_nothing_is_offered_to_a_run_whose_task_does_not_allow_it():
    task = make_task()
    caller = caller_in(task)
    names = {spec.name for spec in Toolbox(caller, names=["schedule_task", "list_runs"]).specs()}  # fmt: skip
    assert names == {"list_runs"}
    with pytest.raises(ToolError, match="switched off here"):
        call_tool(caller, "schedule_task", {})


def test_a_run_without_a_task_makes_nothing():
    with pytest.raises(ToolError, match="was deleted"):
        schedule(Caller(lineage="", may_schedule=True), "check")


# -- what is left for people to read


def test_an_accepted_act_is_in_the_audit_trail(caller):
    schedule(caller, "check", task="Look.\0")
    act = AgentAct.objects.get()
    assert (act.lineage, act.run_id, act.tool, act.action) == ("task:brief", caller.run_id, "schedule_task", "create")  # fmt: skip
    assert (act.accepted, act.task_ref, act.user_id) == (True, "brief-check", caller.user_id)  # fmt: skip
    assert act.words.startswith("Schedule 'check' created")
    assert act.arguments == {"name": "check", "action": "create", "schedule": "0 9 * * *", "task": "Look."}  # fmt: skip


def test_what_fails_at_its_commit_is_in_the_audit_trail_too(caller, monkeypatch):
    real = AgentAct.save

    def fail(act, *args, **kwargs):
        real(act, *args, **kwargs)
        if act.accepted:
            raise IntegrityError("a key is gone")

    monkeypatch.setattr(AgentAct, "save", fail)
    with pytest.raises(ToolError, match="at this moment"):
        schedule(caller, "check")
    act = AgentAct.objects.get()
    assert (act.accepted, act.action) == (False, "create")
    assert "at this moment" in act.words
    assert not ScheduledTask.objects.filter(lineage="task:brief").exists()


def test_secrets_and_long_texts_do_not_get_into_the_audit_trail(caller):
    schedule(caller, "check", task="x" * 5000, api_key="sk-123", more={"Password": "p"})
    kept = AgentAct.objects.get().arguments
    assert len(kept["task"]) <= 2000
    assert (kept["api_key"], kept["more"]) == ("***", {"Password": "***"})


def test_a_guard_tells_people_once_an_hour(caller):
    for number in range(3):
        with pytest.raises(ToolError):
            schedule(caller, f"n{number}", schedule="* * * * *")
    assert AgentAct.objects.filter(accepted=False).count() == 3
    event = Event.objects.get(kind="refused")
    assert (event.task_id, event.run_id) == ("brief", caller.run_id)
    assert event.data == {"lineage": "task:brief", "guard": "interval"}
    assert event.note.startswith("schedule_task: its slots are 60 s apart")


def test_after_many_refusals_nothing_is_looked_at(caller):
    for _ in range(acts.MAX_REFUSALS):
        with pytest.raises(ToolError):
            schedule(caller, "check", schedule="* * * * *")
    for _ in range(5):
        with pytest.raises(ToolError, match="20 calls were refused in this run"):
            schedule(caller, "check")
    assert AgentAct.objects.count() == acts.MAX_REFUSALS + 1
    assert AgentAct.objects.get(action="further").arguments == {"calls": 5}
    assert set(Event.objects.values_list("data__guard", flat=True)) == {"interval", "refusals"}  # fmt: skip


def test_the_next_run_begins_anew(caller):
    for _ in range(acts.MAX_REFUSALS):
        with pytest.raises(ToolError):
            schedule(caller, "check", schedule="* * * * *")
    schedule(caller_in(ScheduledTask.objects.get(id="brief")), "check")
    assert made().active
