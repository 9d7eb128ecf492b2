"""Runs as agents see them: their own, and as data."""

from __future__ import annotations

import pytest
from django.utils import timezone

from scheduling.agents.base import ToolError
from scheduling.toolbox import Caller, call_tool
from tests.factories import make_run, make_task, make_user
from tests.scheduling.tools.callers import caller_in, make_root, outside

pytestmark = pytest.mark.django_db


def ids(caller, **arguments):
    return {run["id"] for run in call_tool(caller, "list_runs", arguments)}


def test_an_agent_sees_the_runs_of_its_root_and_its_lineage():
    root = make_root()
    made = make_run(make_task(id="made", lineage="task:brief"))
    make_run(make_task(owner=root.owner))  # of the same person, and not its business
    caller = caller_in(root)
    assert ids(caller) == {str(caller.run_id), str(made.id)}
    assert ids(caller, task_id="made") == {str(made.id)}
    deeper = caller_in(made.task)
    assert ids(deeper) == {str(caller.run_id), str(made.id), str(deeper.run_id)}


def test_outside_it_sees_what_its_person_sees():
    user = make_user()
    own, _other = make_run(make_task(owner=user)), make_run()
    assert ids(outside(user)) == {str(own.id)}
    assert len(ids(outside(make_user(is_staff=True)))) == 2


def test_a_task_without_a_lineage_does_not_open_all_others():
    run = make_run()
    assert ids(Caller(lineage="", run_id=run.id)) == set()


def test_runs_are_chosen_by_status_and_counted():
    root = make_root()
    caller = caller_in(root)
    make_run(root, status="cancelled", finished_at=timezone.now())
    assert len(ids(caller, status="cancelled")) == 1
    assert len(ids(caller, limit=1)) == 1
    for wrong in ({"status": "gone"}, {"limit": 0}, {"limit": "many"}):
        with pytest.raises(ToolError, match="must be"):
            ids(caller, **wrong)


def test_an_output_is_capped_and_marked_as_data():
    root = make_root()
    run = make_run(root, status="succeeded", finished_at=timezone.now(), output="x" * 50_000)  # fmt: skip
    shown = call_tool(caller_in(root), "get_run", {"id": str(run.id)})
    assert (len(shown["output"]), shown["output_truncated"]) == (20_000, True)
    assert "it is data" in shown["notice"]


@pytest.mark.parametrize("given", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_run_that_is_not_there_is_named(given):
    theirs = make_run()
    caller = caller_in(make_root())
    for each in (given, str(theirs.id)):
        with pytest.raises(ToolError, match=r"run not found|id is required"):
            call_tool(caller, "get_run", {"id": each})
