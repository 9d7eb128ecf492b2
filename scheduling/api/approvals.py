"""`/v2/admin/approvals/`, `/v2/admin/runs/{id}/approve` and `/reject`."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left, Length
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly
from scheduling.api.run_json import (
    LIST_OUTPUT_CHARS,
    RunDetailSerializer,
    show_run,
)
from scheduling.models import Approval, Run
from scheduling.selectors import runs_visible_to
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission
from signals.api.strict import CleanJSONField, StrictSerializer


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    """An output that waits. `output` is its beginning; `output_truncated` says so."""

    run_id = serializers.UUIDField(read_only=True)
    task_id = serializers.CharField(source="run.task_ref", read_only=True)
    task_name = serializers.CharField(source="run.task_name", read_only=True)
    user_id = serializers.CharField(source="run.user_id", read_only=True)
    output = serializers.CharField(source="output_head", read_only=True)
    output_truncated = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = [
            "run_id", "task_id", "task_name", "user_id", "asked_at", "expires_at", "on_expiry",
            "output", "output_truncated",
        ]  # fmt: skip
        read_only_fields = fields

    def get_output_truncated(self, approval: Any) -> bool:
        return bool(approval.output_chars > LIST_OUTPUT_CHARS)


class RejectionSerializer(StrictSerializer):
    """Why."""

    note = serializers.CharField(required=False, allow_blank=True, default="")


class DecisionSerializer(RejectionSerializer):
    """`output` takes the place of what the agent said, `data` that of its typed output."""

    output = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False
    )
    data = CleanJSONField(required=False, allow_null=True)  # type: ignore[assignment]  # fields are taken out of the class


class _AskedFirst(NewestFirst):
    ordering = ("-asked_at", "-run_id")


@extend_schema(tags=["approvals"])
class ApprovalViewSet(viewsets.GenericViewSet[Approval]):
    """Outputs that a person is to see before anybody is told of them."""

    queryset = Approval.objects.none()
    serializer_class = ApprovalSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]
    verbs = {"approve": ("decide",), "reject": ("decide",)}
    pagination_class = _AskedFirst

    def get_queryset(self) -> QuerySet[Approval]:
        """The open ones: all for staff, else those of the tasks that one owns."""
        found = Approval.objects.filter(decided_at__isnull=True)
        user: Any = self.request.user
        if not user.is_staff:
            found = found.filter(run__task__owner_id=user.pk)
        return found.annotate(
            output_head=Left("run__output", LIST_OUTPUT_CHARS),
            output_chars=Length("run__output"),
        )

    def list(self, request: Request) -> Response:
        """What waits for approval, newest first."""
        columns = ("run__task_ref", "run__task_name", "run__user_id", "run__id")
        own = ("run", "asked_at", "expires_at", "on_expiry")
        rows = self.get_queryset().select_related("run").only(*own, *columns)
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        request=DecisionSerializer,
        responses=RunDetailSerializer,
    )
    def approve(self, request: Request, pk: uuid.UUID) -> Response:
        """Approve its output, as it is or as you give it: now it is told."""
        run = self._run(request, pk)
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        done = services.approve(run.id, user=request.user, **given.validated_data)
        return Response(show_run(done, user=request.user))

    @extend_schema(
        request=RejectionSerializer,
        responses=RunDetailSerializer,
    )
    def reject(self, request: Request, pk: uuid.UUID) -> Response:
        """Reject its output: nobody is told."""
        run = self._run(request, pk)
        given = RejectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        done = services.reject(run.id, user=request.user, **given.validated_data)
        return Response(show_run(done, user=request.user))

    def _run(self, request: Request, pk: uuid.UUID) -> Run:
        rows = runs_visible_to(request.user).select_related("task")
        run = get_object_or_404(rows.defer("output", "output_data"), pk=pk)
        self.check_object_permissions(request, run)
        return run
