"""`/v2/admin/calendars/`: which days are open, for staff."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.changing import ChangingViewSet
from scheduling.models import Calendar
from signals.api.permissions import StaffOnly
from signals.api.strict import CleanJSONField, StrictSerializer


@extend_schema_field(
    {
        "oneOf": [
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "array", "items": {"type": "string", "format": "date"}},
        ],
        "example": {"2027-01-01": "New Year's Day"},
    }
)
class DatesField(CleanJSONField):
    """Dates with their names; a list of dates is taken, too."""

    def to_representation(self, value: Any) -> Any:
        return value if isinstance(value, dict) else dict.fromkeys(value, "")


class CalendarSerializer(StrictSerializer):
    """A calendar. On create `id` may be left out; then one is made from the name."""

    id = serializers.SlugField(required=False, max_length=100)
    name = serializers.CharField(max_length=200)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        required=False,
        help_text="The open ones, 1=Mon … 7=Sun",
    )
    dates = DatesField(required=False, help_text="Closed ones; with `only`, the only open ones.")  # fmt: skip
    only = serializers.BooleanField(required=False)
    file = serializers.CharField(
        required=False, allow_blank=True, write_only=True, trim_whitespace=False,
        help_text="The text of an .ics file, whose events are dates too. Blank: none any more.",
    )  # fmt: skip
    file_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    file_dates = serializers.DictField(child=serializers.CharField(), read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def validate_id(self, value: str) -> str:
        if self.instance is not None and value != self.instance.pk:
            raise serializers.ValidationError(
                f"{value!r} is another calendar: an id stays."
            )
        return value


@extend_schema_view(
    update=extend_schema(
        description="Change a calendar; the tasks that use it follow at once."
    ),
    partial_update=extend_schema(
        description="Change what is given; the tasks that use it follow at once."
    ),
    destroy=extend_schema(
        description="Delete a calendar. 409 while a task uses it.",
        responses={204: None},
    ),
)
@extend_schema(tags=["calendars"])
class CalendarViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    ChangingViewSet[Calendar],
):
    """Business days, lists of dates, .ics files: the days on which tasks run."""

    queryset = Calendar.objects.defer("file")
    serializer_class = CalendarSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    edited_by = ("updated_at",)

    def create(self, request: Request) -> Response:
        """Create a calendar."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        calendar = Calendar(**serializer.validated_data)
        services.save_calendar(calendar, user=request.user)
        return Response(self.get_serializer(calendar).data, status=201)

    def save(self, row: Calendar, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(row, name, value)
        services.save_calendar(row, user=self.request.user)

    def delete_row(self, row: Calendar) -> Response:
        services.delete_calendar(row, user=self.request.user)
        return Response(status=204)
