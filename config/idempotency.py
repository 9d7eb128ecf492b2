"""The header `Idempotency-Key`: a POST to the API that is sent again is not done again.

After draft-ietf-httpapi-idempotency-key-header. Only requests that the view would let in are
remembered: strangers write nothing into the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import unwrap
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from config.problems import API_ROOT, MEDIA_TYPE, problem
from scheduling import idempotency
from scheduling.idempotency import MAX_BODY_CHARS, Answer, Claim

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_PATTERN = r"[\x21-\x7e]{1,255}"
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Cache-Control", "Content-Disposition")  # fmt: skip
#: Refusals that the same request would meet again. Others may pass: rights, rates, conflicts.
_KEPT_REFUSALS = (400, 404, 422)


class OncePerKey:
    """Middleware, the last one: stands between a request with a key and its view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        claim: Claim | None = getattr(request, "idempotency_claim", None)
        if claim is not None:
            _settle(claim, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer a request that was answered before; else let its view do so."""
        key = request.headers.get(HEADER)
        view = unwrap(view, stop=_is_of_api)
        if key is None or not _is_ours(request, view):
            return None
        if not re.fullmatch(KEY_PATTERN, key):
            said = f"{HEADER}: {key[:40]!r} is none; send 1 to 255 visible ASCII characters."
            return _refuse(request, 400, said)
        caller = _caller(request, view, args, kwargs)
        sent = _sent(request)
        if caller is None or sent is None:
            return None  # the view says what is wrong
        address = f"POST {request.path.rstrip('/')}"
        try:
            found = idempotency.claim(
                caller=caller, address=address, key=key, sent=sent
            )
        except idempotency.UnderWay as error:
            refused = _refuse(request, 409, str(error))
            refused["Retry-After"] = "1"
            return refused
        except idempotency.Unreadable as error:
            return _refuse(request, 409, str(error))
        except idempotency.OtherRequest:
            said = (
                f"{HEADER}: {key[:40]!r} was used for another request; take a new one."
            )
            return _refuse(request, 422, said)
        if isinstance(found, Answer):
            return HttpResponse(
                found.body, status=found.status, headers={**found.headers, REPLAYED: "true"}
            )  # fmt: skip
        setattr(request, "idempotency_claim", found)  # noqa: B010 -- Django's class does not declare it
        return None


def _is_ours(request: HttpRequest, view: Any) -> bool:
    return (
        request.method == "POST"
        and request.path.startswith(API_ROOT)
        and _is_of_api(view)
        and not getattr(view.cls, "has_own_keys", False)
    )


def _is_of_api(view: Any) -> bool:
    """Whether it is the view of a class of Django REST framework, which knows its callers."""
    return hasattr(view, "cls")


def _caller(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> str | None:
    """Who asks, as the view itself finds out; None for whom it does not let in."""
    part = view.cls(**view.initkwargs)
    part.action_map = getattr(view, "actions", None)
    part.args, part.kwargs = args, kwargs
    part.request = asked = part.initialize_request(request, *args, **kwargs)
    try:
        part.initial(asked, *args, **kwargs)
    except Exception:  # noqa: BLE001 -- whatever it is, the view meets it again and answers
        return None
    if asked.user.is_authenticated:
        return f"user {asked.user.pk}"
    return None if asked.auth is None else f"key {asked.auth}"


def _sent(request: HttpRequest) -> bytes | None:
    """What makes it this request; None when there is too much of it, or it breaks off."""
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return None
    query, kind = request.META.get("QUERY_STRING", ""), request.content_type or ""
    return b"\0".join([query.encode("utf-8", "replace"), kind.encode("utf-8", "replace"), body])  # fmt: skip


def _settle(claim: Claim, response: HttpResponseBase) -> None:
    answer = _answer(response)
    if answer is None:
        claim.release()
    else:
        claim.keep(answer)


def _answer(response: HttpResponseBase) -> Answer | None:
    """What is kept of `response`; None for what is not to be given again."""
    status = response.status_code
    if not isinstance(response, HttpResponse) or (
        status >= 400 and status not in _KEPT_REFUSALS
    ):
        return None
    try:
        body = response.content.decode()
    except UnicodeDecodeError:
        return None
    if len(body) > MAX_BODY_CHARS:
        return None
    kept = {name: response[name] for name in _KEPT_HEADERS if name in response}
    return Answer(status, kept, body)


def _refuse(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    body = problem(status, detail, instance=request.path)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
