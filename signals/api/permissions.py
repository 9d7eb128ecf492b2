"""What staff may do, in the API as in the admin."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

_VERBS = {"create": "add", "destroy": "delete"}


class StaffNeedPermission(BasePermission):
    """Staff need Django's permission of the view's model; who is no staff is not asked here.

    Reading needs `view`, creating `add`, deleting `delete`, and every other action `change`.
    Superusers have them all.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        if not user.is_staff:
            return True
        meta = view.queryset.model._meta  # noqa: SLF001 -- Django's documented API
        is_read = request.method in SAFE_METHODS
        verb = "view" if is_read else _VERBS.get(view.action, "change")
        needed = f"{meta.app_label}.{verb}_{meta.model_name}"
        self.message = f"You need the permission {needed}."
        return bool(user.has_perm(needed))
