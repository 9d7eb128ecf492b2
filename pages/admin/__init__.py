"""People in the admin, and what the admins of all apps share (`pages.admin.parts`)."""

from __future__ import annotations

from pages.admin.people import GroupAdmin, UserAdmin
from pages.admin.tokens import TokenAdmin

__all__ = ["GroupAdmin", "TokenAdmin", "UserAdmin"]
