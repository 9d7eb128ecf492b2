"""`POST /webhook/trigger/{task_id}`: something outside begins a run (CONTRACTS A2).

The order is fixed: address, rate, size, who asks, what for, whether they may, the run. Before it
is known who asks nothing is written, and nothing told of what tasks there are.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from scheduling.exceptions import Conflict
from scheduling.interop.trigger import rate, running
from scheduling.interop.trigger.addresses import (
    Address,
    client_address,
    counted_as,
    is_within,
    read_networks,
)
from scheduling.interop.trigger.asked import (
    MOST_BODY_BYTES,
    Asked,
    BadBody,
    BadValue,
    read_asked,
)
from scheduling.interop.trigger.caller import (
    Caller,
    Forbidden,
    Knock,
    NoSuchTask,
    Refused,
    identify,
    task_for,
)
from scheduling.models import ScheduledTask
from signals.api.bodies import BodyTooLarge, read_body

logger = logging.getLogger(__name__)

IDEMPOTENCY_HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_RETRY_AFTER = 5


class _Stop(Exception):
    """The request ends here, with this answer."""

    def __init__(
        self, status: int, body: dict[str, Any], wait: int | None = None
    ) -> None:
        super().__init__(status)
        self.answer = JsonResponse(body, status=status)
        if wait is not None:
            self.answer["Retry-After"] = str(wait)


@csrf_exempt
@never_cache
def trigger(request: HttpRequest, task_id: str) -> HttpResponse:
    """Begin a run of the task, and with `?async=false` wait for its result."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        knock = _knock(request, task_id)
        try:
            caller = identify(knock)
        except Refused as error:
            raise _rejected(knock, str(error)) from None
        asked = _asked(request, knock.body)
        return _run(request, _task(caller, task_id, asked), caller, asked)
    except _Stop as stop:
        return stop.answer
    except DatabaseTrouble:
        logger.exception("a trigger of %.100r cannot be answered", task_id)
        words = "The database does not answer; try again."
        return _Stop(503, _error("UNAVAILABLE", words), _RETRY_AFTER).answer


def _knock(request: HttpRequest, task_id: str) -> Knock:
    """Look at address, rate and size, without the database; return what was sent."""
    address = _address(request)
    knock = partial(
        Knock,
        task_id=task_id,
        client_ip=str(address or ""),
        headers={name.lower(): value for name, value in request.headers.items()},
    )
    allowed = settings.SCHEDULING.trigger_allowed_ips
    if allowed and (address is None or not is_within(address, read_networks(allowed))):
        raise _rejected(knock(body=b""), "IP not allowed")
    counted = str(
        counted_as(address) if address else request.META.get("REMOTE_ADDR", "")
    )
    if wait := rate.seconds_to_wait(counted, task_id):
        raise _rejected(knock(body=b""), "Rate limit exceeded", 429, wait)
    return knock(body=_body(request))


def _address(request: HttpRequest) -> Address | None:
    meta = request.META
    return client_address(
        meta.get("REMOTE_ADDR", ""),
        meta.get("HTTP_X_FORWARDED_FOR", ""),
        read_networks(settings.SCHEDULING.trusted_proxies),
    )


def _body(request: HttpRequest) -> bytes:
    try:
        return read_body(request, MOST_BODY_BYTES)
    except UnreadablePostError:
        raise _Stop(400, _error("INVALID_JSON", "The body ended too soon.")) from None
    except BodyTooLarge as error:
        raise _Stop(413, _error("BODY_TOO_LARGE", str(error))) from None


def _asked(request: HttpRequest, body: bytes) -> Asked:
    try:
        return read_asked(
            body, request.GET.dict(), settings.SCHEDULING.trigger_sync_seconds
        )
    except BadBody as error:
        raise _Stop(400, _error("INVALID_JSON", str(error))) from None
    except BadValue as error:
        raise _Stop(400, _error("INVALID_VALUE", str(error))) from None


def _task(caller: Caller, task_id: str, asked: Asked) -> ScheduledTask:
    try:
        return task_for(caller, task_id, asked.user_id)
    except NoSuchTask:
        words = f"Task {task_id[:100]} not found"
        raise _Stop(404, _failed(task_id, "TASK_NOT_FOUND", words)) from None
    except Forbidden:
        words = f"Permission denied for task {task_id[:100]}"
        raise _Stop(403, _failed(task_id, "PERMISSION_DENIED", words)) from None


def _run(
    request: HttpRequest, task: ScheduledTask, caller: Caller, asked: Asked
) -> HttpResponse:
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    if key and not _KEY.fullmatch(key):
        words = f"{IDEMPOTENCY_HEADER}: give 1 to 255 printable ASCII characters without spaces"  # fmt: skip
        raise _Stop(400, _error("INVALID_VALUE", words))
    begin = partial(running.begin, task, caller, asked.payload, idempotency_key=key)
    try:
        if not asked.wait:
            return JsonResponse(running.triggered(begin()))
        with running.place_to_wait():  # before the run: who cannot wait begins none
            run = begin()
            if running.wait_for(run, asked.seconds):
                return JsonResponse(running.result_of(run))
            return JsonResponse(running.still_running(run, asked.seconds), status=202)
    except running.Replayed:
        raise _rejection("Replayed request") from None
    except running.TooManyWaiting:
        words = "All places to wait for a result are taken; try again, or with async=true."  # fmt: skip
        raise _Stop(503, _error("TOO_MANY_WAITING", words), _RETRY_AFTER) from None
    except Conflict as error:
        raise _Stop(409, _failed(task.id, "CONFLICT", str(error))) from None


def _rejected(
    knock: Knock, message: str, status: int = 403, wait: int | None = None
) -> _Stop:
    logger.info("a trigger of %.100r by %s was refused: %s", knock.task_id, knock.client_ip or "somebody", message)  # fmt: skip
    return _rejection(message, status, wait)


def _rejection(message: str, status: int = 403, wait: int | None = None) -> _Stop:
    return _Stop(status, _error("WEBHOOK_REJECTED", message), wait)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _failed(task_id: str, code: str, error: str) -> dict[str, Any]:
    return {
        "success": False,
        "error": error,
        "error_code": code,
        "task_id": task_id[:100],
    }
