"""API tokens: made with an end, told once, kept as a digest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from knox.models import AuthToken

from pages.models import TokenName

MAX_DAYS = 36_500


def make_token(user: AbstractBaseUser, days: int, name: str = "") -> tuple[Any, str]:
    """Make a token of `user` that ends in `days`. Returns its row, and the token itself.

    `name` says what it is for, in up to 60 characters.

    Raises `ValueError` unless `days` is 1 to `MAX_DAYS`.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"{days}: give 1 to {MAX_DAYS} days.")
    stored, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
    if name:
        TokenName.objects.create(token=stored, name=name)
    return stored, token


def name_of(token: Any) -> str:
    """What the token is for, or nothing; no query where `named` was selected with it."""
    named = getattr(token, "named", None)
    return named.name if named else ""


def has_expired(token: Any) -> bool:
    """Whether the API refuses it because its time is over."""
    return token.expiry is not None and token.expiry <= timezone.now()


def _in_words(token: Any) -> str:
    return _("%(start)s… of %(user)s") % {"start": token.token_key, "user": token.user}


# Knox names a token by its digest, which Django's pages and messages would then show.
AuthToken.__str__ = _in_words
AuthToken._meta.verbose_name = gettext_lazy("API token")  # noqa: SLF001 -- migrations look at what stands in the class
AuthToken._meta.verbose_name_plural = gettext_lazy("API tokens")  # noqa: SLF001
apps.get_app_config("knox").verbose_name = gettext_lazy("People")
