"""Verbs people ask for. Each owns its transaction, says who did it, and wakes beat.

Bad input raises Django's `ValidationError` by field and leaves nothing half-written; what the
state does not allow raises `Conflict`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from notifications.event_bus import TASK_SYNC, publish
from notifications.services import check_webhooks, save_webhooks
from notifications.ssrf import origin_of, safe_origin
from scheduling import dispatch, lifecycle
from scheduling.doorbell import ring
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Run, ScheduledTask, TaskWebhook
from scheduling.tags import check_tags, save_tags

logger = logging.getLogger(__name__)
User = AbstractBaseUser | AnonymousUser | None


def create_task(
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] = (),
    tags: Sequence[str] = (),
    user: User,
) -> ScheduledTask:
    """Create a task with its webhooks and tags. Without an `id` one is made from the name."""
    names = check_tags(tags)
    task = ScheduledTask(**fields, updated_by=_person(user))
    task.id = task.id or free_id(task.name)
    _refuse_own_origins(webhooks, user)
    hooks = check_webhooks(TaskWebhook, "task", task, webhooks)
    with transaction.atomic():
        save_task(task, user=user)
        save_webhooks(TaskWebhook, "task", task, hooks)
        save_tags(task, names)
    return task


def update_task(
    task: ScheduledTask,
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] | None = None,
    tags: Sequence[str] | None = None,
    user: User,
) -> ScheduledTask:
    """Change these fields and no other.

    `webhooks` replaces them all, and so does `tags`; None leaves them alone.
    """
    names = None if tags is None else check_tags(tags)
    for name, value in fields.items():
        setattr(task, name, value)
    hooks = None
    if webhooks is not None:
        _refuse_own_origins(webhooks, user)
        hooks = check_webhooks(TaskWebhook, "task", task, webhooks)
    with transaction.atomic():
        save_task(task, user=user, only=fields)
        if hooks is not None:
            save_webhooks(TaskWebhook, "task", task, hooks)
        if names is not None:
            save_tags(task, names)
    return task


def _refuse_own_origins(webhooks: Sequence[Mapping[str, Any]], user: User) -> None:
    """Private origins that the installation allows are for staff: they stand behind its walls."""
    if user is None or getattr(user, "is_staff", False):
        return
    conf = settings.NOTIFICATIONS
    own = {origin_of(each) for each in conf.internal_origins + conf.allowed_origins}
    for place, entry in enumerate(webhooks):
        url = entry.get("url")
        if isinstance(url, str) and url and safe_origin(url) in own:
            raise ValidationError(
                {
                    "webhooks": _("[%(place)d].url: only staff may name this address.")
                    % {"place": place}
                }
            )


def save_task(
    task: ScheduledTask, *, user: User, only: Collection[str] | None = None
) -> None:
    """Validate and write a new or changed task, and plan its next slot.

    Writes what people own (of that, `only` these fields) and never what the engine owns, so
    that a slow editor cannot undo a slot that fired meanwhile. A slot that is already due is
    dispatched first: an edit loses none. Raises `Conflict` when the task was deleted.
    """
    is_new = task._state.adding  # noqa: SLF001 -- Django's documented API
    with transaction.atomic():
        now = timezone.now()
        before = _locked(task.id)
        if is_new:
            _insert(task, before, now, user)
        elif before is None:
            raise Conflict(_("The task %(id)r was deleted.") % {"id": task.id})
        else:
            names = _written(only)
            _take_over(before, task, names)
            task.full_clean(validate_unique=False)
            task.updated_by = _person(user)
            _save_changed(before, task, now, names)
        wake_beat(task.id)


def _locked(task_id: str) -> ScheduledTask | None:
    return (
        dispatch.for_dispatch()
        .select_for_update(of=("self",))
        .filter(id=task_id)
        .first()
    )


def _insert(
    task: ScheduledTask, before: ScheduledTask | None, now: datetime, user: User
) -> None:
    task.full_clean(validate_unique=False)
    task.updated_by = _person(user)
    task.next_run_at = task.schedule.next_after(now) if task.active else None
    try:
        if before is None:
            with transaction.atomic():
                task.save(force_insert=True)
            return
    except IntegrityError:  # somebody was first, a moment ago
        logger.info("task %s was created twice at once", task.id)
    taken = _("%(id)r is taken: choose another id.") % {"id": task.id}
    raise ValidationError({"id": taken})


def _written(only: Collection[str] | None) -> set[str]:
    """The names of the columns that an edit of the fields `only` writes."""
    fields = [
        field
        for field in ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if not field.primary_key and field.name not in ScheduledTask.ENGINE_FIELDS
    ]
    always = ("updated_by", "updated_at")
    return {
        field.attname
        for field in fields
        if only is None or {field.name, field.attname} & {*only, *always}
    }


def _take_over(before: ScheduledTask, task: ScheduledTask, names: set[str]) -> None:
    """Bring `task` up to date with the row, but for the columns that are to change."""
    for field in ScheduledTask._meta.concrete_fields:  # noqa: SLF001 -- Django's documented API
        if field.attname not in names:
            setattr(task, field.attname, getattr(before, field.attname))


def _save_changed(
    before: ScheduledTask, task: ScheduledTask, now: datetime, names: set[str]
) -> None:
    if before.active and before.next_run_at is not None and before.next_run_at <= now:
        dispatch.dispatch([before], now)
    replan = bool(before.schedule_error) or any(
        getattr(task, name) != getattr(before, name)
        for name in (*ScheduledTask.SCHEDULE_FIELDS, "active")
    )
    task.next_run_at, task.schedule_error = before.next_run_at, before.schedule_error
    if replan:
        task.next_run_at = task.schedule.next_after(now) if task.active else None
        task.schedule_error = ""
        names = names | {"next_run_at", "schedule_error"}
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
    """Return a paused copy with a free id; tags and secrets are carried over."""
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
    tags = list(task.tags.values_list("name", flat=True))
    return create_task(fields=fields, webhooks=webhooks, tags=tags, user=user)


def pause_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Fire no more until it is resumed. Also stops a task that is not valid (any more)."""
    task.active = False
    names = _written(["active"])
    with transaction.atomic():
        before = _locked(task.id)
        if before is None:
            raise Conflict(_("The task %(id)r was deleted.") % {"id": task.id})
        _take_over(before, task, names)
        task.updated_by = _person(user)
        _save_changed(before, task, timezone.now(), names)
        wake_beat(task.id)
    return task


