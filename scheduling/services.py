"""Verbs people ask for. Each owns its transaction, says who did it, and wakes beat.

Bad input raises Django's `ValidationError` by field and leaves nothing half-written; what the
state does not allow raises `Conflict`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from notifications.event_bus import TASK_SYNC, publish
from notifications.services import save_webhooks
from scheduling import dispatch, lifecycle
from scheduling.doorbell import ring
from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask, TaskWebhook

logger = logging.getLogger(__name__)
User = AbstractBaseUser | AnonymousUser | None


def create_task(
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] = (),
    user: User,
) -> ScheduledTask:
    """Create a task with its webhooks. Without an `id` one is made from the name."""
    task = ScheduledTask(**fields, updated_by=_person(user))
    task.id = task.id or free_id(task.name)
    with transaction.atomic():
        if ScheduledTask.objects.filter(id=task.id).exists():
            raise ValidationError({"id": f"{task.id!r} is taken: choose another id."})
        save_task(task, user=user)
        save_webhooks(TaskWebhook, "task", task, webhooks)
    return task


def update_task(
    task: ScheduledTask,
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] | None = None,
    user: User,
) -> ScheduledTask:
    """Change a task. `webhooks` replaces them all; None leaves them alone."""
    for name, value in fields.items():
        setattr(task, name, value)
    with transaction.atomic():
        save_task(task, user=user)
        if webhooks is not None:
            save_webhooks(TaskWebhook, "task", task, webhooks)
    return task


def save_task(task: ScheduledTask, *, user: User) -> None:
    """Validate and write a new or changed task, and plan its next slot.

    Writes what people own and never what the engine owns, so that a slow editor cannot undo a
    slot that fired meanwhile. A slot that is already due is dispatched first: an edit loses none.
    """
    task.full_clean(validate_unique=False)
    task.updated_by = _person(user)
    with transaction.atomic():
        now = timezone.now()
        before = (
            ScheduledTask.objects.select_for_update(of=("self",))
            .select_related("agent")
            .filter(id=task.id)
            .first()
        )
        if before is None:
            task.next_run_at = task.schedule.next_after(now) if task.active else None
            task.save(force_insert=True)
        else:
            _save_changed(before, task, now)
        wake_beat(task.id)


def _save_changed(before: ScheduledTask, task: ScheduledTask, now: Any) -> None:
    if before.active and before.next_run_at is not None and before.next_run_at <= now:
        dispatch.dispatch([before], now)
    names = [
        field.name
        for field in ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if not field.primary_key and field.name not in ScheduledTask.ENGINE_FIELDS
    ]
    replan = (
        task.active != before.active
        or bool(before.schedule_error)
        or any(
            getattr(task, name) != getattr(before, name)
            for name in ScheduledTask.SCHEDULE_FIELDS
        )
    )
    if replan:
        task.next_run_at = task.schedule.next_after(now) if task.active else None
        task.schedule_error = ""
        names += ["next_run_at", "schedule_error"]
    else:
        task.next_run_at = before.next_run_at
    task.save(update_fields=names)


def delete_task(task: ScheduledTask, *, user: User) -> None:
    """Delete a task and its webhooks. Its runs stay; those under way are cancelled."""
    with transaction.atomic():
        for run in task.runs.filter(status__in=Run.ACTIVE):
            lifecycle.request_cancel(run)
        logger.info("task %s deleted by %s", task.id, user)
        wake_beat(task.id)
        task.delete()


def clone_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Return a paused copy with a free id; secrets are carried over."""
    fields = {
        field.attname: getattr(task, field.attname)
        for field in ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if field.editable and field.name not in ("id", "active", "owner")
    }
    webhooks = [
        {name: getattr(webhook, name) for name in TaskWebhook.COPIED}
        for webhook in task.webhooks.all()
    ]
    fields |= {
        "id": free_id(f"{task.id}-copy"),
        "name": f"{task.name} (copy)"[:200],
        "active": False,
        "owner": _person(user) or task.owner,
    }
    return create_task(fields=fields, webhooks=webhooks, user=user)


def pause_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Fire no more until it is resumed."""
    return update_task(task, fields={"active": False}, user=user)


def resume_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Fire again, from the next slot on."""
    return update_task(task, fields={"active": True}, user=user)


def run_now(
    task: ScheduledTask, *, user: User, trigger: str = Run.Trigger.MANUAL
) -> Run:
    """Queue a run beside the schedule; it takes the same road as a scheduled one."""
    if not task.agent.active:
        raise Conflict(f"The agent {task.agent_id!r} is switched off.")
    run = dispatch.new_run(task, Run.Trigger(trigger), timezone.now())
    run.requested_by = _person(user)
    return _queue(run)


def rerun(run: Run, *, user: User) -> Run:
    """Queue a new run of the same task. Raises `Conflict` when the task was deleted."""
    if run.task is None:
        raise Conflict("Its task was deleted, so it cannot run again.")
    again = dispatch.new_run(run.task, Run.Trigger.RERUN, timezone.now())
    again.requested_by = _person(user)
    again.rerun_of = run
    return _queue(again)


def cancel_run(run: Run, *, user: User) -> Run:
    """Cancel a queued run at once, a running one within a heartbeat."""
    if not lifecycle.request_cancel(run):
        raise Conflict("This run has already ended.")
    logger.info("run %s: cancel asked for by %s", run.id, user)
    run.refresh_from_db()
    return run


def wake_beat(task_id: str) -> None:
    """Tell beat, after the commit, that a task has changed."""
    transaction.on_commit(partial(publish, TASK_SYNC, {"task_id": task_id}))


def free_id(name: str) -> str:
    """Return a slug of `name` that no task has yet."""
    stem = slugify(name)[:90] or "task"
    taken = set(
        ScheduledTask.objects.filter(id__startswith=stem).values_list("id", flat=True)
    )
    number, free = 1, stem
    while free in taken:
        number += 1
        free = f"{stem}-{number}"
    return free


def _queue(run: Run) -> Run:
    with transaction.atomic():
        try:
            run.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict("Its task was deleted a moment ago.") from error
        transaction.on_commit(partial(ring, [run.id]))
    return run


def _person(user: User) -> Any:
    return user if user is not None and user.is_authenticated else None
