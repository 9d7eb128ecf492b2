"""Celery entry points: ids in, None out."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.utils import timezone

from scheduling import (
    completion,
    idempotency,
    lateness,
    maintenance,
    preflight,
    pulse,
)
from scheduling.process import close_worker, stop_worker, worker


@shared_task(name="scheduling.run_chunk")
def run_chunk(run_ids: list[str]) -> None:
    """Run these runs, as far as they wait, and stay until the last of them has ended."""
    worker().run_chunk([uuid.UUID(each) for each in run_ids])


@shared_task(name="scheduling.keep_house")
def keep_house() -> None:
    """Rescue lost runs, and ring for what waits."""
    maintenance.keep_house()


@shared_task(name="scheduling.prune", ignore_result=False)
def prune() -> None:
    """Delete old runs and answers, and what is known of processes that are gone."""
    maintenance.prune()
    idempotency.prune()
    maintenance.forget_processes()
    maintenance.forget_signatures()


@shared_task(name="scheduling.watch")
def watch() -> None:
    """Look for tasks that are late, and whether everything is paused."""
    lateness.watch(timezone.now())


@shared_task(name="scheduling.check_agents")
def check_agents() -> None:
    """Look again at the agents that cannot run as they are set up."""
    preflight.check_blocked()


@worker_ready.connect
def announce(sender: Any, **_: Any) -> None:
    """Tell that this worker is alive, and which queues it serves."""
    completion.load()
    pulse.start_worker(sender.hostname, sender.app.amqp.queues.consume_from)


@worker_shutting_down.connect
def drain(**_: Any) -> None:
    """Let runs finish and give the rest back, beside Celery's own warm shutdown."""
    threading.Thread(target=stop_worker, name="drain").start()


@worker_shutdown.connect
def close(**_: Any) -> None:
    """Release connections and the event loop, and say farewell."""
    close_worker()
    completion.wait_idle()
    pulse.stop_workers()
