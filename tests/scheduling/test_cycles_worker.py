"""A tree of twelve through a real worker of this process, on the echo backend."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling import cycles, services
from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent
from tests.scheduling.threads import await_true, in_thread
from tests.scheduling.trees import TWELVE, make_tree, run_of, statuses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_work(worker, monkeypatch):
    """Whatever is rung is run at once, as if the broker brought it."""

    def ring(run_ids: Any) -> None:
        in_thread(worker.run_chunk, list(run_ids))

    monkeypatch.setattr(cycles, "ring", ring)
    monkeypatch.setattr("scheduling.services.runs.ring", ring)


def await_the_end() -> dict[str, str]:
    active = Run.objects.filter(status__in=Run.ACTIVE)
    await_true(lambda: not active.exists(), "the cycle to end", 30)
    return statuses()


def in_order(run: Run, *before: Run) -> bool:
    assert run.started_at
    return all(each.finished_at and each.finished_at <= run.started_at for each in before)  # fmt: skip


def test_a_worker_takes_a_tree_to_its_end_in_order_and_hands_outputs_on(at_work):
    tasks = make_tree(TWELVE, input_message="{{task_name}}({{parent_output}})")
    services.run_now(tasks["a"], user=None)
    assert set(await_the_end().values()) == {"succeeded"}
    runs = {run.task_ref: run for run in Run.objects.all()}
    for task_id, parents in TWELVE.items():
        assert in_order(runs[task_id], *(runs[each] for each in parents.split()))
    assert runs["b"].output == "B(A())"
    assert runs["e"].output == "E(## B\n\nB(A())\n\n## C\n\nC(A()))"


def test_a_failure_in_the_middle_is_mended_by_a_rerun(at_work):
    bad = make_agent(id="bad", options={"fail": "error"})
    tasks = make_tree(TWELVE)
    ScheduledTask.objects.filter(id="f").update(agent=bad)
    services.run_now(tasks["a"], user=None)
    found = await_the_end()
    assert {t for t, s in found.items() if s == "skipped"} == {"h", "i", "j", "k", "l"}
    assert (found["f"], found["g"]) == ("failed", "succeeded")
    ScheduledTask.objects.filter(id="f").update(agent="echo")
    services.rerun(run_of("f"), user=None)
    assert set(await_the_end().values()) == {"succeeded"}
    assert in_order(run_of("l"), run_of("j"), run_of("k"))
