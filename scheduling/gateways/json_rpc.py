"""`POST /tasks/`: APFlow's JSON-RPC 2.0 (CONTRACTS A2), for who shows what our API asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling.interop.apflow_methods import METHODS, Caller
from scheduling.interop.json_rpc import RpcError, answer, response
from scheduling.models import ScheduledTask
from signals.api.bodies import read_body
from signals.api.negotiation import FirstRenderer
from signals.api.permissions import StaffNeedPermission

MAX_BODY_BYTES = 1024 * 1024
#: The codes of requests that are turned away before they are read; all other errors come with 200.
UNAUTHORIZED, REFUSED = -32010, -32011


class AsciiJSON(JSONRenderer):
    """Ids come back as they were, and may hold what is no text outside of JSON."""

    ensure_ascii = True


class JsonRpcView(APIView):
    """One request by POST, or a batch of them; the answers as JSON."""

    permission_classes = [IsAuthenticated, StaffNeedPermission]
    renderer_classes = [AsciiJSON]
    content_negotiation_class = FirstRenderer
    http_method_names = ["post"]
    #: What staff need for any of the methods: `scheduling.view_scheduledtask`.
    queryset = ScheduledTask.objects.none()
    action, verbs = "call", {"call": ("view",)}

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], Any]:
        """Refusals as our API has them, in the shape of JSON-RPC."""
        handler = super().get_exception_handler()

        def refuse(error: Exception, context: Mapping[str, Any]) -> Response | None:
            problem = handler(error, context)
            return None if problem is None else _refusal(problem)

        return refuse

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Answer; 204 when all that was sent are notifications."""
        body = read_body(request._request, MAX_BODY_BYTES)  # noqa: SLF001 -- the bytes, before any parser
        said = answer(body, METHODS, Caller(user=request.user))
        return Response(said, status=204 if said is None else 200)


def _refusal(problem: Response) -> Response:
    code = UNAUTHORIZED if problem.status_code == 401 else REFUSED
    kept = ("WWW-Authenticate", "Retry-After")
    return Response(
        response(RpcError(code, problem.data["detail"])),
        status=problem.status_code,
        headers={name: problem[name] for name in kept if name in problem},
    )
