"""`/v2/admin/runs/{id}/steps`: what a run does on its way."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.permissions import owns
from scheduling.api.run_json import UsageSerializer
from scheduling.approvals import UNAPPROVED
from scheduling.models import Run, Step
from scheduling.selectors import runs_visible_to
from scheduling.step_view import following, usage_so_far
from signals.api.paging import whole_number
from signals.api.permissions import StaffNeedPermission

_DEFAULT, _MOST = 200, 500
_FARTHEST = 2**31 - 1


class StepSerializer(serializers.ModelSerializer[Step]):
    """A step. `text` is the line, or what the tool was given; it and `result` are for the task's
    owner and staff, but for the lines of progress of what nobody has to approve first.
    """

    # Plain, as everywhere that a set of choices comes up again.
    kind = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)

    class Meta:
        model = Step
        fields = [
            "attempt", "number", "kind", "status", "name", "text", "result", "input_tokens",
            "output_tokens", "cost", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Step) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        is_line = instance.kind == Step.Kind.PROGRESS and self.context["is_told"]
        if not self.context["whole"] and not is_line:
            shown |= {"text": "", "result": ""}
        return shown


class UsageSoFarSerializer(UsageSerializer):
    """What a running run has taken until now."""

    cost = serializers.DecimalField(max_digits=14, decimal_places=8, allow_null=True)


class StepsSerializer(serializers.Serializer[Any]):
    """Some steps of a run, in their order."""

    steps = StepSerializer(many=True)
    next = serializers.IntegerField(
        help_text="Give it as `after` for what comes then, and for what was going on still."
    )
    usage_so_far = UsageSoFarSerializer(allow_null=True)


@extend_schema(tags=["runs"])
class RunStepViewSet(viewsets.GenericViewSet[Run]):
    """The steps of one run."""

    queryset = Run.objects.none()
    serializer_class = StepsSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None

    def get_queryset(self) -> QuerySet[Run]:
        return runs_visible_to(self.request.user).select_related("task")

    @extend_schema(
        responses=StepsSerializer,
        parameters=[
            OpenApiParameter(
                "after",
                {"type": "integer", "minimum": 0, "maximum": _FARTHEST},
                description="`next` of the answer before.",
            ),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": _MOST}
            ),
        ],
    )
    def steps(self, request: Request, pk: str) -> Response:
        """What it has done: progress, requests of models, tool calls; while it runs, too."""
        run = self.get_object()
        after = whole_number(request, "after", default=0, least=0, most=_FARTHEST)
        most = whole_number(request, "limit", default=_DEFAULT, least=1, most=_MOST)
        rows, then = following(run, after=after, most=most)
        shown = {"steps": rows, "next": then, "usage_so_far": usage_so_far(run)}
        context = {"whole": owns(request.user, run.task), "is_told": _is_told(run)}
        return Response(StepsSerializer(shown, context=context).data)


def _is_told(run: Run) -> bool:
    """Whether nobody has to approve first what its lines may say already."""
    if run.approval in UNAPPROVED:
        return False
    return run.is_final or run.task is None or not run.task.needs_approval
