"""Which tasks a task runs after. Circles are refused, and so are trees nobody could follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from scheduling.cycle_plan import Edge, downstream
from scheduling.models import Dependency, ScheduledTask
from scheduling.selectors import tasks_visible_to
from scheduling.services.people import User

MAX_PARENTS = 50
MAX_TREE = 500
#: Any number that no other part of the product locks: edits of the tree wait for each other.
_LOCK = 4_210_011

Parents = Sequence[Mapping[str, Any]]
"""`{"task_id": ..., "when": "succeeded" | "failed" | "finished"}`; without `when`: succeeded."""


def lock_tree() -> None:
    """Wait for other edits of the tree until the end of the transaction.

    Call it before the task's own row is locked: two edits that each hold their task and name the
    other's would wait for each other. SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def set_parents(task: ScheduledTask, parents: Parents, *, user: User) -> None:
    """Let `task`, a saved one, run after these and no others.

    Raises `ValidationError` by the field `parents`: for an entry that cannot be read, a task
    that is not there (or not for `user` to see), one named twice, `task` itself, more than
    `MAX_PARENTS`, a circle, or a tree of more than `MAX_TREE` tasks.
    """
    wanted = _read(task, parents)
    with transaction.atomic():
        lock_tree()
        before = dict(task.dependencies.values_list("parent_id", "when"))
        if wanted == before:
            return
        _require_visible(wanted, set(wanted) - set(before), user)
        _check_shape(task.id, set(wanted))
        gone = [parent for parent in before if wanted.get(parent) != before[parent]]
        task.dependencies.filter(parent__in=gone).delete()
        Dependency.objects.bulk_create(
            Dependency(task=task, parent_id=parent, when=when)
            for parent, when in wanted.items()
            if before.get(parent) != when
        )


def copied_parents(task: ScheduledTask, user: User) -> Parents:
    """The parents that a copy of `task` gets: those that `user` may name."""
    rows = task.dependencies.filter(parent__in=_seen_by(user))
    return [{"task_id": each.parent_id, "when": each.when} for each in rows]


def _seen_by(user: User) -> QuerySet[ScheduledTask]:
    return ScheduledTask.objects.all() if user is None else tasks_visible_to(user)


def _read(task: ScheduledTask, parents: Parents) -> dict[str, str]:
    """The conditions by parent, each entry looked at by itself."""
    if len(parents) > MAX_PARENTS:
        text = _("A task runs after at most %(most)d others; these are %(count)d.")
        raise _wrong(text % {"most": MAX_PARENTS, "count": len(parents)})
    found: dict[str, str] = {}
    for place, entry in enumerate(parents):
        parent = entry.get("task_id")
        if not isinstance(parent, str) or not parent:
            raise _wrong(_("[%(place)d].task_id: name a task by its id.") % {"place": place})  # fmt: skip
        if parent == task.id:
            text = _("[%(place)d].task_id: a task cannot run after itself.")
            raise _wrong(text % {"place": place})
        if parent in found:
            text = _("[%(place)d].task_id: %(id)r is named twice.")
            raise _wrong(text % {"place": place, "id": parent})
        found[parent] = _condition(
            place, entry.get("when") or Dependency.When.SUCCEEDED
        )
    return found


def _condition(place: int, when: object) -> str:
    if when not in Dependency.When.values:
        text = _("[%(place)d].when: %(when)r is unknown; there are: %(known)s.")
        known = ", ".join(Dependency.When.values)
        raise _wrong(text % {"place": place, "when": when, "known": known})
    return str(when)


def _require_visible(wanted: Collection[str], new: set[str], user: User) -> None:
    """Whom one may not see, one may not wait for; what was there before stays allowed."""
    seen = _seen_by(user).filter(id__in=new)
    missing = new - set(seen.values_list("id", flat=True))
    for place, parent in enumerate(wanted):
        if parent in missing:
            text = _("[%(place)d].task_id: there is no task %(id)r.")
            raise _wrong(text % {"place": place, "id": parent})


def _check_shape(task_id: str, parents: set[str]) -> None:
    """Refuse a circle, and a tree that is too large; one query per level of the tree."""
    above = _edges(parents, "task", "parent")
    tops = parents | {parent for _task, parent, _when in above}
    edges = [(task_id, parent, "") for parent in parents]
    edges += (
        each
        for each in _edges(tops | {task_id}, "parent", "task")
        if each[0] != task_id  # its parents of before
    )
    if circle := _way(edges, task_id, parents):
        shown = " → ".join([*circle, task_id])
        raise _wrong(_("These tasks would wait for each other: %(circle)s.") % {"circle": shown})  # fmt: skip
    for top in tops - {task for task, _parent, _when in above}:
        if (size := 1 + len(downstream(edges, top))) > MAX_TREE:
            text = _("The tree that begins with %(top)r would have %(count)d tasks; at most %(most)d are allowed.")  # fmt: skip
            raise _wrong(text % {"top": top, "count": size, "most": MAX_TREE})


def _edges(start: Collection[str], known: str, other: str) -> list[Edge]:
    """All edges met on the way from `start`, by their end `known` towards `other`."""
    found: list[Edge] = []
    seen, level = set(start), set(start)
    while level:
        rows = Dependency.objects.filter(**{f"{known}__in": level})
        edges = list(rows.order_by("id").values_list("task_id", "parent_id", "when"))
        found += edges
        level = {edge[0 if other == "task" else 1] for edge in edges} - seen
        seen |= level
    return found


def _way(edges: Sequence[Edge], start: str, ends: set[str]) -> list[str]:
    """The tasks on a shortest way down from `start` to one of `ends`; [] when there is none."""
    before: dict[str, str] = {}
    level = [start]
    while level:
        following = []
        for task, parent, _when in edges:
            if parent in level and task not in before and task != start:
                before[task] = parent
                following.append(task)
        for task in following:
            if task in ends:
                way = [task]
                while way[0] != start:
                    way.insert(0, before[way[0]])
                return way
        level = following
    return []


def _wrong(text: str) -> ValidationError:
    return ValidationError({"parents": text})
