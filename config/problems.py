"""Errors as problem documents (RFC 9457, `application/problem+json`).

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "…",
 "errors": {"webhooks[0].url": ["…"]}}
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.authentication import get_authorization_header
from rest_framework.response import Response

from notifications.encryption import DecryptionError
from notifications.exceptions import Conflict as NotificationsConflict
from scheduling.exceptions import Conflict as SchedulingConflict
from signals.exceptions import Conflict as SignalsConflict
from signals.sanitise import clean_json

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
API_ROOT = "/v2/"
_GENERAL = "body"
_DETAIL_CHARS = 1_000


def problem_document(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: the answer to `error`, or None for a fault of our own."""
    error = _as_api_error(error, context)
    if isinstance(error, DjangoValidationError):
        body = _invalid(_django_errors(error))
    elif isinstance(error, exceptions.ValidationError):
        body = _invalid(dict(_flat("", error.detail)))
    elif isinstance(error, exceptions.APIException):
        body = problem(error.status_code, str(error.detail))
    elif (found := _answer_to(error)) is not None:
        body = problem(*found)
    else:
        return None
    if (request := context.get("request")) is not None:
        body["instance"] = request.path
    # It repeats what was sent, which may be no text that can be encoded.
    return Response(
        clean_json(body),
        status=body["status"],
        headers=_headers(error),
        content_type=MEDIA_TYPE,
    )


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """Return a problem document as a dict."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }


def django_handler(
    status: int, detail: str, page: Callable[..., HttpResponse]
) -> Callable[..., HttpResponse]:
    """Return an error view for Django's `handler404` and its kin.

    Browsers get `page`; the API, and who would rather have JSON, a problem document.
    """

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.path.startswith(API_ROOT) and not _prefers_json(request):
            return page(request, *args, **kwargs)
        body = problem(status, detail, instance=request.path)
        return JsonResponse(body, status=status, content_type=MEDIA_TYPE)

    return view


def _prefers_json(request: HttpRequest) -> bool:
    kinds = ["text/html", "application/json", MEDIA_TYPE]
    return (request.get_preferred_type(kinds) or kinds[0]) != kinds[0]


def _as_api_error(error: Exception, context: Mapping[str, Any]) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound(_what_is_missing(context))
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(*error.args)
    if isinstance(error, UnicodeDecodeError) and _is_in_token(error, context):
        refused = exceptions.AuthenticationFailed("Invalid token.")
        setattr(refused, "auth_header", "Bearer")  # noqa: B010 -- as DRF's views do; it has no declaration
        return refused
    return error


def _answer_to(error: Exception) -> tuple[int, str] | None:
    if isinstance(error, (SchedulingConflict, NotificationsConflict, SignalsConflict)):
        return 409, str(error)
    if isinstance(error, ProtectedError):
        return 409, "Something else still uses it."
    if isinstance(error, IntegrityError):
        logger.warning("refused by the database: %s", error)
        return 409, "Somebody changed the same thing at this moment; try again."
    if isinstance(error, RequestDataTooBig):
        return 413, str(error)
    if isinstance(error, OperationalError):
        logger.error("the database does not answer", exc_info=error)
        return 503, "The database does not answer; try again."
    if isinstance(error, DecryptionError):
        logger.error("%s", error)
        return 500, str(error)
    return None


def _invalid(errors: Mapping[str, list[str]]) -> dict[str, Any]:
    said = " ".join(f"{field}: {texts[0]}" for field, texts in errors.items() if texts)
    return problem(400, said[:_DETAIL_CHARS], errors=errors)


def _django_errors(error: DjangoValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {_GENERAL: error.messages}
    return dict(_flat("", error.message_dict))


def _flat(path: str, detail: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the messages under paths such as `webhooks[0].url`."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _flat(_under(path, key), inner)
    elif isinstance(detail, list) and any(isinstance(each, dict) for each in detail):
        for place, inner in enumerate(detail):
            yield from _flat(f"{path}[{place}]", inner)
    elif isinstance(detail, list):
        yield path or _GENERAL, [str(each) for each in detail]
    else:
        yield path or _GENERAL, [str(detail)]


def _under(path: str, key: object) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key in (NON_FIELD_ERRORS, "non_field_errors"):
        return path or _GENERAL
    return f"{path}.{key}" if path else str(key)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    if isinstance(error, OperationalError):
        headers["Retry-After"] = "5"
    return headers


def _what_is_missing(context: Mapping[str, Any]) -> str:
    pk = (context.get("kwargs") or {}).get("pk")
    model = getattr(getattr(context.get("view"), "queryset", None), "model", None)
    if pk is None or model is None:
        return "There is nothing at this address."
    noun = model._meta.verbose_name  # noqa: SLF001 -- Django's documented API
    return f"There is no {noun} {str(pk)[:100]!r}, or not for you."


def _is_in_token(error: UnicodeDecodeError, context: Mapping[str, Any]) -> bool:
    """Whether `error` comes from a token that is no UTF-8, which knox does not expect."""
    request = context.get("request")
    return request is not None and bytes(error.object) in get_authorization_header(
        request
    )
