"""Owe so many deliveries to these URLs and ring for all at once; prints the moment of the ring.

    python -m benchmarks.deliveries_rows COUNT URL...

Every second webhook is a chat's: its messages go one at a time, in order.
"""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

import django


def main() -> None:
    """Make the rows, each URL its webhook, and print a number of seconds since 1970."""
    django.setup()
    from notifications.doorbell import ring
    from notifications.models import Delivery, Webhook

    count, urls = int(sys.argv[1]), sys.argv[2:]
    webhooks = [
        Webhook.objects.create(
            name=url, url=url, format="discord" if place % 2 else "raw"
        )
        for place, url in enumerate(urls)
    ]
    deliveries = [
        _delivery(Delivery, webhooks[number % len(webhooks)]) for number in range(count)
    ]
    Delivery.objects.bulk_create(deliveries)
    sys.stdout.write(f"{time.time()}\n")
    ring([delivery.id for delivery in deliveries])


def _delivery(model: Any, webhook: Any) -> Any:
    # Handed in, as models are not there before Django's setup.
    run_id = uuid.uuid4()
    return model(
        run_id=run_id,
        task_id="report",
        webhook=webhook,
        format=webhook.format,
        payload={
            "task_id": "report",
            "task_name": "Report",
            "run_id": str(run_id),
            "user_id": "",
            "output_type": "text",
            "content": "VN-Index **+1.2 %**\n" * 20,
            "metadata": {"status": "succeeded"},
        },
    )


if __name__ == "__main__":
    main()
