"""`/v2/admin/scheduled-tasks/{id}/trigger-keys`: what lets something outside begin the task."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import owns
from scheduling.models import ScheduledTask, TriggerKey
from scheduling.selectors import tasks_visible_to
from scheduling.services.trigger_keys import MAX_DAYS
from signals.api.permissions import StaffNeedPermission
from signals.api.strict import StrictSerializer

_OTHERS = "This task belongs to somebody else: its keys are for its owner."


class TriggerKeySerializer(StrictSerializer):
    """A key as it is shown: `beginning` names it, nothing of it can be read again."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(
        TriggerKey.Kind.choices,
        default=TriggerKey.Kind.TOKEN,
        help_text="token: sent as Authorization: Bearer. secret: signs requests.",
    )
    name = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="What it is for."
    )
    days = serializers.IntegerField(
        write_only=True,
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_DAYS,
        help_text="It ends after so many days; left out: when it is revoked.",
    )
    beginning = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    created_by = serializers.CharField(read_only=True, allow_null=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)


class NewTriggerKeySerializer(TriggerKeySerializer):
    """A key that was just made, and this once the key itself."""

    key = serializers.CharField(read_only=True)


@extend_schema(tags=["scheduled tasks"])
class TriggerKeyViewSet(viewsets.GenericViewSet[TriggerKey]):
    """The keys of one task; but for staff they are its owner's business alone."""

    queryset = TriggerKey.objects.none()
    serializer_class = TriggerKeySerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()

    def list(self, request: Request, pk: str) -> Response:
        """All keys of the task, without what they are."""
        rows = services.trigger_keys_of(owned_task(request, pk))
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(responses={201: NewTriggerKeySerializer})
    def create(self, request: Request, pk: str) -> Response:
        """Make a key. `key` is told this once; only a digest of a token is kept."""
        task = owned_task(request, pk)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = serializer.validated_data
        made, told = services.make_trigger_key(task, **given, user=request.user)
        body = NewTriggerKeySerializer(made).data | {"key": told}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str, number: int) -> Response:
        """Revoke it: what uses it is refused from now on."""
        rows = services.trigger_keys_of(owned_task(request, pk))
        services.revoke_trigger_key(get_object_or_404(rows, pk=number))
        return Response(status=204)


def owned_task(request: Request, pk: str) -> ScheduledTask:
    """The task whose keys are asked for: 404 when it is not seen, 403 when only seen."""
    task = get_object_or_404(tasks_visible_to(request.user), pk=pk)
    if not owns(request.user, task):
        raise PermissionDenied(_OTHERS)
    return task
