"""Programs that come with `X-Api-Key` instead of a person's token."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

KEY_HOLDER = "X-Api-Key"
"""What `request.auth` is for the holder of a key."""
CONSUME_PERMISSION = "signals.consume_signaloutput"


def is_internal_key(key: str) -> bool:
    """Whether `key` is one of `settings.SIGNALS.ingest_keys`; the time tells nothing."""
    given = key.encode("utf-8", "surrogatepass")
    matches = [
        hmac.compare_digest(given, known.encode("utf-8"))
        for known in settings.SIGNALS.ingest_keys
    ]
    return any(matches)


class KeyAuthentication(BaseAuthentication):
    """The header `X-Api-Key`: one of the keys in `INTERNAL_API_KEY`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str] | None:
        key = request.headers.get("X-Api-Key")
        if key is None or not settings.SIGNALS.ingest_keys:
            return None
        if not is_internal_key(key):
            raise AuthenticationFailed("The X-Api-Key is not one of INTERNAL_API_KEY.")
        return AnonymousUser(), KEY_HOLDER

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey header="X-Api-Key"'


class MayIngest(BasePermission):
    """A holder of a key; anybody where there is none and DEBUG is on."""

    message = "Send the header X-Api-Key."

    def has_permission(self, request: Request, view: Any) -> bool:
        if settings.SIGNALS.ingest_keys:
            return bool(request.auth == KEY_HOLDER)
        if settings.DEBUG:
            return True
        raise PermissionDenied(
            "The ingest is shut because no key is set: set INTERNAL_API_KEY on the server "
            "and send it as X-Api-Key."
        )


class MayConsume(BasePermission):
    """A holder of a key, or a member of the staff who may take signals on."""

    message = f"Send the header X-Api-Key, or be staff with the permission {CONSUME_PERMISSION}."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth == KEY_HOLDER:
            return True
        return request.user.is_staff and request.user.has_perm(CONSUME_PERMISSION)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes the key."""

    target_class = KeyAuthentication
    name = "internalApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
