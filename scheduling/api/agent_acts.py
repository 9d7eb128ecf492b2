"""`/v2/admin/agent-acts/`: what agents did to schedules, and what they were refused."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.filters import InstantFilter
from scheduling.models import AgentAct
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission


class AgentActSerializer(serializers.ModelSerializer[AgentAct]):
    """An act. `task_id` is null when it was about none."""

    task_id = serializers.SerializerMethodField()
    user_id = serializers.IntegerField(allow_null=True, read_only=True)
    arguments = serializers.DictField(read_only=True)

    class Meta:
        model = AgentAct
        fields = ["id", "at", "lineage", "user_id", "run_id", "tool", "action", "task_id", "arguments", "accepted", "words"]  # fmt: skip
        read_only_fields = fields

    def get_task_id(self, act: AgentAct) -> str | None:
        return act.task_ref or None


class AgentActFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`since` is a bound, included; the others are compared exactly."""

    task_id = filters.CharFilter("task_ref")
    since = InstantFilter("at", lookup_expr="gte")

    class Meta:
        model = AgentAct
        fields = ("lineage", "run_id", "tool", "accepted")


class _LatestFirst(NewestFirst):
    ordering = ("-at", "-id")


@extend_schema(tags=["agents"])
class AgentActViewSet(viewsets.GenericViewSet[AgentAct]):
    """The audit trail of the tools with which agents schedule by themselves."""

    queryset = AgentAct.objects.none()
    serializer_class = AgentActSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = _LatestFirst
    filterset_class = AgentActFilter

    def get_queryset(self) -> QuerySet[AgentAct]:
        user: Any = self.request.user
        acts = AgentAct.objects.all()
        if user.is_staff:
            return acts
        return acts.filter(Q(user_id=user.pk) | Q(lineage=f"user:{user.pk}"))

    def list(self, request: Request) -> Response:
        """The acts in the user's name, newest first; staff see all."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
