"""`/v2/admin/deliveries/`: what is owed to webhooks, for staff."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications import services
from notifications.models import Attempt, Delivery
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffOnly

_FIELDS = [
    "id", "run_id", "task_id", "webhook_id", "webhook_name", "format", "status",
    "attempts_made", "parts_sent", "next_attempt_at", "error", "created_at",
    "finished_at",
]  # fmt: skip


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One HTTP try: what was sent, what was answered."""

    class Meta:
        model = Attempt
        fields = [
            "number", "part", "trigger", "started_at", "duration_ms", "request_body",
            "status_code", "response", "error",
        ]  # fmt: skip
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A delivery as the list shows it."""

    webhook_id = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = Delivery
        fields = _FIELDS
        read_only_fields = _FIELDS


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery with its payload and every attempt."""

    # Plain: OpenAPI's enum of the same choices would otherwise need a name by hand.
    status = serializers.CharField(read_only=True)
    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta(DeliverySerializer.Meta):
        fields = [*_FIELDS, "payload", "attempts"]
        read_only_fields = fields


class DeliveryFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly."""

    class Meta:
        model = Delivery
        fields = ("status", "format", "task_id", "run_id")


@extend_schema(tags=["deliveries"])
class DeliveryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Delivery],
):
    """Deliveries, newest first."""

    queryset = Delivery.objects.all()
    permission_classes = [IsAuthenticated, StaffOnly]
    verbs = {"replay": ("replay",), "cancel": ("replay",)}
    serializer_class = DeliverySerializer
    pagination_class = NewestFirst
    filterset_class = DeliveryFilter

    def get_queryset(self) -> QuerySet[Delivery]:
        rows = super().get_queryset()
        if self.action == "list":
            return rows.defer("payload")
        return rows.prefetch_related("attempts")

    def get_serializer_class(self) -> Any:
        return DeliverySerializer if self.action == "list" else DeliveryDetailSerializer

    @extend_schema(request=None, responses={202: DeliveryDetailSerializer})
    def replay(self, request: Request, pk: str) -> Response:
        """Deliver it again, under its old id. 409 while it is under way."""
        delivery = services.replay(self.get_object(), user=request.user)
        return Response(self.get_serializer(delivery).data, status=202)

    @extend_schema(request=None, responses=DeliveryDetailSerializer)
    def cancel(self, request: Request, pk: str) -> Response:
        """Send it no more. 409 unless it waits."""
        delivery = services.cancel_delivery(self.get_object(), user=request.user)
        return Response(self.get_serializer(delivery).data)
