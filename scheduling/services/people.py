"""Who asks for something."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

User = AbstractBaseUser | AnonymousUser | None


def person(user: User) -> Any:
    """Return `user` for a foreign key; None for somebody unknown."""
    return user if user is not None and user.is_authenticated else None
