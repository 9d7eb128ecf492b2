"""`POST /v2/admin/deliveries/replay`: a filtered set is delivered again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from notifications.delivery_sets import DeliverySet
from notifications.models import Delivery
from signals.api.strict import StrictSerializer

_MOST_IDS = 1_000


class ReplaySerializer(StrictSerializer):
    """Which deliveries: at least one filter; `dry_run` counts them and replays none."""

    status = serializers.ChoiceField(Delivery.FINAL, required=False)
    webhook_id = serializers.IntegerField(required=False)
    task_id = serializers.CharField(max_length=100, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_empty=False,
        min_length=1,
        max_length=_MOST_IDS,
    )
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not deliveries_of(attrs):
            raise serializers.ValidationError(
                "Give at least one filter: status, webhook_id, task_id, since, until or ids."
            )
        return attrs


class ReplayedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    matching = serializers.IntegerField(
        help_text="How many can be replayed: they have ended, and their webhook is on."
    )
    replayed = serializers.IntegerField(help_text="0 with dry_run.")


def deliveries_of(filters: Mapping[str, Any]) -> DeliverySet:
    """The set that these filters mean."""
    return DeliverySet(
        **{name: value for name, value in filters.items() if name != "dry_run"}
    )
