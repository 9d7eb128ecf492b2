"""`/v2/admin/runs/` and `/v2/admin/scheduled-tasks/{id}/runs`: history."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.filters import InstantFilter
from scheduling.api.permissions import OwnerOrReadOnly, owns
from scheduling.api.run_json import (
    RunDetailSerializer,
    RunSerializer,
    in_short,
    show_run,
    show_runs,
)
from scheduling.cycles import runs_of
from scheduling.models import Run
from scheduling.selectors import runs_visible_to, tasks_visible_to
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission


class TaskRunFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly."""

    class Meta:
        model = Run
        fields = ("status", "trigger", "failure_reason", "skip_reason")


class RunFilter(TaskRunFilter):
    """Each is compared exactly; the times are bounds, both included."""

    task_id = filters.CharFilter("task_ref")
    agent_id = filters.CharFilter("agent_id")
    user_id = filters.CharFilter("user_id")
    created_from = InstantFilter("created_at", lookup_expr="gte")
    created_to = InstantFilter("created_at", lookup_expr="lte")


class _RunLists(viewsets.GenericViewSet[Run]):
    queryset = Run.objects.none()
    serializer_class = RunSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]
    verbs = {"cancel": ("operate",), "rerun": ("operate",)}
    pagination_class = NewestFirst
    filterset_class: type[TaskRunFilter] = RunFilter

    def page(self, rows: QuerySet[Run]) -> Response:
        """Answer one page of `rows`, newest first."""
        runs = self.paginate_queryset(in_short(self.filter_queryset(rows)))
        return self.get_paginated_response(
            show_runs(runs or [], user=self.request.user)
        )


@extend_schema(tags=["scheduled tasks"])
class TaskRunViewSet(_RunLists):
    """One task's history."""

    filterset_class = TaskRunFilter

    def list(self, request: Request, pk: str) -> Response:
        """The task's runs with their notification results, newest first."""
        task = get_object_or_404(tasks_visible_to(request.user), pk=pk)
        # Not all of the task's: those made for another target were for them alone.
        return self.page(runs_visible_to(request.user).filter(task=task))


@extend_schema(tags=["runs"])
class RunViewSet(_RunLists):
    """All runs that the user sees, those of deleted tasks among them."""

    def get_queryset(self) -> QuerySet[Run]:
        return runs_visible_to(self.request.user).select_related("task")

    def get_serializer_class(self) -> Any:
        return RunSerializer if self.action == "list" else RunDetailSerializer

    def list(self, request: Request) -> Response:
        """The runs, newest first."""
        return self.page(runs_visible_to(request.user))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One run, with the exact prompt and the whole output."""
        return Response(show_run(self.get_object(), user=request.user))

    @extend_schema(
        request=None,
        responses={202: RunDetailSerializer},
        parameters=[
            OpenApiParameter(
                "cycle", bool, description="Everything under way in its cycle."
            )
        ],
    )
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it: at once while it waits, within a heartbeat while it runs."""
        run = self.get_object()
        if _asks_for_cycle(request):
            self._require_whole_cycle(request, run)
            run = services.cancel_cycle(run, user=request.user)
        else:
            run = services.cancel_run(run, user=request.user)
        return Response(show_run(run, user=request.user), status=202)

    def _require_whole_cycle(self, request: Request, run: Run) -> None:
        """Whoever is no staff cancels only what is theirs."""
        under_way = runs_of([run.root_id or run.id]).filter(status__in=Run.ACTIVE)
        if not all(
            owns(request.user, each.task)
            for each in under_way.select_related("task").only(
                "id", "task", "task__owner"
            )
        ):
            raise PermissionDenied(_("Some of this cycle belongs to somebody else."))

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def rerun(self, request: Request, pk: str) -> Response:
        """Run its task again, as the task is now."""
        run = services.rerun(self.get_object(), user=request.user)
        return Response(show_run(run, user=request.user), status=202)


def _asks_for_cycle(request: Request) -> bool:
    """Raises `ValidationError` for anything but true and false."""
    said = request.query_params.get("cycle", "false").lower()
    if said not in ("true", "false"):
        text = _("%(value)r is neither true nor false.")
        raise ValidationError({"cycle": text % {"value": said[:40]}})
    return said == "true"
