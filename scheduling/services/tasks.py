"""Making, changing, copying and deleting tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from notifications.services import save_webhooks
from scheduling import lifecycle, waiting
from scheduling.exceptions import Conflict
from scheduling.lineage import TASK, root_of
from scheduling.models import Run, ScheduledTask, TaskWebhook
from scheduling.services.dependencies import (
    Parents,
    copied_parents,
    lock_tree,
    set_parents,
)
from scheduling.services.event_triggers import (
    Entries,
    event_triggers_of,
    save_event_triggers,
)
from scheduling.services.people import User, person
from scheduling.services.saving import (
    Pause,
    change,
    insert,
    lock,
    take_over,
    wake_beat,
    written,
)
from scheduling.services.shared_webhooks import (
    check_shared,
    save_shared,
    shared_by,
)
from scheduling.services.versions import record_task, remember_task
from scheduling.services.webhook_reach import reachable_webhooks
from scheduling.tags import check_tags, save_tags

logger = logging.getLogger(__name__)


def create_task(
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] = (),
    tags: Sequence[str] = (),
    parents: Parents = (),
    shared_webhooks: Sequence[int] = (),
    event_triggers: Entries = (),
    source: ScheduledTask | None = None,
    user: User,
) -> ScheduledTask:
    """Create a task with its webhooks, tags and the tasks that it comes after.

    Without an `id` one is made from the name. `shared_webhooks` are ids of the address book;
    `source` is the task of which this is a copy.
    """
    names = check_tags(tags)
    task = ScheduledTask(**fields, updated_by=person(user))
    task.id = task.id or free_id(task.name)
    shared = check_shared(task, shared_webhooks, fields, user, source=source)
    hooks = reachable_webhooks(task, webhooks, user)
    with transaction.atomic():
        if parents:
            lock_tree()
        save_task(task, user=user)
        save_webhooks(TaskWebhook, "task", task, hooks)
        save_shared(task, shared or ())
        save_tags(task, names)
        if parents:
            set_parents(task, parents, user=user)
        if event_triggers:
            save_event_triggers(task, event_triggers)
        record_task(task, user=user, is_new=True)
    return task


def update_task(
    task: ScheduledTask,
    *,
    fields: Mapping[str, Any],
    webhooks: Sequence[Mapping[str, Any]] | None = None,
    tags: Sequence[str] | None = None,
    parents: Parents | None = None,
    shared_webhooks: Sequence[int] | None = None,
    event_triggers: Entries | None = None,
    user: User,
    pause: Pause | None = None,
    note: str = "",
) -> ScheduledTask:
    """Change these fields and no other; `note` goes into the version.

    `pause` says why it is to be paused, where `fields` says that it is.
    `webhooks` replaces them all, and so do `tags`, `parents`, `shared_webhooks` and
    `event_triggers`; None leaves them alone.
    """
    names = None if tags is None else check_tags(tags)
    shared = check_shared(task, shared_webhooks, fields, user)
    for name, value in fields.items():
        setattr(task, name, value)
    hooks = None
    if webhooks is not None:
        hooks = reachable_webhooks(task, webhooks, user)
    with transaction.atomic():
        if parents is not None:
            lock_tree()
        save_task(task, user=user, only=fields, pause=pause)
        if hooks is not None:
            save_webhooks(TaskWebhook, "task", task, hooks)
        if shared is not None:
            save_shared(task, shared)
        if names is not None:
            save_tags(task, names)
        if parents is not None:
            set_parents(task, parents, user=user)
        save_event_triggers(task, event_triggers)
        record_task(task, user=user, note=note)
    return task


def save_task(
    task: ScheduledTask,
    *,
    user: User,
    only: Collection[str] | None = None,
    pause: Pause | None = None,
) -> None:
    """Validate and write a new or changed task, and plan its next slot.

    Writes what people own (of that, `only` these fields) and never what the engine owns, so
    that a slow editor cannot undo a slot that fired meanwhile. A slot that is already due is
    dispatched first: an edit loses none. To set `active` pauses or resumes it. Raises `Conflict`
    when the task was deleted.
    The caller records the version, when the webhooks and all are written too.
    """
    is_new = task._state.adding  # noqa: SLF001 -- Django's documented API
    with transaction.atomic():
        now = timezone.now()
        before = None if is_new else lock(task.id)
        if is_new:
            task.full_clean(validate_unique=False)
            insert(task, now, user)
        elif before is None:
            raise Conflict(_("The task %(id)r was deleted.") % {"id": task.id})
        else:
            remember_task(before)
            names = written(only)
            take_over(before, task, names)
            task.full_clean(validate_unique=False)
            change(before, task, now, names, user=user, pause=pause)
        wake_beat(task.id)


def delete_task(
    task: ScheduledTask,
    *,
    user: User,
    check: Callable[[ScheduledTask], None] | None = None,
) -> None:
    """Delete a task and its webhooks. Its runs stay; those under way are cancelled.

    `check` is asked about the row once it is locked, and may raise to keep it.
    """
    active = task.runs.filter(status__in=Run.ACTIVE)
    with transaction.atomic():
        # With those of its cycles, in their order, before its own row is held.
        waiting.lock_lanes(list(active.values_list("id", flat=True)))
        row = lock(task.id)
        if check is not None and row is not None:
            check(row)
        lifecycle.request_cancels(
            list(active.values_list("id", flat=True)), note="Its task was deleted."
        )
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
        {name: getattr(webhook, name) for name in TaskWebhook.EDITABLE}
        for webhook in task.webhooks.all()
    ]
    fields |= {
        "id": free_id(f"{task.id}-copy"),
        "name": f"{task.name} (copy)"[:200],
        "active": False,
        "owner": person(user) or task.owner,
    }
    tags = list(task.tags.values_list("name", flat=True))
    return create_task(
        fields=fields,
        webhooks=webhooks,
        tags=tags,
        parents=copied_parents(task, user),
        shared_webhooks=shared_by(task),
        event_triggers=event_triggers_of(task.id),
        source=task,
        user=user,
    )


def free_id(name: str) -> str:
    """Return a slug of `name` that no task has yet, nor had one under which agents made some."""
    stem = slugify(name)[:90] or "task"
    there = ScheduledTask.objects.filter(id__startswith=stem)
    made = ScheduledTask.objects.filter(lineage__startswith=f"{TASK}:{stem}")
    taken = set(there.values_list("id", flat=True))
    taken |= {root_of(each)[1] for each in made.values_list("lineage", flat=True)}
    number, free = 1, stem
    while free in taken:
        number += 1
        free = f"{stem}-{number}"
    return free
