"""`GET /v2/admin/scheduler/stats`: how the scheduler does, for staff who may see runs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling.models import Run
from scheduling.stats import State, scheduler_stats
from signals.api.permissions import StaffOnly


class SchedulerStatsSerializer(serializers.Serializer[Any]):
    """Counts are of runs made since `started_at`, when the beat that fires began."""

    state = serializers.ChoiceField([each.value for each in State])
    started_at = serializers.DateTimeField(allow_null=True)
    tasks_executed = serializers.IntegerField(help_text="Counted up to 100 000 of each end.")  # fmt: skip
    tasks_succeeded = serializers.IntegerField()
    tasks_failed = serializers.IntegerField()
    last_poll_at = serializers.DateTimeField(allow_null=True, help_text="When that beat was last heard of.")  # fmt: skip
    next_poll_at = serializers.DateTimeField(allow_null=True)
    active_tasks = serializers.IntegerField(help_text="Runs under way.")
    queued_tasks = serializers.IntegerField(help_text="Runs that are due and that no worker has taken.")  # fmt: skip
    queue_age_seconds = serializers.FloatField(allow_null=True)
    late_tasks = serializers.IntegerField()
    beats = serializers.IntegerField()
    workers = serializers.IntegerField()
    poll_interval_seconds = serializers.FloatField()


class SchedulerStatsView(APIView):
    """The scheduler as a whole."""

    permission_classes = [IsAuthenticated, StaffOnly]
    queryset = Run.objects.none()
    action = "retrieve"

    @extend_schema(
        tags=["scheduler"],
        operation_id="get_scheduler_stats",
        responses=SchedulerStatsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Its state, what was done since it began, and what waits."""
        return Response(scheduler_stats().as_json())
