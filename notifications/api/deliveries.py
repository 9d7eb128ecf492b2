"""`/v2/admin/deliveries/`: what is owed to webhooks, for staff."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications import services
from notifications.api.replaying import (
    ReplayedSerializer,
    ReplaySerializer,
    deliveries_of,
)
from notifications.models import Attempt, Delivery
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffOnly

_FIELDS = [
    "id", "kind", "run_id", "task_id", "incident_id", "webhook_id", "webhook_name",
    "format", "status", "attempts_made", "parts_sent", "next_attempt_at",
    "collected_until", "digest_id", "error", "created_at", "finished_at",
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
    incident_id = serializers.IntegerField(allow_null=True, read_only=True)
    digest_id = serializers.UUIDField(
        allow_null=True, read_only=True, help_text="The digest that tells of it."
    )

    class Meta:
        model = Delivery
        fields = _FIELDS
        read_only_fields = _FIELDS


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery with its payload and every attempt."""

    # Plain: OpenAPI's enum of the same choices would otherwise need a name by hand.
    status = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    attempts = AttemptSerializer(many=True, read_only=True)
    members: Any = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="What a digest tells of."
    )

    class Meta(DeliverySerializer.Meta):
        fields = [*_FIELDS, "payload", "attempts", "members"]
        read_only_fields = fields


class DeliveryFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly."""

    class Meta:
        model = Delivery
        fields = ("status", "kind", "format", "task_id", "run_id", "webhook_id", "digest_id", "incident_id")  # fmt: skip


@extend_schema(tags=["deliveries"])
class DeliveryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Delivery],
):
    """Deliveries, newest first."""

    queryset = Delivery.objects.all()
    permission_classes = [IsAuthenticated, StaffOnly]
    verbs = dict.fromkeys(("replay", "replay_set", "cancel", "mark_arrived"), ("replay",))  # fmt: skip
    serializer_class = DeliverySerializer
    pagination_class = NewestFirst
    filterset_class = DeliveryFilter

    def get_queryset(self) -> QuerySet[Delivery]:
        rows = super().get_queryset()
        if self.action == "list":
            return rows.defer("payload")
        members = Prefetch("members", Delivery.objects.only("id", "digest_id"))
        return rows.prefetch_related("attempts", members)

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

    @extend_schema(request=None, responses=DeliveryDetailSerializer)
    def mark_arrived(self, request: Request, pk: str) -> Response:
        """Say of an unknown one that it has arrived. 409 unless it is unknown."""
        delivery = services.mark_arrived(self.get_object(), user=request.user)
        return Response(self.get_serializer(delivery).data)

    @extend_schema(
        operation_id="replay_deliveries",
        request=ReplaySerializer,
        responses={202: ReplayedSerializer},
    )
    def replay_set(self, request: Request) -> Response:
        """Deliver all again that match every filter, the oldest first, at a rate.

        What is under way, and what its webhook cannot take, is left out. Unknown and delivered
        ones may then arrive twice in chats.
        """
        asked = ReplaySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        rows = deliveries_of(asked.validated_data).rows()
        told = {"matching": services.replayable(rows).count(), "replayed": 0}
        if not asked.validated_data["dry_run"]:
            told["replayed"] = services.replay_all(rows, user=request.user)
        return Response(told, status=202)
