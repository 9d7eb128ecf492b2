"""Claimed runs get their prompt and their credentials, each for itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from scheduling import lifecycle
from scheduling.assembly import prepare
from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_run, make_task

pytestmark = pytest.mark.django_db


def claimed(*runs: Run) -> list[Run]:
    return lifecycle.claim([run.id for run in runs], worker="w")


def prepared(**task: Any) -> Run:
    """One run of a task with these fields, ready."""
    ready, broken = prepare(claimed(make_run(make_task(**task))))
    assert broken == []
    (run,) = ready
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
    ((ready,), _) = prepare(claimed(run))
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
    ((ready,), _) = prepare(claimed(make_run(task)))
    assert ready.input_message == "Before: number 1"


def test_without_a_last_output_its_place_is_empty():
    assert prepared(input_message="[{{last_output}}]").input_message == "[]"


def test_what_the_database_cannot_store_is_cleaned_from_the_prompt():
    task = make_task(input_message="x")
    run = make_run(task)
    (one,) = claimed(run)
    assert one.task is not None
    one.task.name, one.task.input_message = "a\ud800", "{{task_name}}\x00"
    ((ready,), _) = prepare([one])
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
    ready, broken = prepare(claimed(*runs))
    assert {run.agent_id for run in ready} == {"agent-0", "agent-2"}
    ((bad, why),) = broken
    assert bad.agent_id == "agent-1"
    assert "FIELD_ENCRYPTION_KEYS" in why


def test_a_run_whose_task_is_gone_is_broken():
    run = make_run()
    assert run.task is not None
    run.task.delete()
    _, ((broken, why),) = prepare(claimed(run))
    assert (broken.id, why) == (run.id, "Its task or its agent was deleted.")


def test_a_task_that_holds_nonsense_breaks_only_its_own_run():
    good, bad = make_run(), make_run()
    ScheduledTask.objects.filter(id=bad.task_id).update(timezone="Mars/Olympus")
    ready, broken = prepare(claimed(good, bad))
    assert [run.id for run in ready] == [good.id]
    assert "Mars" in broken[0][1]


def test_a_prompt_is_not_written_over_a_run_that_another_worker_has_by_now():
    run = make_run()
    mine = claimed(run)
    Run.objects.update(lease_token=uuid.uuid4(), input_message="theirs")
    prepare(mine)
    run.refresh_from_db()
    assert run.input_message == "theirs"


def test_nothing_to_prepare_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert prepare([]) == ([], [])


def test_25_runs_take_a_constant_number_of_queries(django_assert_max_num_queries):
    runs = []
    for number in range(25):
        agent = make_agent(id=f"agent-{number}")
        runs.append(make_run(make_task(agent=agent, input_message="{{last_output}}")))
    mine = claimed(*runs)
    with django_assert_max_num_queries(6):  # a transaction's own two among them
        assert len(prepare(mine)[0]) == 25
