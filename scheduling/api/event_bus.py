"""`/v2/events`: put an event on the bus; `/v2/events/stream`: hear them as they come.

They stand here and not in `notifications`, which knows neither tasks nor who may see them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.bus_message import (
    MOST_NAME_CHARS,
    EventMessage,
    is_pattern,
    is_type,
)
from notifications.event_bus import publish_event
from notifications.subscriptions import Inbox, hub
from scheduling.selectors import tasks_visible_to
from signals.api.negotiation import FirstRenderer
from signals.api.strict import CleanObjectField, StrictSerializer

#: What only Backbeat itself says; who reads it relies on that.
RESERVED = ("run.", "delivery.", "signal.", "incident.", "system.")
HEARTBEAT_SECONDS = 15.0
_RETRY_MS = 1_000
_RETRY_AFTER = 5

Sees = Callable[[EventMessage], bool]


class BusEventSerializer(StrictSerializer):
    """An event to be put on the bus."""

    event_type = serializers.CharField(max_length=MOST_NAME_CHARS)
    source_agent = serializers.CharField(
        required=False, allow_blank=True, max_length=MOST_NAME_CHARS
    )
    target_agent = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=MOST_NAME_CHARS,
        help_text="Only this agent's subscribers hear it; null: all do.",
    )  # fmt: skip
    payload = CleanObjectField(required=False)

    def validate_event_type(self, value: str) -> str:
        if not is_type(value):
            message = f"{value!r} is no event type: write it like task.completed."
            raise serializers.ValidationError(message)
        if value.startswith(RESERVED):
            words = ", ".join(f"{each}*" for each in RESERVED)
            message = f"{value!r}: only Backbeat itself says {words}."
            raise serializers.ValidationError(message)
        return value


class MayRunTasks(BasePermission):
    """An event may begin runs: it is for staff who may run tasks."""

    message = "For staff with the permission scheduling.operate_scheduledtask."

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return bool(user.is_staff and user.has_perm("scheduling.operate_scheduledtask"))


class MaySeeEvents(BasePermission):
    """Staff need `view_event`; others hear of their own tasks."""

    message = "You need the permission scheduling.view_event."

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return not user.is_staff or user.has_perm("scheduling.view_event")


class PublishView(APIView):
    """The bus, for who speaks HTTP."""

    permission_classes = [IsAuthenticated, MayRunTasks]

    @extend_schema(
        tags=["events"],
        operation_id="publish_event",
        request=BusEventSerializer,
        responses={202: inline_serializer("PublishedEvent", {"event_id": serializers.CharField()})},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Put an event on the bus; it may begin runs of tasks that wait for it."""
        body = BusEventSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            event_id = publish_event(**body.validated_data)
        except ValueError as error:
            raise serializers.ValidationError({"payload": [str(error)]}) from error
        return Response({"event_id": event_id}, status=202)


class TooManyStreams(APIException):
    """Every stream that this process serves is taken."""

    status_code = 429
    default_code = "too_many_streams"
    wait = _RETRY_AFTER


class EventStreamView(APIView):
    """The bus, for pages."""

    permission_classes = [IsAuthenticated, MaySeeEvents]
    content_negotiation_class = FirstRenderer

    @extend_schema(
        tags=["events"],
        operation_id="stream_events",
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter("type", str, many=True, description="Such as run.failed or run.*."),
            OpenApiParameter("agent", str, description="What its subscribers hear; empty: everything."),
        ],
    )  # fmt: skip
    def get(self, request: Request) -> StreamingHttpResponse:
        """Server-sent events, for a minute; then the browser comes back by itself.

        `Last-Event-ID` goes on where it was, as far as this process remembers. 429 when too many
        listen already.
        """
        types = request.query_params.getlist("type")
        if wrong := [each for each in types if not is_pattern(each)]:
            message = f"{wrong[0][:100]!r} is no event type: write run.failed or run.*."
            raise serializers.ValidationError({"type": [message]})
        agent = request.query_params.get("agent") or None
        sees = _sees(request.user)
        release = _take_place(request.user)
        if release is None:
            text = "All event streams of this server are taken; try again."
            raise TooManyStreams(text)
        inbox = Inbox(agent, types or None)
        after = request.headers.get("Last-Event-ID", "")[:MOST_NAME_CHARS]
        answer = StreamingHttpResponse(
            _Stream(inbox, sees, release),
            content_type="text/event-stream; charset=utf-8",
        )
        hub().join(inbox, after=after)
        answer["Cache-Control"] = "no-store"
        answer["X-Accel-Buffering"] = (
            "no"  # else a proxy keeps them until there are enough
        )
        connection.close()  # nothing is asked any more while the stream lasts
        return answer


class _Stream:
    """The lines of one stream. Closed by the server, or by its own end, it frees its place."""

    def __init__(self, inbox: Inbox, sees: Sees, release: Callable[[], None]) -> None:
        self._inbox = inbox
        self._release = release
        self._sees = sees
        self._ends = time.monotonic() + settings.NOTIFICATIONS.event_stream_seconds
        self._lines = self._write()
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._lines)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hear no more. May be called twice."""
        if not self._closed:
            self._closed = True
            self._inbox.close()
            self._release()

    def __del__(self) -> None:
        self.close()  # of a server that forgets what its client has left

    def _write(self) -> Iterator[bytes]:
        yield f"retry: {_RETRY_MS}\n: listening\n\n".encode()
        while (rest := self._ends - time.monotonic()) > 0 and not self._inbox.closed:
            message = self._inbox.get(min(rest, HEARTBEAT_SECONDS))
            if message is None:
                yield b": still here\n\n"
            elif self._sees(message):
                yield _as_lines(message)


def _as_lines(message: EventMessage) -> bytes:
    # JSON has no line breaks of its own; an id may not have any either.
    text = json.dumps(message.as_json(), ensure_ascii=False, default=str)
    name = "".join(each for each in message.id if each.isprintable())
    return f"id: {name}\ndata: {text}\n\n".encode()


def _sees(user: Any) -> Sees:
    """Which events `user` may hear of: all for staff, else those of the tasks they see now."""
    if user.is_staff:
        return lambda _message: True
    own = set(tasks_visible_to(user).values_list("id", flat=True))
    return lambda message: str(message.payload.get("task_id")) in own


def _take_place(user: Any) -> Callable[[], None] | None:
    """Take a place for a stream; returns what gives it back. None: they are taken.

    All who are no staff have half of them together, so that nobody locks the staff out.
    """
    taken: list[threading.BoundedSemaphore] = []
    for places in (_places(),) if user.is_staff else (_places(for_all=True), _places()):
        if not places.acquire(blocking=False):
            for each in taken:
                each.release()
            return None
        taken.append(places)

    def release() -> None:
        for each in taken:
            each.release()

    return release


@cache
def _places(*, for_all: bool = False) -> threading.BoundedSemaphore:
    streams = settings.NOTIFICATIONS.event_streams
    return threading.BoundedSemaphore(max(streams // 2, 1) if for_all else streams)
