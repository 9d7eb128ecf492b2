"""`/api/scheduler/executions`: the runs."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from rest_framework import viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly
from scheduling.api.run_json import in_short
from scheduling.gateways.rq.errors import AsFastApi
from scheduling.gateways.rq.shapes import STATUSES, of_agent, show_executions
from scheduling.models import Run
from scheduling.selectors import runs_visible_to
from signals.api.paging import whole_number
from signals.api.permissions import StaffNeedPermission
from signals.sanitise import clean_text

MISSING = "Execution not found"
_MOST_OFFSET = 1_000_000


class RqExecutionViewSet(AsFastApi, viewsets.GenericViewSet[Run]):
    """The runs that the user sees, those of deleted tasks among them."""

    queryset = Run.objects.none()
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]
    verbs = {"cancel": ("operate",)}

    def get_queryset(self) -> QuerySet[Run]:
        rows = runs_visible_to(self.request.user)
        return rows.select_related("task__imported", "agent").defer(
            "agent__credentials", "task__imported__document", "task__state"
        )

    def get_object(self) -> Run:
        """Raises `NotFound` in the words of the RQ scheduler."""
        try:
            run = self.get_queryset().get(id=uuid.UUID(self.kwargs["pk"]))
        except (ValueError, Run.DoesNotExist) as error:
            raise NotFound(MISSING) from error
        self.check_object_permissions(self.request, run)
        return run

    def list(self, request: Request) -> Response:
        """The runs, newest first; of a long result the beginning.

        Slots that were not used are left out but with `?include_skipped=true`, and then
        `cancelled`.
        """
        limit = whole_number(request, "limit", default=50, least=1, most=1000)
        offset = whole_number(request, "offset", default=0, least=0, most=_MOST_OFFSET)
        rows = in_short(self.get_queryset()).filter(status__in=_asked_for(request))
        if name := clean_text(request.query_params.get("agent_name", "")):
            gone = Q(task=None, agent_id=name)
            rows = rows.filter(of_agent(name, "task__") | gone)
        page = list(rows.order_by("-created_at", "-id")[offset : offset + limit])
        return Response(show_executions(page, user=request.user))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One run as it is now, with the whole result."""
        return Response(show_executions([self.get_object()], user=request.user)[0])

    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it: at once while it waits, within a heartbeat while it runs."""
        services.cancel_run(self.get_object(), user=request.user)
        return Response({"message": "Execution cancelled successfully"})


def _asked_for(request: Request) -> list[str]:
    """The statuses of Backbeat that a list is to have. Raises `ValidationError`."""
    wanted = request.query_params.get("status", "")
    if wanted and wanted not in STATUSES.values():
        known = ", ".join(dict.fromkeys(STATUSES.values()))
        raise ValidationError({"status": [f"{wanted[:40]!r} is none of {known}."]})
    skipped = _flag(request, "include_skipped")
    return [
        status
        for status, name in STATUSES.items()
        if wanted in ("", name) and (skipped or status != Run.Status.SKIPPED)
    ]


def _flag(request: Request, name: str) -> bool:
    said = request.query_params.get(name, "false").lower()
    if said not in ("true", "false"):
        raise ValidationError({name: [f"{said[:40]!r} is neither true nor false."]})
    return said == "true"
