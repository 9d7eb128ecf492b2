"""`/v2/admin/scheduled-tasks/{id}/exports`: what other programs trigger a task with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.trigger_keys import TriggerKeySerializer, owned_task
from scheduling.interop.exports import TOKEN_NAME, base_url, exports_of, token_file
from scheduling.models import ScheduledTask, TriggerKey
from scheduling.selectors import tasks_visible_to
from signals.api.negotiation import FirstRenderer
from signals.api.permissions import StaffNeedPermission

KINDS = {"crontab": "text/plain", "kubernetes": "application/yaml"}
"""What can be asked for alone, as the text that it is."""


class WebhookUrlSerializer(serializers.Serializer[Any]):
    """Where a task is triggered, and how the request is signed."""

    url = serializers.CharField()
    method = serializers.CharField()
    signature_header = serializers.CharField()
    timestamp_header = serializers.CharField()
    signature_algorithm = serializers.CharField()
    signature_format = serializers.CharField()


class ExportsSerializer(serializers.Serializer[Any]):
    """The exports of a task; "" where there can be none, for the reason in `refused`."""

    webhook_url = WebhookUrlSerializer()
    crontab = serializers.CharField(help_text="Lines for a crontab.")
    kubernetes = serializers.CharField(help_text="A Secret and a CronJob, as YAML.")
    refused = serializers.DictField(child=serializers.CharField())


class ExportsWithTokenSerializer(ExportsSerializer):
    """The same with a token that was just made, told this once."""

    key = TriggerKeySerializer()
    token = serializers.CharField()
    token_file = serializers.CharField(
        help_text="Where the crontab looks for it, from the home directory on."
    )
    token_file_content = serializers.CharField()


@extend_schema(tags=["scheduled tasks"])
class ExportViewSet(viewsets.GenericViewSet[ScheduledTask]):
    """The exports of one task, without a secret."""

    queryset = ScheduledTask.objects.none()
    serializer_class = ExportsSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()
    content_negotiation_class = FirstRenderer

    @extend_schema(
        operation_id="get_task_exports",
        parameters=[
            OpenApiParameter("kind", str, enum=[*KINDS], description="Only this, as text.")
        ],
        responses={
            (200, "application/json"): ExportsSerializer,
            (200, "text/plain"): OpenApiTypes.STR,
            (200, "application/yaml"): OpenApiTypes.STR,
        },
    )  # fmt: skip
    def exports(self, request: Request, pk: str) -> HttpResponse:
        """A webhook URL, crontab lines and Kubernetes manifests that trigger the task."""
        task = get_object_or_404(_tasks(request), pk=pk)
        found = exports_of(task, base_url(request))
        kind = request.query_params.get("kind")
        if kind is None:
            return Response(ExportsSerializer(found).data)
        if kind not in KINDS:
            message = f"{kind[:40]!r} is no kind of export: write {' or '.join(KINDS)}."
            raise serializers.ValidationError({"kind": [message]})
        if kind in found.refused:
            raise serializers.ValidationError({"kind": [found.refused[kind]]})
        return HttpResponse(getattr(found, kind), content_type=f"{KINDS[kind]}; charset=utf-8")  # fmt: skip


@extend_schema(tags=["scheduled tasks"])
class ExportWithTokenViewSet(viewsets.GenericViewSet[TriggerKey]):
    """The exports of one task with credentials; who may make a trigger key may have them."""

    queryset = TriggerKey.objects.none()
    serializer_class = TriggerKeySerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        operation_id="create_task_exports_with_token",
        responses={201: ExportsWithTokenSerializer},
    )
    def create(self, request: Request, pk: str) -> Response:
        """Make a trigger token and return the exports with it. It is told this once."""
        task = owned_task(request, pk)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = {"name": TOKEN_NAME} | serializer.validated_data
        if given.pop("kind") != TriggerKey.Kind.TOKEN:
            message = "Only a token can be exported: what signs must reckon each time."
            raise serializers.ValidationError({"kind": [message]})
        key, token = services.make_trigger_key(task, **given, user=request.user)
        found = exports_of(task, base_url(request), token=token)
        body = ExportsSerializer(found).data | {
            "key": TriggerKeySerializer(key).data,
            "token": token,
            "token_file": token_file(task),
            "token_file_content": f"Authorization: Bearer {token}\n",
        }
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


def _tasks(request: Request) -> Any:
    return tasks_visible_to(request.user).select_related("calendar")
