"""Who may change what: staff what their permissions say, others what they own."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from scheduling.models import Run, ScheduledTask


def owns(user: Any, task: ScheduledTask | None) -> bool:
    """Whether `user` is staff or the owner of `task`, not only its target."""
    return bool(user.is_staff or (task is not None and task.owner_id == user.pk))


class OwnerOrReadOnly(BasePermission):
    """Reading is for all who see it; what is not seen at all is a 404 before this is asked."""

    message = (
        "This task belongs to somebody else: you may read it and not change or run it."
    )

    def has_object_permission(
        self, request: Request, view: Any, obj: ScheduledTask | Run
    ) -> bool:
        if request.method in SAFE_METHODS:
            return True
        return owns(request.user, obj.task if isinstance(obj, Run) else obj)
