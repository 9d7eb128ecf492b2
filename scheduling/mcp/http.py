"""`/mcp`: the server over streamable HTTP, with the API's tokens."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from knox.auth import TokenAuthentication
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from scheduling.models import Run
from signals.api.bodies import read_body
from signals.api.permissions import StaffNeedPermission

MAX_BODY_BYTES = 1024 * 1024
#: Half of the threads of a web process: some tools wait for a run, and pages must go on.
_MOST_AT_ONCE = 8
_HANDED_ON = (
    "accept",
    "content-type",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
)


class Busy(APIException):
    status_code = 503
    default_detail = "Too many calls at the same time; try again."
    wait = 1


class NoAnswer(APIException):
    status_code = 504
    default_detail = "The tool has not answered in time; what it began goes on."


class AsTheSdkAnswers(BaseContentNegotiation):
    """What may be answered is for the SDK to say; errors are problem documents."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class McpView(APIView):
    """One JSON-RPC message by POST, its answer as JSON. Nothing is streamed and no session kept."""

    # A browser's cookie opens nothing here, so no page can act for who is signed in.
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    content_negotiation_class = AsTheSdkAnswers
    http_method_names = ["post"]
    schema = None
    #: What staff need: `scheduling.view_run`.
    queryset = Run.objects.none()
    action, verbs = "call", {"call": ("view",)}

    _places = threading.BoundedSemaphore(_MOST_AT_ONCE)

    def post(self, request: Request) -> HttpResponse:
        """Hand the message to the SDK, in the name of the token's owner."""
        _require_own_origin(request)
        body = read_body(request._request, MAX_BODY_BYTES)  # noqa: SLF001 -- the bytes, before any parser
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            answer = _bridge().post(_headers(request), body, user_id=request.user.pk)
        except TimeoutError as error:
            raise NoAnswer from error
        finally:
            self._places.release()
        response = HttpResponse(bytes(answer.body), status=answer.status)
        del response["Content-Type"]
        for name, value in answer.headers:
            if name != "content-length":
                response[name] = value
        return response


def _bridge() -> Any:
    """The SDK's side, imported on first use: it takes a second, and few processes need it."""
    return import_module("scheduling.mcp.bridge").bridge()


def _require_own_origin(request: Request) -> None:
    """Refuse pages of other sites; the host itself was checked against ALLOWED_HOSTS."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc.lower() != request.get_host().lower():
        raise PermissionDenied(f"Requests from pages of {origin[:200]} are not taken.")


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    """What the SDK looks at; the token stays here."""
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
        if name.lower() in _HANDED_ON or name.lower().startswith("mcp-param-")
    ]
