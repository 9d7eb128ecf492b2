"""In whose name an agent outside calls: a person's, with what that person may do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from scheduling.toolbox import SCHEDULING_TOOLS, TOOLS, Caller

#: Of people who are staff; others see what is theirs, and make tasks of their own.
MAY_READ = "scheduling.view_run"
MAY_SCHEDULE = "scheduling.add_scheduledtask"
#: What is lent to outside agents; memory belongs to runs, and pages they fetch by themselves.
LENT = tuple(
    name for name in TOOLS if name in SCHEDULING_TOOLS or name in ("list_runs", "get_run")
)  # fmt: skip


class NotAllowed(Exception):
    """This person may not use the server, or not this tool; in words for the agent."""


def caller_for(user_id: int) -> Caller:
    """Return the caller who acts for that person. A query or three.

    Raises `NotAllowed` for one who is gone or inactive, and for staff who may see no runs.
    """
    user: Any = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotAllowed("The person whom this connection is for may not sign in.")
    if user.is_staff and not user.has_perm(MAY_READ):
        raise NotAllowed(f"You need the permission {MAY_READ}.")
    return Caller(
        lineage=f"user:{user.pk}",
        user_id=user.pk,
        may_schedule=not user.is_staff or user.has_perm(MAY_SCHEDULE),
    )


def names_for(caller: Caller) -> list[str]:
    """Return the names of the tools that this caller may use."""
    return [name for name in LENT if caller.may_schedule or name not in SCHEDULING_TOOLS]  # fmt: skip


def require(caller: Caller, name: str) -> None:
    """Raise `NotAllowed` unless `caller` may use the tool; it is one that is lent."""
    if name not in names_for(caller):
        raise NotAllowed(
            f"{name} makes or changes schedules: you need the permission {MAY_SCHEDULE}."
        )
