"""The run that a trigger begins, and its result in the words of CONTRACTS A2.

A trigger is beside the schedule: it uses no slot and moves no plan.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import services
from scheduling.approvals import UNAPPROVED
from scheduling.exceptions import Conflict
from scheduling.interop.trigger.caller import Caller
from scheduling.interop.trigger.signature import Signed
from scheduling.models import Run, ScheduledTask, UsedSignature

logger = logging.getLogger(__name__)

EVENT_TYPE = "webhook.trigger"
MOST_WAITING = 6
"""Requests of one web process that wait for results at once: each holds a thread."""
_FIRST_LOOK, _SLOWEST_LOOK = 0.05, 1.0
_IDS = uuid.UUID("0a4cf6f5-3d0c-4a43-9d54-6a7f4a2a8c90")
_WORDS = {
    Run.Status.QUEUED: "pending",
    Run.Status.RUNNING: "in_progress",
    Run.Status.SUCCEEDED: "completed",
}
_places = threading.BoundedSemaphore(MOST_WAITING)


class Replayed(Exception):
    """This signature has begun a run already."""


class TooManyWaiting(Exception):
    """Every place to wait for a result is taken."""


def begin(
    task: ScheduledTask,
    caller: Caller,
    payload: Mapping[str, Any] | None = None,
    *,
    idempotency_key: str = "",
) -> Run:
    """Queue a run beside the schedule; a signature begins one, and so does an idempotency key.

    Raises `Replayed` for a signature that was used, and `Conflict`. Signature and run are written
    together: what began no run may be sent again.
    """
    used = _used(task, caller.signed) if caller.signed else None
    if used and UsedSignature.objects.filter(pk=used.pk).exists():
        raise Replayed  # told without a lock that all others would wait for
    run_id = _run_id(task, caller, idempotency_key, used)
    event = _event(payload) if payload else None
    try:
        with transaction.atomic():
            if used:
                _use_up(used)
            run = services.run_now(
                task,
                user=caller.user,
                trigger=Run.Trigger.WEBHOOK,
                run_id=run_id,
                event=event,
            )
    except (Conflict, IntegrityError) as error:
        # The same key, sent twice at one moment: the other request was first.
        if run_id and (there := task.runs.filter(id=run_id).first()):
            return there
        if isinstance(error, Conflict):
            raise
        raise Conflict(_("Its task was deleted a moment ago.")) from error
    logger.info("run %s of %s: triggered by %s", run.id, task.id, caller.name)
    return run


@contextlib.contextmanager
def place_to_wait() -> Iterator[None]:
    """Take one of the places of those who wait for a result. Raises `TooManyWaiting`."""
    if not _places.acquire(blocking=False):
        raise TooManyWaiting
    try:
        yield
    finally:
        _places.release()


def wait_for(run: Run, seconds: float) -> bool:
    """Wait until `run` and all that follows it have ended, at most so long. False: not yet.

    Between two looks no database connection is held.
    """
    end, pause = time.monotonic() + seconds, _FIRST_LOOK
    while _tree(run).filter(status__in=Run.ACTIVE).exists():
        left = end - time.monotonic()
        if left <= 0:
            return False
        if not connection.in_atomic_block:
            connection.close()
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _SLOWEST_LOOK)
    return True


def triggered(run: Run) -> dict[str, Any]:
    """What is answered at once."""
    return {
        "success": True,
        "status": "triggered",
        "task_id": run.task_ref,
        "run_id": str(run.id),
        "message": "Task execution started in background",
    }


def still_running(run: Run, seconds: float) -> dict[str, Any]:
    """What is answered when the time to wait is over."""
    return {
        "success": True,
        "status": "running",
        "task_id": run.task_ref,
        "run_id": str(run.id),
        "message": f"Not ended within {seconds:g} seconds; it goes on",
    }


def result_of(run: Run) -> dict[str, Any]:
    """What came of a run that has ended, and of those that followed it. Two queries."""
    ended = Run.objects.defer("system_prompt", "input_message", "event").get(id=run.id)
    rows = _tree(run).exclude(id=run.id).order_by("created_at", "id")
    children = [
        {
            "task_id": each.task_ref,
            "name": each.task_name,
            "status": status_of(each),
            "error": _error(each),
        }
        for each in rows.only("task_ref", "task_name", "status", "error", "note")
    ]
    failed = [each for each in children if each["status"] in ("failed", "cancelled")]
    own_error = _error(ended)
    error = own_error or (failed[0]["error"] if failed else None)
    succeeded = ended.status == Run.Status.SUCCEEDED and not failed
    return {
        "success": succeeded,
        "status": status_of(ended) if succeeded or own_error else failed[0]["status"],
        "task_id": ended.task_ref,
        "run_id": str(ended.id),
        "result": output_of(ended) if ended.status == Run.Status.SUCCEEDED else None,
        "error": error,
        "children": children,
        "schedule_advanced": False,
    }


def status_of(run: Run) -> str:
    """Return the status in the words of CONTRACTS A2."""
    return _WORDS.get(Run.Status(run.status), run.status)


def output_of(run: Run) -> Any:
    """The typed output where there is one, else the text; nothing that waits for approval."""
    if run.approval in UNAPPROVED:
        return None
    return run.output if run.output_data is None else run.output_data


def _error(run: Run) -> str | None:
    if run.status == Run.Status.SUCCEEDED:
        return None
    return run.error or run.note or run.status


def _tree(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(Q(id=run.id) | Q(root_id=run.id))


def _event(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event_type": EVENT_TYPE,
        "source_agent": "",
        "target_agent": None,
        "payload": dict(payload),
        "timestamp": timezone.now().isoformat(),
    }


def _used(task: ScheduledTask, signed: Signed) -> UsedSignature:
    return UsedSignature(digest=signed.digest(task.id), expires_at=signed.expires_at)


def _use_up(used: UsedSignature) -> None:
    """One INSERT decides who was first. Raises `Replayed`."""
    try:
        with transaction.atomic():
            used.save(force_insert=True)
    except IntegrityError:
        raise Replayed from None


def _run_id(
    task: ScheduledTask, caller: Caller, key: str, used: UsedSignature | None
) -> uuid.UUID | None:
    if key:
        return uuid.uuid5(_IDS, f"{task.id}\0{caller.name}\0{key}")
    return uuid.uuid5(_IDS, used.digest) if used else None
