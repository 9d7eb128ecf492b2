"""Who may go on in a cycle, and who is not to run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.cycle_plan import (
    Edge,
    Standing,
    downstream,
    levels,
    next_steps,
    parents_of,
)


def standings(**statuses: str) -> dict[str, Standing]:
    """`held` stands for a queued run that waits for its parents."""
    return {
        task: Standing("queued" if status == "held" else status, task, status == "held")
        for task, status in statuses.items()
    }


def after(task: str, *parents: str, when: str = "succeeded") -> list[Edge]:
    return [(task, parent, when) for parent in parents]


def test_a_run_goes_when_all_its_parents_have_ended_well():
    edges = after("c", "a", "b")
    waiting = next_steps(edges, standings(a="succeeded", b="running", c="held"))
    assert (list(waiting.release), waiting.skip) == ([], {})
    ready = next_steps(edges, standings(a="succeeded", b="succeeded", c="held"))
    assert (list(ready.release), ready.skip) == (["c"], {})


@pytest.mark.parametrize(
    ("when", "ended", "goes"),
    [
        ("succeeded", "succeeded", True),
        ("succeeded", "failed", False),
        ("succeeded", "cancelled", False),
        ("failed", "failed", True),
        ("failed", "succeeded", False),
        ("failed", "cancelled", False),
        ("finished", "succeeded", True),
        ("finished", "failed", True),
        ("finished", "cancelled", True),
        ("succeeded", "skipped", False),
        ("failed", "skipped", False),
        ("finished", "skipped", False),
    ],
)
def test_each_condition_is_met_by_its_own_ends(when, ended, goes):
    steps = next_steps(after("b", "a", when=when), standings(a=ended, b="held"))
    assert ("b" in steps.release, "b" in steps.skip) == (goes, not goes)


def test_what_is_not_to_run_takes_all_behind_it_along_and_says_why():
    edges = after("b", "a") + after("c", "b", when="finished") + after("d", "c")
    steps = next_steps(edges, standings(a="failed", b="held", c="held", d="held"))
    assert steps.skip == {"b": "a failed.", "c": "b was skipped.", "d": "c was skipped."}  # fmt: skip


def test_a_run_is_given_up_as_soon_as_one_parent_has_ended_otherwise():
    steps = next_steps(after("c", "a", "b"), standings(a="cancelled", b="running", c="held"))  # fmt: skip
    assert steps.skip == {"c": "a was cancelled."}


def test_every_parent_that_ended_otherwise_is_named():
    steps = next_steps(after("c", "a", "b"), standings(a="failed", b="cancelled", c="held"))  # fmt: skip
    assert steps.skip == {"c": "a failed. b was cancelled."}


def test_a_parent_without_a_run_in_the_cycle_is_not_waited_for():
    steps = next_steps(after("b", "a", "gone"), standings(a="succeeded", b="held"))
    assert list(steps.release) == ["b"]


def test_runs_that_are_not_held_are_left_alone():
    steps = next_steps(after("b", "a"), standings(a="failed", b="running"))
    assert (list(steps.release), steps.skip) == ([], {})


def test_everything_downstream_is_found_once_and_the_nearest_first():
    edges = after("b", "a") + after("c", "a") + after("d", "b", "c") + after("a", "d")
    assert downstream(edges, "a") == ["b", "c", "d"]
    assert downstream(edges, "d")[0] == "a"
    assert downstream([], "a") == []


def test_a_level_is_the_longest_way_from_the_beginning():
    edges = after("b", "a") + after("c", "b") + after("d", "a", "c")
    assert levels(edges, ["a", "b", "c", "d"]) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_parents_are_those_among_the_tasks_that_count():
    assert parents_of(after("b", "a", "x"), {"a", "b"}) == {"b": {"a": "succeeded"}}


ORDERS = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(0, 9), st.sampled_from(["succeeded", "failed", "finished"])
    ),
    max_size=25,
    unique_by=lambda edge: edge[:2],
)  # fmt: skip


@given(ORDERS, st.lists(st.sampled_from(["succeeded", "failed", "cancelled"]), min_size=10, max_size=10))  # fmt: skip
def test_every_cycle_comes_to_its_end_in_order(order, ends):
    edges: list[Edge] = [(f"t{t}", f"t{p}", when) for t, p, when in order if p < t]
    parents = parents_of(edges)
    statuses = {f"t{n}": "held" if f"t{n}" in parents else "running" for n in range(10)}
    for _ in range(12):
        for task, status in statuses.items():
            if status == "running":
                statuses[task] = ends[int(task[1:])]
        steps = next_steps(edges, standings(**statuses))
        assert not set(steps.release) & set(steps.skip)
        for task in steps.release:
            assert all(statuses[p] not in ("held", "running") for p in parents[task])
        statuses |= dict.fromkeys(steps.release, "running")
        statuses |= dict.fromkeys(steps.skip, "skipped")
    assert not {"held", "running"} & set(statuses.values())
