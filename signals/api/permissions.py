"""What staff may do, in the API as in the admin."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

_VERBS = {"create": ("add",), "destroy": ("delete",)}


class StaffNeedPermission(BasePermission):
    """Staff need Django's permissions of the view's model; who is no staff is not asked here.

    Reading needs `view`, creating `add`, deleting `delete`, and every other action `change`,
    but for those that the view's `verbs` names. Superusers have them all.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        if not user.is_staff:
            return True
        needed = (codename(view, verb) for verb in _verbs(request, view))
        missing = next((each for each in needed if not user.has_perm(each)), None)
        self.message = f"You need the permission {missing}."
        return missing is None


class StaffOnly(StaffNeedPermission):
    """Staff with Django's permissions of the view's model, and nobody else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user.is_staff:
            return super().has_permission(request, view)
        (verb, *_) = _verbs(request, view)
        self.message = f"For staff with the permission {codename(view, verb)}."
        return False


def codename(view: Any, verb: str) -> str:
    """Return the permission to `verb` what `view` shows, such as `scheduling.view_run`."""
    meta = view.queryset.model._meta  # noqa: SLF001 -- Django's documented API
    return f"{meta.app_label}.{verb}_{meta.model_name}"


def _verbs(request: Request, view: Any) -> tuple[str, ...]:
    if request.method in SAFE_METHODS:
        return ("view",)
    special: dict[str, tuple[str, ...]] = _VERBS | getattr(view, "verbs", {})
    return special.get(view.action, ("change",))
