"""Versions of tasks and agents: writing them down, listing, comparing.

Every change by people writes one, in the transaction of the change and under the lock of the
row. A version is written of what stood in the rows before, too, where the last version does not
say it: of what is older than versions, and of what moved without people.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from notifications.encryption import DecryptionError
from scheduling.models import Agent, ScheduledTask, Version
from scheduling.services.people import User, person
from scheduling.services.version_data import agent_data, task_data
from scheduling.versions import changed_fields

# Written down as they are, and translated where they are shown.
CREATED = gettext_noop("Created.")
FOUND = gettext_noop("As it was before versions were kept.")
OUTSIDE = gettext_noop("Changed by Backbeat itself, or by something that keeps no versions.")  # fmt: skip
REVERTED = gettext_noop("Reverted to %(number)s.")

Thing = ScheduledTask | Agent


def record_task(
    task: ScheduledTask, *, user: User, note: str = "", is_new: bool = False
) -> int:
    """Write a version of the task as its rows say, if it differs from the last one.

    For the end of the transaction that has changed it, webhooks, tags and parents included.
    Moves `task.version` and returns it.
    """
    number, data = task_data(task.pk)
    return _record(task, number, data, user, CREATED if is_new else note)


def remember_task(task: ScheduledTask) -> int:
    """Before a change, under the lock: write what stands there if no version says it yet."""
    return _record(task, *task_data(task.pk), None, OUTSIDE)


def record_agent(
    agent: Agent, *, user: User, note: str = "", is_new: bool = False
) -> int:
    """The same as `record_task` for an agent."""
    number, data = agent_data(agent.pk)
    return _record(agent, number, data, user, CREATED if is_new else note)


def remember_agent(agent: Agent) -> int:
    """The same as `remember_task` for an agent."""
    return _record(agent, *agent_data(agent.pk), None, OUTSIDE)


def list_versions(kind: str, ref: str) -> QuerySet[Version]:
    """The versions of one thing, newest first, without their data: a lost key hides no list."""
    versions = Version.objects.filter(kind=kind, ref=ref).defer("data")
    return versions.order_by("-number")


def versions_visible_to(user: User, thing: Thing) -> QuerySet[Version]:
    """All for staff; for others those since it was made: an id may have been somebody else's."""
    versions = list_versions(kind_of(thing), thing.pk)
    if getattr(user, "is_staff", False):
        return versions
    made = versions.filter(note=CREATED).values_list("number", flat=True).first()
    return versions.filter(number__gte=made or 0)


def kind_of(thing: Thing) -> str:
    """Which kind of version `thing` has."""
    return Version.Kind.AGENT if isinstance(thing, Agent) else Version.Kind.TASK


def data_of(version: Version) -> dict[str, Any] | None:
    """What the version holds, secrets included; None when no key reads it."""
    try:
        data: dict[str, Any] = version.data
    except DecryptionError:
        return None
    return data


def _record(
    thing: Thing, stored: int, data: dict[str, Any], user: User, note: str
) -> int:
    kind = kind_of(thing)
    last = _last(kind, thing.pk)
    before = data_of(last) if last else None
    changed = changed_fields(before, data) if before is not None else []
    is_same = before is not None and not changed and note != CREATED
    if last is None:
        number, note = stored, FOUND if note == OUTSIDE else note
    else:
        number = last.number if is_same else last.number + 1
    if not is_same:
        who = person(user)
        values: Any = data  # the stubs take the column's text for what it holds
        Version.objects.create(
            kind=kind,
            ref=thing.pk,
            number=number,
            data=values,
            changed=[] if note == CREATED else changed,
            note=note,
            by=who,
            by_name=who.get_username()[:150] if who else "",
        )
    if number != stored:
        rows = type(thing)._base_manager.filter(pk=thing.pk)  # noqa: SLF001 -- Django's documented API
        rows.update(version=number)
    thing.version = number
    return number


def _last(kind: str, ref: str) -> Version | None:
    versions = list_versions(kind, ref)
    try:
        return versions.defer(None).first()
    except DecryptionError:
        return versions.first()
