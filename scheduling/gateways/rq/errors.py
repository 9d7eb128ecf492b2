"""Errors as FastAPI has them: `{"detail": "…"}`, and a list of what is wrong with a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.views import APIView

_INVALID = 422
_KEPT_HEADERS = ("WWW-Authenticate", "Retry-After")


class AsFastApi(APIView):
    """A view whose errors have that shape. They are those of the whole API, told otherwise."""

    schema = None  # of the OpenAPI document, which describes Backbeat's own API

    def get_exception_handler(self) -> Any:
        """The API's own handler, and its answer in the other shape."""
        tell = super().get_exception_handler()

        def handle(error: Exception, context: Any) -> Response | None:
            answer = tell(error, context)
            place = "query" if self.request.method == "GET" else "body"
            return answer and _reshaped(answer, error, place)

        return handle


def _reshaped(answer: Response, error: Exception, place: str) -> Response:
    problem: Mapping[str, Any] = answer.data
    headers = {name: answer[name] for name in _KEPT_HEADERS if name in answer}
    if answer.status_code != 400:
        body = {"detail": problem["detail"]}
        return Response(body, status=answer.status_code, headers=headers)
    kind = "json_invalid" if isinstance(error, ParseError) else "value_error"
    errors = problem.get("errors") or {place: [problem["detail"]]}
    wrong = [
        {"loc": _place(place, field), "msg": message, "type": kind}
        for field, messages in errors.items()
        for message in messages
    ]
    return Response({"detail": wrong}, status=_INVALID, headers=headers)


def _place(place: str, field: str) -> list[str]:
    return [place] if field == place else [place, *field.split(".")]
