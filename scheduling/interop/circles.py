"""Circles among tasks that run after each other, and an order without any. PURE."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

Parents = Mapping[str, Collection[str]]


def circles(parents: Parents) -> Iterator[list[str]]:
    """Each circle that is found, once one of its edges is thought away for the next; few at most."""
    left = {task: set(above) for task, above in parents.items()}
    for _each in range(20):
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1][:-1]  # each runs before the one after it
            yield circle
            left[circle[1 % len(circle)]].discard(circle[0])
        else:
            return


def in_order(tasks: Iterable[str], parents: Parents) -> list[str]:
    """`tasks` with those first after which the others run. There is no circle."""
    wanted = dict.fromkeys(tasks)
    order = TopologicalSorter(parents).static_order()
    known = [task for task in order if task in wanted]
    seen = {*known}
    return [task for task in wanted if task not in seen] + known
