"""What deliveries and incidents do, told on the event bus as `delivery.*` and `incident.*`."""

from __future__ import annotations

from collections.abc import Iterable

from notifications.bus_message import own_message
from notifications.event_bus import publish_event, publish_messages
from notifications.models import Delivery, Incident


def tell_delivery(delivery: Delivery, status: str) -> None:
    """Tell, after the commit, how a delivery has ended; neither its text nor its address."""
    publish_event(
        f"delivery.{status}",
        payload={
            "delivery_id": str(delivery.id),
            "run_id": str(delivery.run_id) if delivery.run_id else None,
            "task_id": delivery.task_id,
            "kind": str(delivery.kind),
            "webhook": delivery.webhook_name,
            "format": delivery.format,
            "status": str(status),
        },
    )


def tell_incidents(incidents: Iterable[Incident], verb: str) -> None:
    """Tell, after the commit, that these incidents were opened or resolved."""
    publish_messages(
        [
            own_message(
                f"incident.{verb}",
                payload={
                    "incident_id": each.pk,
                    "kind": str(each.kind),
                    "task_id": each.task_id,
                    "run_id": str(each.run_id) if each.run_id else None,
                    "title": each.title,
                    "count": each.count,
                },
            )
            for each in incidents
        ]
    )
