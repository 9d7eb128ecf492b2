"""`/v2/admin/runs/{id}/diff`: what changed since the run before."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.permissions import owns
from scheduling.approvals import UNAPPROVED
from scheduling.comparison import comparison_of
from scheduling.models import Run
from scheduling.selectors import runs_visible_to
from signals.api.permissions import StaffNeedPermission


class RunDiffSerializer(serializers.Serializer[Any]):
    """The output of a run compared with the one before it."""

    compared_with = serializers.UUIDField(
        allow_null=True,
        help_text="Null: there is nothing to compare with, or its agent says itself what changed.",
    )
    changed = serializers.BooleanField(allow_null=True)
    diff = serializers.CharField(
        help_text="Lines with their marks; of typed outputs, fields. Bounded; empty without a change."
    )


@extend_schema(tags=["runs"])
class RunDiffViewSet(viewsets.GenericViewSet[Run]):
    """The change that one run brought."""

    queryset = Run.objects.none()
    serializer_class = RunDiffSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None

    def get_queryset(self) -> QuerySet[Run]:
        return runs_visible_to(self.request.user).select_related("task")

    @extend_schema(responses=RunDiffSerializer)
    def diff(self, request: Request, pk: str) -> Response:
        """What changed since the last run before it that succeeded."""
        run = self.get_object()
        withheld = run.approval in UNAPPROVED and not owns(request.user, run.task)
        seen = runs_visible_to(request.user)
        found = None if withheld else comparison_of(run, seen)
        said = run.metadata.get("changed")
        by_agent = said if isinstance(said, bool) and not withheld else None
        shown = {
            "compared_with": found.before.id if found else None,
            "changed": found.changed if found else by_agent,
            "diff": found.diff.text if found else "",
        }
        return Response(RunDiffSerializer(shown).data)
