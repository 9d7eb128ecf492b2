"""`/v2/signal-outputs/`: list and read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated

from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission
from signals.models import SignalMove, SignalOutput
from signals.selectors import signals_visible_to


class SignalSerializer(serializers.ModelSerializer[SignalOutput]):
    """A signal output. The lease token is left out: only the holder of the lease has it."""

    class Meta:
        model = SignalOutput
        fields = [
            "id", "ticker", "event_type", "event_date", "source", "status",
            "task_id", "task_name", "run_id", "user_id", "output_type", "content",
            "metadata", "layer1_result", "layer2_result", "layer3_result",
            "signal_factors", "idempotency_key", "consumer", "lease_expires_at",
            "claims", "result", "error", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class MoveSerializer(serializers.ModelSerializer[SignalMove]):
    """One change of the signal's status: to what, by whom, why and when."""

    class Meta:
        model = SignalMove
        fields = ["status", "actor", "note", "at"]
        read_only_fields = fields


class SignalDetailSerializer(SignalSerializer):
    """A signal output with its moves, oldest first."""

    moves = MoveSerializer(many=True, read_only=True)

    class Meta(SignalSerializer.Meta):
        fields = [*SignalSerializer.Meta.fields, "moves"]
        read_only_fields = fields


class SignalFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Each is compared exactly; the day also as a range, both ends included."""

    event_date_from = filters.DateFilter("event_date", lookup_expr="gte")
    event_date_to = filters.DateFilter("event_date", lookup_expr="lte")

    class Meta:
        model = SignalOutput
        fields = (
            "ticker", "event_type", "event_date", "source", "status", "task_id", "run_id",
        )  # fmt: skip


@extend_schema(tags=["signal outputs"])
class SignalViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[SignalOutput],
):
    """What runs found and programs sent, newest first."""

    queryset = SignalOutput.objects.none()
    serializer_class = SignalSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = NewestFirst
    filterset_class = SignalFilter

    def get_serializer_class(self) -> type[SignalSerializer]:
        return SignalDetailSerializer if self.action == "retrieve" else SignalSerializer

    def get_queryset(self) -> QuerySet[SignalOutput]:
        rows: Any = signals_visible_to(self.request.user)
        return rows  # type: ignore[no-any-return]
