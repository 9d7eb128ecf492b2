"""Straight into the table of signal outputs, without HTTP."""

from __future__ import annotations

from django.db import transaction

from notifications import lifecycle
from notifications.models import Delivery, Webhook
from signals.payload import each_signal
from signals.services import ingest


def write(delivery: Delivery, webhook: Webhook) -> None:
    """Write its signal outputs; in one transaction with the mark, so exactly once."""
    del webhook
    with transaction.atomic():
        if not lifecycle.settle(delivery, Delivery.Status.DELIVERED):
            return
        for number, payload in enumerate(each_signal(delivery.payload)):
            key = f"delivery:{delivery.id}" + (f":{number}" if number else "")
            ingest(payload, idempotency_key=key)
