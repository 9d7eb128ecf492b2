"""`/v2/admin/blackouts/`, `/v2/admin/pause-all`, `/v2/admin/resume-all`: when nothing fires, for staff."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.changing import ChangingViewSet
from scheduling.api.fields import ClockField
from scheduling.blackouts import is_on
from scheduling.models import Blackout
from signals.api.permissions import StaffOnly
from signals.api.strict import StrictSerializer

MAX_NOTE_CHARS = 2000


class BlackoutSerializer(StrictSerializer):
    """A window in which nothing fires; with both times of day it comes again."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=200)
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NOTE_CHARS
    )
    starts_at = serializers.DateTimeField(
        required=False, help_text="Now, when left out; never in the past."
    )
    ends_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Null: until somebody lifts it."
    )
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        required=False,
        help_text="On which it begins, 1=Mon … 7=Sun; none: every day.",
    )
    from_time = ClockField(required=False, allow_null=True)
    until_time = ClockField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, max_length=64)
    is_on = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    created_by = serializers.CharField(
        source="created_by.username", default=None, allow_null=True, read_only=True
    )
    lifted_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_is_on(self, blackout: Blackout) -> bool:
        return is_on(blackout, timezone.now())


class PauseAllSerializer(StrictSerializer):
    """Why, and until when; both may be left out."""

    note = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_NOTE_CHARS
    )
    until = serializers.DateTimeField(default=None, allow_null=True)


_RESUMED = inline_serializer(
    "ResumedAll",
    {
        "ended": BlackoutSerializer(many=True),
        "still_on": serializers.CharField(
            allow_null=True, help_text="A window that comes again by itself, and is on."
        ),
    },
)


@extend_schema_view(
    update=extend_schema(description="Change a window that is not over."),
    partial_update=extend_schema(
        description="Change what is given. 409 when it is over."
    ),
    destroy=extend_schema(
        description="Delete one that is still to come (204); end one that has begun, and show it (200).",
        responses={204: None, 200: BlackoutSerializer},
    ),
)
@extend_schema(tags=["blackouts"])
class BlackoutViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    ChangingViewSet[Blackout],
):
    """Windows in which nothing fires, the switch that pauses everything among them."""

    queryset = Blackout.objects.select_related("created_by")
    serializer_class = BlackoutSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    filter_backends = ()
    verbs = dict.fromkeys(("pause_all", "resume_all"), ("operate",))
    edited_by = (
        "name", "note", "starts_at", "ends_at", "weekdays", "from_time", "until_time", "timezone",
    )  # fmt: skip

    def create(self, request: Request) -> Response:
        """Plan a window."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = services.save_blackout(
            Blackout(**serializer.validated_data), user=request.user
        )
        answer = Response(self.get_serializer(made).data, status=201)
        answer["Location"] = f"{request.path.rstrip('/')}/{made.pk}/"
        return answer

    @extend_schema(request=PauseAllSerializer, responses={201: BlackoutSerializer})
    def pause_all(self, request: Request) -> Response:
        """Let nothing fire from now on. 409 when everything is paused already."""
        asked = PauseAllSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = services.pause_all(request.user, **asked.validated_data)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=None, responses=_RESUMED)
    def resume_all(self, request: Request) -> Response:
        """End what pauses everything. 409 when nothing does, or what comes again by itself."""
        done = services.resume_all(request.user)
        ended: Any = self.get_serializer(done.ended, many=True).data
        still_on = done.still_on.name if done.still_on else None
        return Response({"ended": ended, "still_on": still_on})

    def save(self, row: Blackout, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(row, name, value)
        services.save_blackout(row, user=self.request.user)

    def delete_row(self, row: Blackout) -> Response:
        if services.delete_blackout(row, user=self.request.user):
            return Response(status=204)
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)
