"""Users who show a JWT or an API token."""

from __future__ import annotations

from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from signals.sanitise import clean_text

_MOST_CHARS = 8_192
_MOST_NAME_CHARS = 150
_LONGEST_ID = 18
"""In digits: more of them no database takes as an id."""


def user_of(token: str) -> Any | None:
    """Return the active user whom this token stands for; None: nobody."""
    if not token.isascii() or len(token) > _MOST_CHARS:
        return None
    if token.count(".") == 2:
        subject = _subject(token)
        return user_named(subject) if subject else None
    try:
        user, _ = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        return None
    return user


def user_named(name: str) -> Any | None:
    """Return the active user with this id, if it is digits, else with this username."""
    users = get_user_model().objects.filter(is_active=True)
    if name.isascii() and name.isdigit():
        return users.filter(pk=name).first() if len(name) <= _LONGEST_ID else None
    if not name or clean_text(name) != name or len(name) > _MOST_NAME_CHARS:
        return None
    return users.filter(username=name).first()


def _subject(token: str) -> str:
    """Return the `sub` of a JWT that holds; nothing: it does not, or JWTs are refused here."""
    conf = settings.SCHEDULING
    # An unsigned token says whatever its writer likes, whatever the settings say.
    algorithms = [each for each in conf.trigger_jwt_algorithms if each != "none"]
    if not conf.trigger_jwt_key or not algorithms:
        return ""
    try:
        claims = jwt.decode(
            token,
            conf.trigger_jwt_key,
            algorithms=algorithms,
            audience=conf.trigger_jwt_audience or None,
            options={
                "require": ["exp", "sub"],
                "verify_aud": bool(conf.trigger_jwt_audience),
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
        return ""
    return str(claims["sub"])
