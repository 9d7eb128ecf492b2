"""Errors as Sympozium's API server has them: a line of plain text."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import APIException, ParseError
from rest_framework.views import APIView


class Refused(APIException):
    """What was sent cannot be; told in their words."""

    status_code = 400


class AsPlainText(APIView):
    """A view whose errors are text. They are those of the whole API, told otherwise."""

    schema = None  # of the OpenAPI document, which describes Backbeat's own API

    def get_exception_handler(self) -> Any:
        """The API's own handler, and of its answer the detail."""
        tell = super().get_exception_handler()

        def handle(error: Exception, context: Any) -> HttpResponse | None:
            answer = tell(error, context)
            if answer is None:
                return None
            text = answer.data["detail"]
            if isinstance(error, ParseError):
                text = f"invalid JSON: {text}"
            plain = HttpResponse(
                f"{text}\n", status=answer.status_code, content_type="text/plain; charset=utf-8"
            )  # fmt: skip
            plain["X-Content-Type-Options"] = "nosniff"
            for name in ("WWW-Authenticate", "Retry-After"):
                if name in answer:
                    plain[name] = answer[name]
            return plain

        return handle
