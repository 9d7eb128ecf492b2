"""Bodies of unknown length (`Transfer-Encoding: chunked`), which Django takes for empty."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import IO

from django.http import HttpRequest, HttpResponse, JsonResponse

from config.api import MAX_BODY_BYTES
from config.problems import MEDIA_TYPE, problem
from scheduling.interop.trigger.asked import MOST_BODY_BYTES

_STEP_BYTES = 65_536


def read_chunked_bodies(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give a chunked body a length, counting it; 413 once it is too long.

    Needs a server that ends the stream itself (`wsgi.input_terminated`, as Granian sets it);
    from another one a chunked body is refused with 411.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        meta = request.META
        if meta.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" not in meta:
            return get_response(request)
        if not meta.get("wsgi.input_terminated"):
            return _refuse(request, 411, "Send the length of the body: Content-Length.")
        most = _most(request.path)
        body = _read(meta["wsgi.input"], most + 1)
        if len(body) > most:
            message = f"The body is larger than the {most} bytes allowed here."
            return _refuse(request, 413, message)
        meta["CONTENT_LENGTH"] = str(len(body))
        request._stream = BytesIO(body)  # noqa: SLF001 -- Django offers no other way in
        return get_response(request)

    return middleware


def _most(path: str) -> int:
    return MOST_BODY_BYTES if path.startswith("/webhook/") else MAX_BODY_BYTES


def _read(stream: IO[bytes], most: int) -> bytes:
    body = bytearray()
    # read(n) may return less than there is to come.
    while len(body) < most and (
        part := stream.read(min(_STEP_BYTES, most - len(body)))
    ):
        body += part
    return bytes(body)


def _refuse(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    body = problem(status, detail, instance=request.path)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
