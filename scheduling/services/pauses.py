"""Pausing and resuming one task."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask
from scheduling.services.people import User
from scheduling.services.saving import (
    Pause,
    change,
    lock,
    take_over,
    wake_beat,
    written,
)
from scheduling.services.tasks import update_task
from scheduling.services.versions import record_task, remember_task
from signals.sanitise import clean_text

MAX_NOTE_CHARS = 2000


def pause_task(
    task: ScheduledTask,
    *,
    user: User,
    note: str = "",
    resume_at: datetime | None = None,
) -> ScheduledTask:
    """Fire no more until it is resumed, or until `resume_at` (aware). Says who, and `note` why.

    A task that is paused already gets the new note and moment, if there are any, and stays paused
    since it was; one that no person had paused becomes a person's pause. Also stops a task that is not valid (any more). Raises `ValidationError` on
    `resume_at` or `note`, `Conflict` when the task was deleted.
    """
    now = timezone.now()
    pause = Pause(note=clean_text(note).strip(), resume_at=resume_at)
    _check(pause, now)
    with transaction.atomic():
        before = lock(task.id)
        if before is None:
            raise Conflict(_("The task %(id)r was deleted.") % {"id": task.id})
        remember_task(before)
        names = written(["active"])
        take_over(before, task, names)
        task.active = False
        change(before, task, now, names, user=user, pause=pause)
        record_task(task, user=user)
        wake_beat(task.id)
    return task


def resume_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Fire again, from the next slot on; those of the pause become one `paused` row."""
    return update_task(task, fields={"active": True}, user=user)


def _check(pause: Pause, now: datetime) -> None:
    errors = {}
    if pause.resume_at is not None and pause.resume_at <= now:
        shown = timezone.localtime(pause.resume_at).isoformat(timespec="seconds")
        errors["resume_at"] = _(
            "%(value)s has passed: expected a moment in the future."
        ) % {"value": shown}
    if len(pause.note) > MAX_NOTE_CHARS:
        errors["note"] = _(
            "Has %(count)d characters; at most %(most)d are allowed."
        ) % {"count": len(pause.note), "most": MAX_NOTE_CHARS}
    if errors:
        raise ValidationError(errors)
