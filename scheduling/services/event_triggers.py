"""What events begin a run of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from scheduling import triggers
from scheduling.exceptions import Conflict
from scheduling.models import EventTrigger, ScheduledTask
from scheduling.services.people import User
from scheduling.services.saving import lock, wake_beat
from scheduling.services.versions import record_task, remember_task

MOST_TRIGGERS = 20
"""Of one task."""
Entries = Sequence[Mapping[str, Any]]
"""The columns `EventTrigger.EDITABLE`; with the `id` of one that is there it stays that one."""


def event_triggers_of(task_id: str) -> list[dict[str, Any]]:
    """Return the triggers of a task as entries. One query."""
    rows = EventTrigger.objects.filter(task_id=task_id).order_by("id")
    return list(rows.values("id", *EventTrigger.EDITABLE))


def save_event_triggers(task: ScheduledTask, entries: Entries | None) -> None:
    """Let `task` have these triggers and no others, in the caller's transaction; None: as it has.

    The caller records the version. Raises `ValidationError` by the field `event_triggers`.
    """
    if entries is None:
        return
    if len(entries) > MOST_TRIGGERS:
        raise ValidationError({"event_triggers": _too_many()})
    there = {each.pk: each for each in EventTrigger.objects.filter(task=task)}
    kept = []
    for place, entry in enumerate(entries):
        trigger = there.pop(entry.get("id") or 0, None) or EventTrigger(task=task)
        try:
            _write(trigger, entry)
        except ValidationError as error:
            said = [f"[{place}].{field}: {text}" for field, texts in error.message_dict.items() for text in texts]  # fmt: skip
            raise ValidationError({"event_triggers": said}) from error
        kept.append(trigger.pk)
    if there:
        EventTrigger.objects.filter(pk__in=there).delete()
    changed_event_triggers(task.id)


def save_event_trigger(
    trigger: EventTrigger, fields: Mapping[str, Any], *, user: User
) -> EventTrigger:
    """Write a new or changed trigger of a task that is there, as a new version of the task.

    Raises `ValidationError` by field, and `Conflict` when the task was deleted.
    """
    with transaction.atomic():
        task = _locked(trigger.task_id)
        if _is_new(trigger) and task.event_triggers.count() >= MOST_TRIGGERS:
            raise Conflict(_too_many())
        _write(trigger, fields)
        record_task(task, user=user)
        changed_event_triggers(task.id)
    return trigger


def delete_event_trigger(trigger: EventTrigger, *, user: User) -> None:
    """Delete it, as a new version of its task."""
    with transaction.atomic():
        task = _locked(trigger.task_id)
        EventTrigger.objects.filter(pk=trigger.pk).delete()
        record_task(task, user=user)
        changed_event_triggers(task.id)


def changed_event_triggers(task_id: str) -> None:
    """Have this process and beat look for triggers again, after the commit."""
    transaction.on_commit(triggers.forget)
    wake_beat(task_id)


def _locked(task_id: str) -> ScheduledTask:
    task = lock(task_id)
    if task is None:
        raise Conflict(_("The task %(id)r was deleted.") % {"id": task_id})
    remember_task(task)
    return task


def _write(trigger: EventTrigger, fields: Mapping[str, Any]) -> None:
    """Set what people write, check it, and save no other column: the engine may have fired it."""
    for name in EventTrigger.EDITABLE:
        if name in fields:
            setattr(trigger, name, fields[name])
    trigger.full_clean(exclude=["task"], validate_constraints=False)
    if _is_new(trigger):
        trigger.save(force_insert=True)
    else:
        trigger.save(update_fields=EventTrigger.EDITABLE)


def _is_new(trigger: EventTrigger) -> bool:
    return trigger._state.adding  # noqa: SLF001 -- Django's documented API


def _too_many() -> str:
    return _("A task has at most %(most)d event triggers.") % {"most": MOST_TRIGGERS}
