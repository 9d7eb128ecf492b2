"""Claimed runs get their prompt and their credentials, each for itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from scheduling import lifecycle, services
from scheduling.assembly import prepare
from scheduling.models import Run, ScheduledTask
from scheduling.prompt import LAST_OUTPUT_CHARS
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.trees import begin, end, make_tree, run_of

pytestmark = pytest.mark.django_db


def claimed(*runs: Run) -> list[Run]:
    return lifecycle.claim([run.id for run in runs], worker="w")


def prepared(**task: Any) -> Run:
    """One run of a task with these fields, ready."""
    done = prepare(claimed(make_run(make_task(**task))))
    assert done.broken == []
    (run,) = done.ready
    run.refresh_from_db(fields=["system_prompt", "input_message"])
    return run


def test_the_exact_prompt_is_kept_on_the_run():
    agent = make_agent(id="a", system_prompt="You are brief.")
    run = prepared(
        agent=agent, system_prompt_override="On {{task_name}}.", input_message="Go."
    )
    assert run.system_prompt == "You are brief.\n\nOn Morning report."
    assert run.input_message == "Go."


def test_the_date_is_that_of_the_slot_in_the_tasks_zone():
    task = make_task(input_message="{{date}} {{scheduled_time}}")
    slot = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    run = make_run(task, trigger="schedule", scheduled_for=slot)
    (ready,) = prepare(claimed(run)).ready
    assert ready.input_message == "2026-03-02 2026-03-02T03:00:00+07:00"


def test_the_last_output_is_that_of_the_latest_success():
    task = make_task(input_message="Before: {{last_output}}")
    for number, status in enumerate(["succeeded", "succeeded", "failed"]):
        moment = datetime(2026, 1, 1 + number, tzinfo=UTC)
        make_run(
            task,
            status=status,
            output=f"number {number}",
            failure_reason="error" if status == "failed" else "",
            created_at=moment,
            finished_at=moment,
        )
    (ready,) = prepare(claimed(make_run(task))).ready
    assert ready.input_message == "Before: number 1"


def test_without_a_last_output_its_place_is_empty():
    assert prepared(input_message="[{{last_output}}]").input_message == "[]"


def test_what_the_database_cannot_store_is_cleaned_from_the_prompt():
    task = make_task(input_message="x")
    run = make_run(task)
    (one,) = claimed(run)
    assert one.task is not None
    one.task.name, one.task.input_message = "a\ud800", "{{task_name}}\x00"
    (ready,) = prepare([one]).ready
    assert ready.input_message == "a�"


def test_credentials_are_decrypted_for_the_agent():
    run = prepared(agent=make_agent(id="k", credentials={"api_key": "s3cret"}))
    assert run.agent is not None
    assert run.agent.credentials == {"api_key": "s3cret"}


def test_a_wrong_key_breaks_only_the_runs_of_its_agent():
    runs = [make_run(make_task(agent=make_agent(id=f"agent-{n}"))) for n in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_agent SET credentials='enc1:bad' WHERE id='agent-1'"
        )
    done = prepare(claimed(*runs))
    assert {run.agent_id for run in done.ready} == {"agent-0", "agent-2"}
    ((bad, why),) = done.broken
    assert bad.agent_id == "agent-1"
    assert "FIELD_ENCRYPTION_KEYS" in why


def test_a_run_whose_task_is_gone_is_broken():
    run = make_run()
    assert run.task is not None
    run.task.delete()
    ((broken, why),) = prepare(claimed(run)).broken
    assert (broken.id, why) == (run.id, "Its task or its agent was deleted.")


def test_a_task_that_holds_nonsense_breaks_only_its_own_run():
    good, bad = make_run(), make_run()
    ScheduledTask.objects.filter(id=bad.task_id).update(timezone="Mars/Olympus")
    done = prepare(claimed(good, bad))
    assert [run.id for run in done.ready] == [good.id]
    assert "Mars" in done.broken[0][1]


def test_a_prompt_is_not_written_over_a_run_that_another_worker_has_by_now():
    run = make_run()
    mine = claimed(run)
    Run.objects.update(lease_token=uuid.uuid4(), input_message="theirs")
    prepare(mine)
    run.refresh_from_db()
    assert run.input_message == "theirs"


def test_nothing_to_prepare_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert prepare([]).ready == []


def test_25_runs_take_a_constant_number_of_queries(django_assert_max_num_queries):
    runs = []
    for number in range(25):
        agent = make_agent(id=f"agent-{number}")
        runs.append(make_run(make_task(agent=agent, input_message="{{last_output}}")))
    mine = claimed(*runs)
    with django_assert_max_num_queries(6):  # a transaction's own two among them
        assert len(prepare(mine).ready) == 25


def test_a_run_knows_the_versions_that_it_runs():
    task = make_task(version=4, agent=make_agent(id="v", version=7))
    prepare(claimed(make_run(task)))
    assert Run.objects.values_list("task_version", "agent_version").get() == (4, 7)


# -- what came before in the cycle


def test_a_child_is_told_what_its_parents_said():
    tasks = make_tree({"a": "", "b": "a", "c": "a:finished", "d": "b c:finished"})
    asked = "{{output_of_b}} {{data_of_b}} [{{output_of_c}}] [{{output_of_a}}]"
    ScheduledTask.objects.filter(id="d").update(input_message=asked)
    begin(tasks["a"])
    end("a", output="first")
    end("b", output="well", output_data={"n": 1})
    end("c", "failed")
    done = prepare(claimed(run_of("d")))
    (run,) = done.ready
    assert run.input_message == 'well {"n": 1} [boom] []'
    told = done.loans[run.id].parents
    assert {task_id: each.status for task_id, each in told.items()} == {"b": "succeeded", "c": "failed"}  # fmt: skip
    assert (told["b"].task_name, told["b"].data) == ("B", {"n": 1})


def test_of_a_parent_that_ran_again_the_last_run_counts():
    tasks = make_tree({"a": "", "b": "a"})
    ScheduledTask.objects.filter(id="b").update(input_message="{{parent_output}}")
    begin(tasks["a"])
    end("a", "failed")
    services.rerun(run_of("a"), user=None)
    end("a", output="better")
    (run,) = prepare(claimed(run_of("b"))).ready
    assert run.input_message == "better"


def test_each_cycle_has_outputs_of_its_own():
    tasks = make_tree({"a": "", "b": "a"})
    ScheduledTask.objects.filter(id="b").update(input_message="{{parent_output}}")
    for said in ("one", "two"):
        begin(tasks["a"])
        end("a", output=said)
    done = prepare(claimed(*Run.objects.filter(task="b")))
    assert {run.input_message for run in done.ready} == {"one", "two"}


def test_a_long_output_of_a_parent_is_cut():
    begin(make_tree({"a": "", "b": "a"})["a"])
    end("a", output="x" * (LAST_OUTPUT_CHARS + 1))
    done = prepare(claimed(run_of("b")))
    told = done.loans[done.ready[0].id].parents["a"].output
    assert len(told) == LAST_OUTPUT_CHARS
    assert str(LAST_OUTPUT_CHARS + 1) in told


def test_25_runs_of_cycles_take_a_constant_number_of_queries(
    django_assert_max_num_queries,
):
    tasks = make_tree({"a": "", "b": "a"})
    for _ in range(25):
        begin(tasks["a"])
    Run.objects.filter(task="a").update(status="succeeded", finished_at=timezone.now())
    Run.objects.filter(task="b").update(waits_for="")
    mine = claimed(*Run.objects.filter(task="b"))
    with django_assert_max_num_queries(7):
        assert sum(bool(each.parents) for each in prepare(mine).loans.values()) == 25
