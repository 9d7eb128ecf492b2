"""Carries a plan out: all of it or nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from notifications import services as webhook_services
from notifications.models import Webhook
from notifications.ssrf import looked_up
from scheduling import services, waiting
from scheduling.exceptions import Conflict
from scheduling.interop.circles import in_order
from scheduling.interop.drafts import TaskDraft
from scheduling.interop.other_drafts import Draft
from scheduling.interop.other_plan import LOADED
from scheduling.interop.plan import Action, Item, Options, Plan, Source
from scheduling.interop.planner import Write, make_plan, urls_of
from scheduling.models import Dependency, ImportedTask, Run, ScheduledTask
from scheduling.services.dependencies import lock_tree
from scheduling.services.people import User
from scheduling.services.saving import Pause

logger = logging.getLogger(__name__)

CHANGED = "Something was changed meanwhile, so that another plan would be carried out. Look at it again."  # fmt: skip
_WRITTEN = (Action.CREATE, Action.CHANGE)


class Refused(Exception):
    """A service refused what the plan had let through; nothing was written."""


def apply(
    sources: Sequence[Source], options: Options, fingerprint: str, *, user: User
) -> Plan:
    """Carry out the plan with this fingerprint in one transaction, and return it.

    It is worked out once more under the lock that all who load files take. Raises `Conflict`
    when it would be another one now, `Refused` for what only writing shows.
    """
    with looked_up(urls_of(sources, options)), transaction.atomic():
        lock_tree()
        # Rows are locked in the order of all locks, and only then is it known what is to be written.
        _lock(make_plan(sources, options, user=user, look_up=False))
        plan = make_plan(sources, options, user=user, look_up=False)
        if plan.faults or plan.fingerprint != fingerprint:
            raise Conflict(CHANGED)
        _Applying(plan, user).run()
    names = ", ".join(each.name or "-" for each in sources)
    counts = ", ".join(f"{count} {action}" for action, count in plan.counts.items())
    logger.info("loaded %s: %s", names, counts or "nothing")
    return plan


def _lock(plan: Plan) -> None:
    """The rows of all tasks that it changes, and of the cycles in which it ends runs, in order."""
    ids: dict[Action, list[str]] = {Action.CHANGE: [], Action.DELETE: []}
    for item in plan.items:
        if item.kind == "task" and item.action in ids:
            ids[item.action].append(item.key)
    gone = Run.objects.filter(task_id__in=ids[Action.DELETE], status__in=Run.ACTIVE)
    waiting.lock_lanes(
        list(gone.values_list("id", flat=True)),
        also=[*ids[Action.CHANGE], *ids[Action.DELETE]],
    )


class _Applying:
    def __init__(self, plan: Plan, user: User) -> None:
        self.items, self.user = plan.items, user
        self.now = timezone.now()
        #: Keys of the webhooks that were added to the address book, by name.
        self.book: dict[str, int] = {}
        self.noted: list[ImportedTask] = []

    def run(self) -> None:
        """Write in the order in which things name each other."""
        for kind, write in (
            ("agent", self._agent), ("calendar", self._calendar), ("webhook", self._book),
        ):  # fmt: skip
            for item in self.items:
                if item.kind == kind and item.action in _WRITTEN:
                    self._try(item, write, item.draft)
        tasks = {item.key: item for item in self.items if item.kind == "task"}
        for key in in_order(tasks, self._parents()):
            item = tasks[key]
            if item.action == Action.DELETE:
                services.delete_task(item.draft, user=self.user)
            elif item.action in _WRITTEN:
                self._try(item, self._task, item.draft)
            elif item.action == Action.UNCHANGED and item.draft.is_noted:
                self._note(item.draft, item.draft.draft.old)
        ImportedTask.objects.bulk_create(
            self.noted,
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=[
                "format",
                "ref",
                "source",
                "document",
                "version",
                "loaded_at",
            ],
        )

    def _parents(self) -> dict[str, set[str]]:
        """What runs after what once all is written."""
        edges: dict[str, set[str]] = {}
        for task, parent in Dependency.objects.values_list("task_id", "parent_id"):
            edges.setdefault(task, set()).add(parent)
        for item in self.items:
            if item.action in _WRITTEN and isinstance(item.draft, Write):
                parents = item.draft.draft.parents
                if parents is not None:
                    edges[item.key] = {*parents}
        return edges

    def _try(self, item: Item, write: Any, *args: Any) -> None:
        try:
            write(*args)
        except ValidationError as error:
            said = "; ".join(
                f"{name}: {' '.join(texts)}"
                for name, texts in error.message_dict.items()
            )
            place = f"{item.file}:{item.line}"
            raise Refused(f"{place}: {item.kind} {item.key!r}: {said}") from error

    def _agent(self, draft: Draft) -> None:
        if draft.old is None:
            fields = {"id": draft.row.pk, **draft.values}
            services.create_agent(fields=fields, user=self.user)
            return
        fields = {name: draft.values[name] for name in draft.changed}
        services.update_agent(draft.old, fields=fields, user=self.user, note=LOADED)

    def _calendar(self, draft: Draft) -> None:
        services.save_calendar(draft.row, user=self.user)

    def _book(self, draft: Draft) -> None:
        hook: Webhook = draft.old or Webhook()
        was_on = draft.old is None or hook.active
        hook.keeps_url = draft.old is not None and "url" not in draft.changed
        for name in draft.changed:
            setattr(hook, name, draft.values[name])
        hook.full_clean()
        if hook.active and not was_on:
            webhook_services.switch_on(hook, user=self.user)
            hook.failing_since = None
        hook.save()
        self.book[hook.name] = hook.pk

    def _task(self, write: Write) -> None:
        draft = write.draft
        fields = dict(draft.fields)
        if isinstance(channel := fields.get("alert_webhook_id"), str):
            fields["alert_webhook_id"] = self.book[channel]
        parts: dict[str, Any] = {
            "webhooks": draft.webhooks,
            "tags": draft.tags,
            "parents": _parents(draft),
            "shared_webhooks": draft.shared
            and [self.book.get(str(each), each) for each in draft.shared],
            "event_triggers": draft.event_triggers,
        }
        if draft.old is None:
            given = {name: part for name, part in parts.items() if part}
            task = services.create_task(fields=fields, **given, user=self.user)
        else:
            pause = _pause(fields, draft)
            task = services.update_task(
                draft.old, fields=fields, **parts, pause=pause, note=LOADED, user=self.user
            )  # fmt: skip
        self._note(write, task)

    def _note(self, write: Write, task: ScheduledTask | None) -> None:
        """Note where it came from; of a task of another format only that it was loaded."""
        if task is None:
            return
        told: dict[str, Any] = {"version": task.version, "loaded_at": self.now}
        if not write.is_own_format:
            ImportedTask.objects.filter(task=task).update(**told)
            return
        entry = write.draft.entry
        told |= {"format": write.format, "ref": entry.ref, "source": write.source}
        told["document"] = dict(entry.document)
        self.noted.append(ImportedTask(task=task, **told))


def _parents(draft: TaskDraft) -> list[dict[str, str]] | None:
    if draft.parents is None:
        return None
    return [{"task_id": parent, "when": when} for parent, when in draft.parents.items()]


def _pause(fields: dict[str, Any], draft: TaskDraft) -> Pause | None:
    """The pause that a file asks for; its note goes with it, not among the columns."""
    note = fields.pop("pause_note", None)
    is_active = fields.get("active", draft.old.active if draft.old else True)
    return None if note is None or is_active else Pause(note=note)
