"""`calendar.ics`: tasks as a calendar, for programs that show one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from scheduling.api.task_json import TaskSerializer
from scheduling.interop.exports import base_url
from scheduling.interop.exports.webhook_url import one_line
from scheduling.interop.ical import NAME, etag_of, export_ical, tasks_of_calendar
from scheduling.models import ScheduledTask
from scheduling.selectors import tasks_visible_to
from signals.api.negotiation import FirstRenderer
from signals.api.permissions import StaffNeedPermission
from signals.sanitise import clean_text

MEDIA_TYPE = "text/calendar; charset=utf-8"
_MOST_NAME_CHARS = 100
_ACTIVE = {"true": {"active": True}, "false": {"active": False}, "all": {}}
PARAMETERS = [
    OpenApiParameter("type", str, enum=ScheduledTask.Type.values),
    OpenApiParameter(
        "active", str, enum=[*_ACTIVE], description="Default: true. Paused ones are cancelled events."
    ),
    OpenApiParameter("name", str, description=f"Of the calendar; default: {NAME}."),
]  # fmt: skip


class FilterError(ValueError):
    """A parameter that cannot be: which, and what would be right."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def filtered(
    tasks: QuerySet[ScheduledTask], asked: Mapping[str, Any]
) -> QuerySet[ScheduledTask]:
    """Keep of `tasks` what `type=` and `active=` ask for. Raises `FilterError`."""
    kind, active = asked.get("type"), asked.get("active") or "true"
    if active not in _ACTIVE:
        raise FilterError("active", f"{active[:40]!r}: write {', '.join(_ACTIVE)}.")
    tasks = tasks.filter(**_ACTIVE[active])
    if not kind:
        return tasks
    if kind not in ScheduledTask.Type.values:
        known = ", ".join(ScheduledTask.Type.values)
        raise FilterError("type", f"{kind[:40]!r} is no type: write one of {known}.")
    return tasks.filter(schedule_type=kind)


def calendar_response(
    request: Request | HttpRequest,
    tasks: QuerySet[ScheduledTask],
    name: str = "",
) -> HttpResponse:
    """Return `tasks` as an .ics file, or 304 when the reader has it. Three queries.

    Its events lead staff to the tasks' pages, which nobody else may see.
    """
    now, user = timezone.now(), request.user
    name = one_line(clean_text(name))[:_MOST_NAME_CHARS] or NAME
    base = base_url(request) if getattr(user, "is_staff", False) else ""
    rows = tasks_of_calendar(tasks)
    etag = etag_of(rows, name, base, now=now)
    answer = get_conditional_response(request, etag=etag)
    if answer is None or answer.status_code != 304:
        answer = HttpResponse(export_ical(rows, name, base, now), MEDIA_TYPE)
        answer["Content-Disposition"] = 'inline; filename="backbeat.ics"'
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@extend_schema(tags=["scheduled tasks"])
class CalendarFileViewSet(viewsets.GenericViewSet[ScheduledTask]):
    """Tasks as iCalendar files."""

    queryset = ScheduledTask.objects.none()
    serializer_class = TaskSerializer  # of its rows; what is answered is a file
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()
    content_negotiation_class = FirstRenderer

    @extend_schema(
        operation_id="get_calendar_file",
        parameters=PARAMETERS,
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def all(self, request: Request) -> HttpResponse:
        """When the tasks that the user sees run, from today on."""
        asked = request.query_params
        try:
            tasks = filtered(tasks_visible_to(request.user), asked)
        except FilterError as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from error
        return calendar_response(request, tasks, asked.get("name", ""))

    @extend_schema(
        operation_id="get_task_calendar_file",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def one(self, request: Request, pk: str) -> HttpResponse:
        """When one task runs, from today on; a paused one is a cancelled event."""
        task = get_object_or_404(tasks_visible_to(request.user), pk=pk)
        tasks = ScheduledTask.objects.filter(pk=task.pk)
        return calendar_response(request, tasks, task.name)
