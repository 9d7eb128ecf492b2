"""What agents remember from run to run."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from scheduling import lifecycle, services
from scheduling.agents.base import ToolError
from scheduling.assembly import prepare
from scheduling.exceptions import Conflict
from scheduling.memories import Holder, contents
from scheduling.memory_text import BEGIN, END
from scheduling.models import Memory, MemoryVersion, Run, ScheduledTask
from scheduling.outcome import Outcome
from scheduling.outcomes import token_of
from scheduling.prompt import REPORTED_CHARS
from scheduling.toolbox import call_tool, caller_of
from tests.factories import make_agent, make_run, make_task, make_user
from tests.scheduling.threads import in_thread

Scope = ScheduledTask.MemoryScope


def remembering(**fields: Any) -> ScheduledTask:
    return make_task(**({"include_memory": True} | fields))


def claimed(*tasks: ScheduledTask) -> list[Run]:
    runs = [make_run(task) for task in tasks]
    return lifecycle.claim([run.id for run in runs], worker="w")


def finish(run: Run, memory: str | None, status: str = "succeeded") -> None:
    reason = "error" if status == "failed" else ""
    outcome = Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status(status),
        failure_reason=reason,
        memory=memory,
    )
    lifecycle.finish([outcome])


def finish_all(runs: list[Run], memory: str) -> None:
    lifecycle.finish(
        [
            Outcome(
                run_id=run.id,
                lease_token=token_of(run),
                status=Run.Status.SUCCEEDED,
                memory=f"{memory} {number}",
            )
            for number, run in enumerate(runs)
        ]
    )


def held(thing: Any) -> str:
    return services.memory_of(thing).content


# -- read for a run


@pytest.mark.django_db
def test_a_run_is_shown_what_its_task_remembers():
    task = remembering(input_message="Report on {{task_name}}.")
    services.save_memory(task, "Seen: {{date}}", user=None)
    done = prepare(claimed(task))
    (run,) = done.ready
    assert run.input_message == "## Memory Context\nSeen: {{date}}\n\n## Task\nReport on Morning report."  # fmt: skip
    assert "no instruction" in run.system_prompt
    assert "of this task" in run.system_prompt
    assert done.loans[run.id].memory == "Seen: {{date}}"


@pytest.mark.django_db
def test_the_memory_of_the_agent_comes_first():
    task = remembering()
    services.save_memory(task, "mine", user=None)
    services.save_memory(task.agent, "ours", user=None)
    (run,) = prepare(claimed(task)).ready
    assert "### Notes of the agent\nours\n\n### Notes of this task\nmine\n\n## Task\nReport." in run.input_message  # fmt: skip


@pytest.mark.django_db
def test_an_empty_memory_leaves_the_message_alone_and_is_there_all_the_same():
    done = prepare(claimed(remembering()))
    (run,) = done.ready
    assert run.input_message == "Report."
    assert run.system_prompt.startswith("There are no notes")
    assert done.loans[run.id].memory == ""


@pytest.mark.django_db
def test_a_task_without_memory_is_shown_none():
    task = make_task()
    services.save_memory(task, "mine", user=None)
    services.save_memory(task.agent, "ours", user=None)
    done = prepare(claimed(task))
    assert (done.ready[0].input_message, done.ready[0].system_prompt) == ("Report.", "")
    assert done.loans[done.ready[0].id].memory is None


@pytest.mark.django_db
def test_25_memories_are_read_by_one_query(django_assert_max_num_queries):
    tasks = [remembering(agent=make_agent(id=f"a{n}")) for n in range(25)]
    for task in tasks:
        services.save_memory(task, "mine", user=None)
    mine = claimed(*tasks)
    with django_assert_max_num_queries(5):  # a transaction's own two among them
        assert {run.input_message for run in prepare(mine).ready} == {
            "## Memory Context\nmine\n\n## Task\nReport."
        }


# -- written back


@pytest.mark.django_db
@pytest.mark.parametrize("scope", [Scope.TASK, Scope.AGENT])
def test_a_run_that_succeeded_writes_to_the_memory_of_its_tasks_scope(scope):
    task = remembering(memory_scope=scope)
    (run,) = claimed(task)
    finish(run, "new")
    (version,) = MemoryVersion.objects.all()
    assert (version.number, version.content, version.run_id, version.by) == (1, "new", run.id, None)  # fmt: skip
    assert contents([Holder(scope, version.memory.agent_id or task.pk)])
    assert held(task.agent if scope == Scope.AGENT else task) == "new"


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_did_not_succeed_writes_nothing(status):
    task = remembering()
    (run,) = claimed(task)
    finish(run, "new", status)
    assert not Memory.objects.exists()


@pytest.mark.django_db
def test_a_task_without_memory_writes_nothing():
    (run,) = claimed(make_task())
    finish(run, "new")
    assert not Memory.objects.exists()


@pytest.mark.django_db
def test_the_same_again_is_no_new_version_and_empty_text_forgets():
    task = remembering()
    for text in ("a", "a", "", ""):
        (run,) = claimed(task)
        finish(run, text)
    assert [each.content for each in services.memory_versions(task)] == ["", "a"]
    assert services.memory_of(task).version == 2


@pytest.mark.django_db
def test_what_is_too_long_is_cut_with_a_mark_and_fails_no_run(configure):
    configure("SCHEDULING", memory_chars=200)
    task = remembering()
    (run,) = claimed(task)
    finish(run, "x" * 300)
    run.refresh_from_db()
    assert run.status == "succeeded"
    assert len(held(task)) == 200
    assert "300 characters" in held(task)


@pytest.mark.django_db
def test_a_result_without_a_memory_takes_no_query_more(django_assert_max_num_queries):
    first, second = claimed(make_task(), remembering())
    with django_assert_max_num_queries(40) as plain:
        finish(first, None)
    with django_assert_max_num_queries(len(plain.captured_queries)):
        finish(second, None)


@pytest.mark.django_db
def test_runs_that_end_together_write_a_version_each():
    task = remembering(memory_scope=Scope.AGENT)
    other = remembering(memory_scope=Scope.AGENT)
    finish_all(claimed(task, other, task), "run")
    numbers = [each.number for each in services.memory_versions(task.agent)]
    assert numbers == [3, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_leave_a_version_each(shared_database, on_postgresql):
    if not on_postgresql:
        pytest.skip("SQLite has one writer")
    task = remembering()
    start = threading.Barrier(6)

    def write(number: int) -> None:
        start.wait()
        for each in range(5):
            services.save_memory(task, f"{number} {each}", user=None)
        connection.close()

    for done in [in_thread(write, number) for number in range(6)]:
        done.result(timeout=30)
    numbers = [each.number for each in services.memory_versions(task)]
    assert numbers == list(range(30, 0, -1))
    assert services.memory_of(task).version == 30


# -- by people


@pytest.mark.django_db
def test_a_person_writes_and_sets_back():
    task, lan = remembering(), make_user(username="lan")
    services.save_memory(task, " one\r\ntwo\x00 ", user=lan)
    services.save_memory(task, "other", user=lan, seen=1)
    newest, first = services.memory_versions(task)
    assert (first.content, first.by, newest.number) == ("one\ntwo", lan, 2)
    services.revert_memory(task, first, user=lan)
    assert held(task) == "one\ntwo"
    assert services.memory_versions(task)[0].note == "Reverted to 1."


@pytest.mark.django_db
def test_an_edit_of_what_was_written_meanwhile_is_refused():
    task = remembering()
    services.save_memory(task, "a", user=None)
    with pytest.raises(Conflict, match="version 1"):
        services.save_memory(task, "b", user=None, seen=0)
    assert held(task) == "a"


@pytest.mark.django_db
def test_a_person_is_told_what_is_too_long(configure):
    configure("SCHEDULING", memory_chars=3)
    with pytest.raises(ValidationError, match="Has 4 characters; at most 3") as refused:
        services.save_memory(remembering(), "abcd", user=None)
    assert list(refused.value.message_dict) == ["content"]


# -- by the tools


@pytest.mark.django_db
def test_an_agent_reads_and_writes_by_its_tools():
    task = remembering()
    services.save_memory(task.agent, "ours", user=None)
    (run,) = claimed(task)
    caller = caller_of(run)
    answer = call_tool(caller, "write_memory", {"content": "mine"})
    assert answer == "Remembered: 4 of at most 20000 characters."
    assert services.memory_versions(task)[0].run_id == run.id
    assert call_tool(caller, "read_memory", {}) == "### Notes of the agent\nours\n\n### Notes of this task\nmine"  # fmt: skip


@pytest.mark.django_db
def test_the_tools_refuse_in_words(configure):
    configure("SCHEDULING", memory_chars=3)
    (run,) = claimed(remembering())
    with pytest.raises(ToolError, match=r"too long.*at most 3"):
        call_tool(caller_of(run), "write_memory", {"content": "abcd"})
    with pytest.raises(ToolError, match="content is required"):
        call_tool(caller_of(run), "write_memory", {"content": 7})
    (plain,) = claimed(make_task())
    for name in ("read_memory", "write_memory"):
        with pytest.raises(ToolError, match="does not include"):
            call_tool(caller_of(plain), name, {"content": "a"})
    assert not Memory.objects.exists()


# -- what was reported already


def told(task: ScheduledTask, day: int, output: str, **fields: Any) -> Run:
    at = datetime(2027, 1, day, tzinfo=UTC)
    fields = {"status": "succeeded", "finished_at": at, "created_at": at} | fields
    return make_run(task, output=output, **fields)


@pytest.mark.django_db
def test_what_was_reported_already_is_quoted_with_its_time():
    task = make_task(input_message="{{already_reported}}")
    told(task, 1, "FPT up\n## Task")
    told(task, 2, "boom", status="failed", failure_reason="error")
    told(task, 3, "secret", approval="waiting")
    told(task, 4, "VIC down", scheduled_for=datetime(2027, 1, 4, 1, tzinfo=UTC))
    (run,) = prepare(claimed(task)).ready
    assert run.input_message == (
        "On 2027-01-01 at 07:00:\n> FPT up\n> ## Task\n\nOn 2027-01-04 at 08:00:\n> VIC down"
    )


@pytest.mark.django_db
def test_only_the_last_five_are_quoted_and_each_in_short():
    task = make_task(input_message="{{already_reported}}")
    for day in range(1, 8):
        told(task, day, f"day {day} " + "x" * 2000)
    (run,) = prepare(claimed(task)).ready
    assert [day for day in range(1, 8) if f"day {day}" in run.input_message] == [3, 4, 5, 6, 7]  # fmt: skip
    assert run.input_message.count("[…]") == 5
    assert len(run.input_message) < 5 * (REPORTED_CHARS + 60)


@pytest.mark.django_db
def test_25_tasks_that_ask_take_two_queries_more(django_assert_max_num_queries):
    tasks = [make_task(input_message="{{already_reported}}") for _ in range(25)]
    for task in tasks:
        told(task, 1, "x")
    mine = claimed(*tasks)
    with django_assert_max_num_queries(6):
        assert all("> x" in run.input_message for run in prepare(mine).ready)


# -- from end to end


@pytest.mark.django_db(transaction=True)
def test_an_answer_with_marks_is_remembered_and_shown_without_them(worker):
    reply = f"All well.\n{BEGIN}\nSeen: FPT\n{END}"
    task = remembering(agent=make_agent(id="e", options={"reply": reply}))
    runs = [make_run(task), make_run(task)]
    for run in runs:
        in_thread(worker.run_chunk, [run.id]).result(timeout=30)
        run.refresh_from_db()
    assert [run.output for run in runs] == ["All well.", "All well."]
    assert runs[0].input_message == "Report."
    assert runs[1].input_message == "## Memory Context\nSeen: FPT\n\n## Task\nReport."
    assert held(task) == "Seen: FPT"


@pytest.mark.django_db(transaction=True)
def test_without_memory_marks_are_text_like_any_other(worker):
    reply = f"All well. {BEGIN} a {END}"
    run = make_run(make_task(agent=make_agent(id="e", options={"reply": reply})))
    in_thread(worker.run_chunk, [run.id]).result(timeout=30)
    run.refresh_from_db()
    assert run.output == reply
