"""`…/scheduled-tasks/{id}/memory` and `…/agents/{id}/memory`: what is remembered, and its versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import owns
from scheduling.models import Agent, Memory, MemoryVersion, ScheduledTask
from scheduling.selectors import tasks_visible_to
from signals.api.permissions import StaffNeedPermission, StaffOnly
from signals.api.strict import StrictSerializer

MOST = 2_147_483_647  # what a column holds


class MemorySerializer(StrictSerializer):
    """What is remembered. A `version` that is sent along must be the latest, or it is a 409."""

    content = serializers.CharField(
        allow_blank=True, trim_whitespace=False, help_text="Empty: nothing."
    )
    version = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST, help_text="0: never written."
    )
    updated_at = serializers.SerializerMethodField()
    max_chars = serializers.SerializerMethodField()

    def get_updated_at(self, memory: Memory) -> str | None:
        """When it was written; null: never."""
        return memory.updated_at.isoformat() if memory.version else None

    def get_max_chars(self, memory: Memory) -> int:
        """How much it may hold."""
        most: int = settings.SCHEDULING.memory_chars
        return most


class MemoryVersionSerializer(serializers.ModelSerializer[MemoryVersion]):
    """What was remembered from `at` on; `by` a person, or the run `run_id`."""

    by = serializers.CharField(
        source="by.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = MemoryVersion
        fields = ("number", "at", "by", "run_id", "note", "content")


class _MemoryViews(viewsets.GenericViewSet[Memory]):
    """Of one thing; a part's `thing` says which, and who may see what it remembers."""

    queryset = Memory.objects.none()
    filter_backends = ()
    verbs = {"update": ("edit",)}
    serializer_class = MemorySerializer

    def thing(self) -> ScheduledTask | Agent:
        """The task or agent of the path."""
        raise NotImplementedError

    @extend_schema(responses=MemorySerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """What is remembered now."""
        return Response(MemorySerializer(services.memory_of(self.thing())).data)

    @extend_schema(request=MemorySerializer, responses=MemorySerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Remember this instead; a new version unless it is the same."""
        thing = self.thing()
        given = MemorySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            memory = services.save_memory(
                thing,
                given.validated_data["content"],
                user=request.user,
                seen=given.validated_data.get("version"),
            )
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error
        return Response(MemorySerializer(memory).data)

    @extend_schema(responses=MemoryVersionSerializer(many=True))
    def versions(self, request: Request, pk: str) -> Response:
        """What was remembered before, newest first."""
        versions: Any = services.memory_versions(self.thing())
        page: Any = self.paginate_queryset(versions)
        shown = MemoryVersionSerializer(page, many=True)
        return self.get_paginated_response(shown.data)


@extend_schema(tags=["scheduled tasks"])
class TaskMemoryViewSet(_MemoryViews):
    """What the runs of one task remember, for its owner and for staff."""

    permission_classes = [IsAuthenticated, StaffNeedPermission]

    def thing(self) -> ScheduledTask:
        task = get_object_or_404(
            tasks_visible_to(self.request.user), pk=self.kwargs["pk"]
        )
        if not owns(self.request.user, task):
            raise PermissionDenied("What a task remembers is shown to its owner alone.")
        return task


@extend_schema(tags=["agents"])
class AgentMemoryViewSet(_MemoryViews):
    """What all tasks of one agent remember together, for staff."""

    permission_classes = [IsAuthenticated, StaffOnly]

    def thing(self) -> Agent:
        return get_object_or_404(Agent, pk=self.kwargs["pk"])
