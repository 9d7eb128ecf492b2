"""What follows what in a cycle, and who may go on. PURE.

A cycle is told by its edges (task, parent, when), as they were when it began, and by where the
latest run of each of its tasks stands. Tasks are named by their ids.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str, str]
"""Task, parent, when: `succeeded`, `failed` or `finished`."""

_MEETS = {
    "succeeded": frozenset({"succeeded"}),
    "failed": frozenset({"failed"}),
    "finished": frozenset({"succeeded", "failed", "cancelled"}),
}
_ENDED = {
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "was cancelled",
    "skipped": "was skipped",
    "rejected": "was rejected",
}
"""What a run has come to, in words. One that waits for approval has not ended for those behind it."""


@dataclass(frozen=True)
class Standing:
    """Where the latest run of a task stands: its status, or `waiting` or `rejected` when a person
    decides about its output. `held`: it waits for its parents.
    """

    status: str
    name: str
    held: bool = False


@dataclass(frozen=True)
class Steps:
    """What is to be done now: tasks whose run may go, and those not to run, with the reason."""

    release: Sequence[str]
    skip: Mapping[str, str]


def next_steps(edges: Sequence[Edge], standings: Mapping[str, Standing]) -> Steps:
    """Decide for every held run of a cycle, with all that follows from it.

    A run goes when all its parents in the cycle have ended and each as its edge asks. It is not
    to run as soon as one has ended otherwise; a skipped or rejected parent meets no condition.
    """
    parents = parents_of(edges, standings)
    statuses = {task: standing.status for task, standing in standings.items()}
    names = {task: standing.name for task, standing in standings.items()}
    step = levels(edges, standings)
    held = [task for task, standing in standings.items() if standing.held]
    held.sort(key=lambda task: step.get(task, 0))  # parents are decided first
    skip: dict[str, str] = {}
    for task in held:
        if note := _refusal(parents.get(task, {}), statuses, names):
            skip[task], statuses[task] = note, "skipped"
    release = [
        task
        for task in held
        if task not in skip
        and all(statuses[parent] in _ENDED for parent in parents.get(task, {}))
    ]
    return Steps(release=release, skip=skip)


def _refusal(
    parents: Mapping[str, str], statuses: Mapping[str, str], names: Mapping[str, str]
) -> str:
    """Which parents have ended otherwise than was asked; "" while none has."""
    return " ".join(
        f"{names[parent]} {_ENDED[statuses[parent]]}."
        for parent, when in parents.items()
        if statuses[parent] in _ENDED and statuses[parent] not in _MEETS[when]
    )


def parents_of(
    edges: Iterable[Edge], among: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """The parents of each task, with their conditions; only tasks of `among`, if it is given."""
    found: dict[str, dict[str, str]] = {}
    for task, parent, when in edges:
        if among is None or (task in among and parent in among):
            found.setdefault(task, {})[parent] = when
    return found


def downstream(edges: Iterable[Edge], start: str) -> list[str]:
    """All that follow `start`, the nearest first; `start` itself is never among them."""
    children: dict[str, list[str]] = {}
    for task, parent, _ in edges:
        children.setdefault(parent, []).append(task)
    seen, found, open_ones = {start}, list[str](), deque([start])
    while open_ones:
        for task in children.get(open_ones.popleft(), ()):
            if task not in seen:
                seen.add(task)
                found.append(task)
                open_ones.append(task)
    return found


def levels(edges: Sequence[Edge], tasks: Collection[str]) -> dict[str, int]:
    """How many steps each of `tasks` is from the beginning, by its longest way."""
    parents = parents_of(edges, tasks)
    dependants: dict[str, list[str]] = {}
    for task, its in parents.items():
        for parent in its:
            dependants.setdefault(parent, []).append(task)
    missing = {task: len(parents.get(task, {})) for task in tasks}
    found = {task: 0 for task in tasks if not missing[task]}
    ready = deque(found)
    while ready:
        parent = ready.popleft()
        for task in dependants.get(parent, ()):
            missing[task] -= 1
            found[task] = max(found.get(task, 0), found[parent] + 1)
            if not missing[task]:
                ready.append(task)
    return found
