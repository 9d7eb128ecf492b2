"""How a run's results were delivered, for many runs at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import OuterRef, Subquery
from rest_framework import serializers

from notifications.models import Attempt, Delivery


class NotificationResultSerializer(serializers.Serializer[Any]):
    """One delivery in short: where to, how it stands, what the last answer was."""

    delivery_id = serializers.UUIDField(source="id")
    webhook = serializers.CharField(source="webhook_name")
    format = serializers.CharField()
    status = serializers.CharField(help_text=", ".join(Delivery.Status.values))
    attempts = serializers.IntegerField(source="attempts_made")
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()


def results_of(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Delivery]]:
    """The deliveries of each run, with the last `status_code`; one query for all runs."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by(
        "-started_at", "-id"
    )
    rows = (
        Delivery.objects.filter(run_id__in=run_ids)
        .defer("payload")
        .annotate(status_code=Subquery(last.values("status_code")[:1]))
        .order_by("created_at", "id")
    )
    found: dict[uuid.UUID, list[Delivery]] = {run_id: [] for run_id in run_ids}
    for delivery in rows:
        if delivery.run_id:
            found[delivery.run_id].append(delivery)
    return found
