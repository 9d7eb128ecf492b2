"""Who may change what: staff everything, others what they own."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from scheduling.models import Run, ScheduledTask


class OwnerOrReadOnly(BasePermission):
    """Reading is for all who see it; what is not seen at all is a 404 before this is asked."""

    message = (
        "This task belongs to somebody else: you may read it and not change or run it."
    )

    def has_object_permission(
        self, request: Request, view: Any, obj: ScheduledTask | Run
    ) -> bool:
        if request.method in SAFE_METHODS or request.user.is_staff:
            return True
        task = obj.task if isinstance(obj, Run) else obj
        return task is not None and task.owner_id == request.user.pk