def resume_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Fire again, from the next slot on."""
    return update_task(task, fields={"active": True}, user=user)


def run_now(
    task: ScheduledTask,
    *,
    user: User,
    trigger: str = Run.Trigger.MANUAL,
    run_id: uuid.UUID | None = None,
) -> Run:
    """Queue a run beside the schedule; it takes the same road as a scheduled one.

    The same `run_id` is queued once: sent again, it is the run that there is.
    """
    if run_id and (asked := task.runs.filter(id=run_id).first()):
        return asked
    _require_active_agent(task)
    run = dispatch.new_run(task, Run.Trigger(trigger), timezone.now())
    run.id = run_id or run.id
    run.requested_by = _person(user)
    return _queue(run)


def rerun(run: Run, *, user: User) -> Run:
    """Queue a new run of the same task. Raises `Conflict` when the task was deleted."""
    if run.task is None:
        raise Conflict(_("Its task was deleted, so it cannot run again."))
    _require_active_agent(run.task)
    again = dispatch.new_run(run.task, Run.Trigger.RERUN, timezone.now())
    again.requested_by = _person(user)
    again.rerun_of = run
    return _queue(again)


def cancel_run(run: Run, *, user: User) -> Run:
    """Cancel a queued run at once, a running one within a heartbeat."""
    if not lifecycle.request_cancel(run):
        raise Conflict(_("This run has already ended."))
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


def _require_active_agent(task: ScheduledTask) -> None:
    if not Agent.objects.filter(id=task.agent_id, active=True).exists():
        raise Conflict(_("The agent %(id)r is switched off.") % {"id": task.agent_id})


def _queue(run: Run) -> Run:
    """Write the run and ring. Raises `Conflict` when its task was deleted meanwhile."""
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            transaction.on_commit(partial(ring, [run.id]))
    except (
        IntegrityError
    ) as error:  # foreign keys are looked at as the transaction ends
        raise Conflict(_("Its task was deleted a moment ago.")) from error
    return run


def _person(user: User) -> Any:
    return user if user is not None and user.is_authenticated else None
