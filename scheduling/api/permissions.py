"""Who may change what: staff what their permissions say, others what they own."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from scheduling.models import Run, ScheduledTask
from scheduling.selectors import owns

__all__ = ["OwnerOrReadOnly", "owns"]


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
