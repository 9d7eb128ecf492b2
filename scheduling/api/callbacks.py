"""`POST /v2/callbacks/<token>`: an agent answers a run that it has accepted.

The token is all it needs to show: whoever was given the address may answer, once.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling import callbacks
from scheduling.agents.http import MAX_ANSWER_BYTES


class Gone(APIException):
    """It was there, and will not be again."""

    status_code = 410


class CallbackSerializer(serializers.Serializer[Any]):
    """Describes the body; `scheduling.agents.http` reads it when the run goes on.

    `output` may be called `content` or `text` too; `error` instead fails the run.
    """

    output = serializers.CharField(required=False)
    error = serializers.CharField(required=False)
    output_type = serializers.CharField(required=False)
    data = serializers.JSONField(required=False)  # type: ignore[assignment]  # also an attribute of Serializer
    metadata = serializers.DictField(required=False)
    usage = serializers.DictField(required=False)


class AcceptedSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["accepted"])


@extend_schema(tags=["callbacks"])
class CallbackView(APIView):
    """The answer of an agent, as JSON or as text, at the address that the run gave it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="answer_callback",
        request={
            "application/json": CallbackSerializer,
            "text/plain": OpenApiTypes.STR,
            "text/markdown": OpenApiTypes.STR,
        },
        responses={202: AcceptedSerializer},
        auth=[],
    )
    def post(self, request: Request, token: str) -> Response:
        """Answer a run. 404: no such address; 409: answered already; 410: too late."""
        body = _body(request)
        content_type = request.META.get("CONTENT_TYPE", "")
        try:
            callbacks.answer(token, content_type=content_type, body=body)
        except callbacks.UnknownCallback:
            raise NotFound("There is no run with this address; a later try of a run has another.") from None  # fmt: skip
        except callbacks.CallbackOver as error:
            raise Gone(str(error)) from None
        return Response({"status": "accepted"}, status=202)


def _body(request: Request) -> bytes:
    """Return what was sent as it is, for the run to read. Raises `RequestDataTooBig`."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) <= MAX_ANSWER_BYTES:
        body: bytes = request._request.read(MAX_ANSWER_BYTES + 1)  # noqa: SLF001 -- unread by a parser
        if len(body) <= MAX_ANSWER_BYTES:
            return body
    raise RequestDataTooBig(
        f"The answer is larger than the {MAX_ANSWER_BYTES} bytes allowed here."
    )
