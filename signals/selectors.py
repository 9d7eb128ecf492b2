"""Read shapes of `signals`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from signals.models import SignalOutput


def signals_visible_to(
    user: AbstractBaseUser | AnonymousUser,
) -> QuerySet[SignalOutput]:
    """The signal outputs `user` may read: all for staff, else those that name them."""
    if getattr(user, "is_staff", False):
        return SignalOutput.objects.all()
    return SignalOutput.objects.filter(user_id=str(user.pk))
