"""Celery entry points: ids in, None out."""

from __future__ import annotations

import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from notifications import maintenance, sender


@shared_task(name="notifications.deliver")
def deliver(delivery_ids: list[str]) -> None:
    """Send these deliveries, as far as they are due."""
    sender.deliver([uuid.UUID(each) for each in delivery_ids])


@shared_task(name="notifications.keep_house")
def keep_house() -> None:
    """Take over from dead senders, and ring for what is due."""
    maintenance.keep_house()


@shared_task(name="notifications.prune", ignore_result=False)
def prune() -> None:
    """Delete old deliveries."""
    maintenance.prune()


@worker_shutting_down.connect
def take_no_more(**_: Any) -> None:
    """Finish what is being sent; other senders, or the next one, take what waits."""
    sender.lanes().close()
