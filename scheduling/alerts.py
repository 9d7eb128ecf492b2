"""What of runs and events is an incident: which opens one, about what, and when it is over.

a run fails             `failing` of its task, after so many in a row, and at once when nobody
                        else was told of it; the next success resolves it (`follow`)
an event is written     as `OPENS` and `RESOLVES` say (`heed`)
the rows say it is over as `_over` says: mended, decided, deleted (`tidy`)
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from notifications import incidents
from notifications.endpoints import Responsible
from notifications.incidents import Sighting
from notifications.models import Incident, Webhook
from notifications.rules import Why
from scheduling.models import (
    Agent,
    Event,
    Run,
    ScheduledTask,
    Spending,
    TaskWebhook,
)

Kind = Incident.Kind
Status = Run.Status
_CAUSE_CHARS = 1_000
#: What differs between two errors that are one: numbers, ids, addresses in memory.
_VARYING = re.compile(r"\b(0x)?[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


# -- events


def _task(event: Event) -> str:
    return f"task:{event.task_ref}"


def _run(event: Event) -> str:
    return f"run:{event.run_id}"


def _agent(event: Event) -> str:
    return f"agent:{event.data.get('agent', '')}"


def _budget(event: Event) -> str:
    data = event.data
    return f"{data.get('scope')}:{data.get('ref')}:{data.get('period')}"


def _installation(_event: Event) -> str:
    return "installation"


@dataclass(frozen=True)
class Opens:
    """An event that opens an incident, or counts on the one that is open."""

    kind: Incident.Kind
    key: Callable[[Event], str]
    #: May name %(task)s, %(agent)s and %(budget)s.
    title: str


OPENS: dict[str, Opens] = {
    Event.Kind.LATE: Opens(Kind.LATE, _task, gettext_noop("%(task)s is late")),
    Event.Kind.OVERDUE: Opens(Kind.LATE, _task, gettext_noop("%(task)s is late")),
    Event.Kind.SET_ASIDE: Opens(
        Kind.SET_ASIDE, _task, gettext_noop("%(task)s was set aside")
    ),
    Event.Kind.BLOCKED: Opens(
        Kind.BLOCKED, _agent, gettext_noop("The agent %(agent)s cannot run")
    ),
    Event.Kind.BEAT_SILENT: Opens(
        Kind.BEAT_SILENT, _installation, gettext_noop("No beat is running")
    ),
    Event.Kind.BUDGET: Opens(
        Kind.BUDGET, _budget, gettext_noop("The budget of %(budget)s is used up")
    ),
    Event.Kind.APPROVAL: Opens(
        Kind.APPROVAL, _run, gettext_noop("%(task)s: an output waits for approval")
    ),
}
"""By the kind of event. Not here: `paused` (said in the note of `failing`), and what is no
trouble or has been seen to already: missed, resumed, refused, loop, blackout, lifted, expired."""

RESOLVES: dict[str, tuple[Incident.Kind, Callable[[Event], str]]] = {
    Event.Kind.ON_TIME: (Kind.LATE, _task),
    Event.Kind.UNBLOCKED: (Kind.BLOCKED, _agent),
    Event.Kind.BEAT_BACK: (Kind.BEAT_SILENT, _installation),
}


def heed(events: Sequence[Event], now: datetime) -> None:
    """Open and resolve the incidents that these events stand for, in the caller's transaction.

    No query for events that stand for none; else a few, however many there are.
    """
    over: dict[Incident.Kind, dict[str, str]] = {}
    for event in events:
        if rule := RESOLVES.get(event.kind):
            kind, key = rule
            over.setdefault(kind, {})[key(event)] = event.note
    for kind, notes in over.items():
        # One note for all when they are several: each says since when its own task was late.
        note = next(iter(notes.values())) if len(notes) == 1 else ""
        incidents.resolve(kind, list(notes), note=note, now=now)
    opening = [each for each in events if each.kind in OPENS]
    if opening:
        refs = {ref for each in opening if (ref := _ref(each))}
        tasks = _to_tell(refs) if refs else {}
        incidents.see([_sighting(e, tasks.get(_ref(e))) for e in opening], now)


def _ref(event: Event) -> str:
    """The task that the incident is about; empty when it is about more than one."""
    about_one = event.kind not in (Event.Kind.BLOCKED, Event.Kind.BEAT_SILENT)
    if event.kind == Event.Kind.BUDGET:
        about_one = event.data.get("scope") == Spending.Scope.TASK
    return event.task_ref if about_one else ""


def _sighting(event: Event, task: ScheduledTask | None) -> Sighting:
    rule, data = OPENS[event.kind], event.data
    owner = data.get("ref", "") if data.get("scope") == Spending.Scope.OWNER else ""
    names = {
        "task": event.task_name,
        "agent": data.get("agent", ""),
        "budget": event.task_name if _ref(event) else _holder(data),
    }
    return Sighting(
        kind=rule.kind,
        key=rule.key(event),
        title=_(rule.title) % names,
        note=event.note,
        task_id=_ref(event),
        run_id=event.run_id,
        resolves_at=_end(data) if event.kind == Event.Kind.BUDGET else None,
        channels=_channels(task),
        user_id=_owner(task) or owner,
    )


def _holder(data: Mapping[str, Any]) -> str:
    name = str(data.get("ref", ""))
    if data.get("scope") == Spending.Scope.OWNER:
        return _("owner %(id)s") % {"id": name}
    return _("the agent %(id)s") % {"id": name}


def _end(data: Mapping[str, Any]) -> datetime | None:
    ends = data.get("ends")
    return datetime.fromisoformat(ends) if isinstance(ends, str) else None


# -- failures


def follow(
    final: Iterable[Run], *, untold: Collection[uuid.UUID], now: datetime
) -> None:
    """Open, count on and resolve `failing` for the tasks of these runs; their counters are moved.

    `untold`: the failed runs that no webhook and no inbox is told of. In the finishing
    transaction: one query for runs that succeeded, a few for those that failed.
    """
    runs = [run for run in final if run.task_id]
    failed = {run.task_id: run for run in runs if run.status == Status.FAILED}
    if failed:
        silent = {
            run.task_id for run in runs if run.id in untold and not _of_streak(run)
        }
        _count_failures({str(pk): run for pk, run in failed.items()}, silent, now)
    well = {run.task_id for run in runs if run.status == Status.SUCCEEDED}
    incidents.resolve(
        Kind.FAILING,
        [f"task:{pk}" for pk in well],
        note=_("A run has succeeded."),
        now=now,
    )


def _of_streak(run: Run) -> bool:
    """Whether a webhook was told of the first of this streak, and wants to hear no more of it."""
    return any(each.get("why") == Why.STREAK for each in run.untold or ())


def _count_failures(
    failed: Mapping[str, Run], silent: Collection[str | None], now: datetime
) -> None:
    tasks = _to_tell(failed)
    keys = [f"task:{pk}" for pk in tasks]
    known = Incident.objects.filter(
        kind=Kind.FAILING, key__in=keys, resolved_at__isnull=True
    )
    notes = dict(known.values_list("key", "note"))
    seen = []
    for pk, task in tasks.items():
        before = notes.get(f"task:{pk}")
        is_paused = not task.active and task.paused_at == now
        is_too_often = task.consecutive_failures >= task.alert_after_failures
        if before is None and not (pk in silent or is_too_often or is_paused):
            continue
        run = failed[pk]
        seen.append(
            Sighting(
                kind=Kind.FAILING,
                key=f"task:{pk}",
                title=_("%(task)s fails") % {"task": task.name},
                note=_note(run, task, before, is_untold=pk in silent),
                task_id=pk,
                run_id=run.id,
                channels=_channels(task),
                user_id=_owner(task),
            )
        )
    incidents.see(seen, now)


def _note(run: Run, task: ScheduledTask, before: str | None, *, is_untold: bool) -> str:
    """The cause first, on one line; then what else there is to know."""
    error = " ".join(run.error.split())[:_CAUSE_CHARS]
    lines = [f"{run.get_failure_reason_display()}: {error}"]
    count = task.consecutive_failures
    lines.append(
        ngettext("%(count)d failure in a row.", "%(count)d failures in a row.", count)
        % {"count": count}
    )
    if before is not None:
        is_same = _gist(before.partition("\n")[0]) == _gist(lines[0])
        lines.append(
            _("The cause is the same as before.")
            if is_same
            else _("The cause is another one than before.")
        )
    if is_untold:
        lines.append(_("No webhook and no inbox was told of this failure."))
    if not task.active and task.pause_note:
        lines.append(_("The task is paused: %(why)s") % {"why": task.pause_note})
    return "\n".join(lines)


def _gist(cause: str) -> str:
    return _VARYING.sub("#", cause)


# -- over, as the rows say


def decided(run: Run, *, by: Any, note: str, now: datetime) -> None:
    """Resolve the incident of an output that waits for approval no more."""
    incidents.resolve(Kind.APPROVAL, [f"run:{run.id}"], note=note, by=by, now=now)


def tidy(now: datetime) -> int:
    """Resolve what was mended, decided or deleted without an event. Returns how many.

    One query when there is nothing to do.
    """
    return incidents.resolve_all(_over(), now=now)


def _over() -> QuerySet[Incident]:
    task = ScheduledTask.objects.filter(id=OuterRef("task_id"))
    late, aside = task.filter(late_since__isnull=False), task.exclude(schedule_error="")
    waiting = Run.objects.filter(id=OuterRef("run_id"), approval=Run.Approval.WAITING)
    blocked = Agent.objects.filter(blocked_at__isnull=False).annotate(
        key=Concat(Value("agent:"), F("id"), output_field=CharField())
    )
    is_over = (
        (Q(kind=Kind.FAILING) & ~Exists(task))
        | (Q(kind=Kind.LATE) & ~Exists(late))
        | (Q(kind=Kind.SET_ASIDE) & ~Exists(aside))
        | (Q(kind=Kind.APPROVAL) & ~Exists(waiting))
        | (Q(kind=Kind.BLOCKED) & ~Exists(blocked.filter(key=OuterRef("key"))))
    )
    return Incident.objects.filter(is_over)


# -- who is told


def responsible_for(webhook: Webhook, task_id: str) -> Responsible:
    """Who hears of trouble with `webhook`: of its own task, else of the task `task_id`."""
    own = TaskWebhook.objects.filter(pk=webhook.pk).values_list("task", flat=True)
    task_id = own.first() or task_id
    task = _to_tell([task_id]).get(task_id) if task_id else None
    return Responsible(task_id=task_id, channels=_channels(task), user_id=_owner(task))


def _to_tell(task_ids: Collection[str]) -> dict[str, ScheduledTask]:
    """These tasks, with what an incident of theirs needs to be told."""
    tasks = ScheduledTask.objects.select_related("alert_webhook").only(
        "id", "name", "owner", "active", "paused_at", "pause_note",
        "consecutive_failures", "alert_after_failures",
        "alert_webhook__name", "alert_webhook__format", "alert_webhook__active",
    )  # fmt: skip
    return tasks.in_bulk(sorted(task_ids))


def _channels(task: ScheduledTask | None) -> list[Webhook] | None:
    return [task.alert_webhook] if task and task.alert_webhook else None


def _owner(task: ScheduledTask | None) -> str:
    return str(task.owner_id) if task and task.owner_id else ""
