"""Events that begin runs.

Two ears, one result: the process that publishes an event looks at once which triggers it meets
(so Redis may be away), and the beat that leads hears what others have put on the bus. The id of
a run comes from its trigger and its event, so an event that is heard twice begins one run.

1. Which active triggers mean this type, source and content? Known for five seconds: no query.
2. Lock their tasks, and leave out what has its run already.
3. Refuse what must not run now, with a note on the trigger; write the others, and ring.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from notifications.bus_message import MOST_NAME_CHARS, EventMessage, matches
from notifications.conditions import holds
from scheduling import blackouts, blocking, cycles, events, spending
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.models import Event, EventTrigger, Run, ScheduledTask
from scheduling.new_runs import new_run

logger = logging.getLogger(__name__)

MOST_HOPS = 5
"""Runs that may follow one another by events; the next is refused."""
KNOWN_SECONDS = 5.0
"""For so long a process does not look for new triggers."""
_NOTE_CHARS = 300
_WHOSE = ("id", "owner_id", "target_user_id")
_IDS = uuid.UUID("6f2d9c4e-8a51-4e0b-9a3c-2f5f6f0b7c11")


@dataclass(frozen=True)
class Match:
    """An event that a trigger waits for."""

    trigger: EventTrigger
    message: EventMessage

    @property
    def run_id(self) -> uuid.UUID:
        return uuid.uuid5(_IDS, f"{self.trigger.pk}:{self.message.id}")


class _Known:
    """The active triggers as this process last read them."""

    triggers: Sequence[EventTrigger] = ()
    until = 0.0


def known(*, fresh: bool = True) -> Sequence[EventTrigger]:
    """Return the active triggers, read anew after five seconds; not `fresh`: as last read."""
    if fresh and time.monotonic() >= _Known.until:
        _Known.triggers = list(EventTrigger.objects.filter(active=True))
        _Known.until = time.monotonic() + KNOWN_SECONDS
    return _Known.triggers


def forget() -> None:
    """Look for triggers again at the next event: some were changed here."""
    _Known.until = 0.0


def means(trigger: EventTrigger, message: EventMessage) -> bool:
    """Whether type and source are those that `trigger` waits for."""
    return matches([trigger.event_type], message.event_type) and (
        trigger.source_agent in ("", message.source_agent)
    )


def hear(messages: Iterable[EventMessage], **_: Any) -> list[Run]:
    """Begin the runs that these events trigger, and return them. Never raises."""
    try:
        if not (triggers := known()):
            return []
        met = [
            Match(trigger, message)
            for message in messages
            for trigger in triggers
            if means(trigger, message) and _fits(trigger, message)
        ]
        return _begin(met) if met else []
    except Exception:  # what has happened must not fail by what would follow from it
        logger.exception("events could not be followed")
        return []


def _fits(trigger: EventTrigger, message: EventMessage) -> bool:
    return not trigger.filter or holds(trigger.filter, message.as_json())


def _begin(met: Sequence[Match]) -> list[Run]:
    now = timezone.now()
    with transaction.atomic():
        tasks = _locked({match.trigger.task_id for match in met})
        triggers = EventTrigger.objects.filter(active=True).in_bulk(
            {match.trigger.pk for match in met}
        )
        there = set(
            Run.objects.filter(id__in=[match.run_id for match in met]).values_list(
                "id", flat=True
            )
        )
        judge = _Judge(met, tasks, now)
        runs: list[Run] = []
        moved: dict[int, EventTrigger] = {}
        for match in met:
            trigger = triggers.get(match.trigger.pk)
            task = tasks.get(match.trigger.task_id)
            if trigger is None or task is None or match.run_id in there:
                continue
            there.add(match.run_id)
            if not judge.may_hear(task, match.message):
                continue
            moved[trigger.pk] = trigger
            if why := judge.refusal(trigger, task, match.message):
                trigger.refused_note = f"{now:%Y-%m-%d %H:%M} UTC: {why}"[:_NOTE_CHARS]
                continue
            trigger.fired_at, trigger.refused_note = now, ""
            trigger.fired_count += 1
            runs.append(_new(match, task, judge.hops(match.message) + 1, now))
        _write(runs, moved.values(), now)
        events.record(judge.loops)
    for run in runs:
        logger.info("run %s of %s: triggered by an event", run.id, run.task_ref)
    return runs


def _locked(task_ids: Collection[str]) -> dict[str, ScheduledTask]:
    """The tasks with agents and owners; whoever else hears the same event waits here."""
    rows = ScheduledTask.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("agent", "owner").defer("agent__credentials")
    return {task.id: task for task in rows.filter(id__in=task_ids).order_by("id")}


def _new(match: Match, task: ScheduledTask, hops: int, now: datetime) -> Run:
    run = new_run(task, Run.Trigger.EVENT, now)
    run.id, run.event, run.hops = match.run_id, match.message.as_json(), hops
    return run


def _write(
    runs: Sequence[Run], triggers: Collection[EventTrigger], now: datetime
) -> None:
    if triggers:
        moved = ["fired_at", "fired_count", "refused_note"]
        EventTrigger.objects.bulk_update(triggers, moved)
    if runs:
        rows = Run.objects.bulk_create([*runs, *cycles.expand(runs, now)])
        tell_runs(rows)
        transaction.on_commit(partial(ring, [run.id for run in runs]))


class _Judge:
    """What must not run now, and why: a constant number of queries for all of it."""

    def __init__(
        self, met: Sequence[Match], tasks: dict[str, ScheduledTask], now: datetime
    ) -> None:
        self._now = now
        self._window = blackouts.on_at(now)
        self._unpaid = spending.used_up(tasks.values(), now)
        self._run_hops = _hops_of(match.message for match in met)
        self._subjects = _subjects(met, tasks)
        self._lately = _lately(tasks, now)
        self.loops: list[Event] = []

    def hops(self, message: EventMessage) -> int:
        """How many runs triggered each other up to this event, as the rows say or it says."""
        said = message.payload.get("hops")
        own = said if isinstance(said, int) and not isinstance(said, bool) else 0
        return max(min(own, MOST_HOPS), 0, self._run_hops.get(_run_of(message), 0))

    def may_hear(self, task: ScheduledTask, message: EventMessage) -> bool:
        """Whether the task's owner may know of it: who is no staff, of their own tasks alone."""
        owner = task.owner
        if owner is None or owner.is_staff:
            return True
        seen_by = self._subjects.get(str(message.payload.get("task_id")), ())
        return owner.pk in seen_by or str(owner.pk) in seen_by

    def refusal(
        self, trigger: EventTrigger, task: ScheduledTask, message: EventMessage
    ) -> str:
        """Why it begins no run; empty: it does."""
        if self.hops(message) >= MOST_HOPS:
            return self._loop(task, message)
        pause = timedelta(seconds=trigger.min_interval_seconds)
        if trigger.fired_at and trigger.fired_at > self._now - pause:
            return f"Less than {trigger.min_interval_seconds} seconds after its last run."  # fmt: skip
        most = settings.SCHEDULING.event_runs_per_minute
        if self._lately[task.id] >= most:
            return f"Events have begun {most} runs of the task within a minute."
        if why := _not_ready(task):
            return why
        if self._window is not None:
            return f"Blackout “{self._window.name}”."
        if empty := self._unpaid.get(task.id):
            return str(empty.words)
        self._lately[task.id] += 1
        return ""

    def _loop(self, task: ScheduledTask, message: EventMessage) -> str:
        """Once an hour it is an event too."""
        words = f"{MOST_HOPS} runs had triggered each other before this event ({message.event_type})."  # fmt: skip
        hour = self._now.replace(minute=0, second=0, microsecond=0)
        data = {"hops": MOST_HOPS, "event_id": message.id}
        self.loops.append(
            events.about(
                task, Event.Kind.LOOP, slot=hour, at=self._now, note=words, data=data
            )
        )
        return words


def _not_ready(task: ScheduledTask) -> str:
    """Why the task itself does not run; empty: it does."""
    if not task.active:
        return "The task is paused."
    if not task.agent.active:
        return f"The agent “{task.agent_id}” is switched off."
    return blocking.note_of(task.agent) if task.agent.blocked_at else ""


def _lately(task_ids: Iterable[str], now: datetime) -> Counter[str]:
    """How many runs events have begun within the last minute, by task."""
    rows = Run.objects.filter(
        task_id__in=list(task_ids),
        created_at__gt=now - timedelta(minutes=1),
        trigger=Run.Trigger.EVENT,
    )
    return Counter(dict(rows.order_by().values_list("task").annotate(Count("id"))))


def _run_of(message: EventMessage) -> str:
    return str(message.payload.get("run_id") or "")


def _hops_of(messages: Iterable[EventMessage]) -> dict[str, int]:
    """How far down the runs are that these events are about: what they say may be forged."""
    ids = set()
    for message in messages:
        try:
            ids.add(uuid.UUID(_run_of(message)))
        except ValueError:
            continue
    rows = Run.objects.filter(id__in=ids) if ids else Run.objects.none()
    return {str(run_id): hops for run_id, hops in rows.values_list("id", "hops")}


def _subjects(
    met: Sequence[Match], tasks: dict[str, ScheduledTask]
) -> dict[str, tuple[Any, str]]:
    """Owner and target user of the tasks that these events are about, where it matters."""
    if all(task.owner is None or task.owner.is_staff for task in tasks.values()):
        return {}
    ids = {str(match.message.payload.get("task_id"))[:MOST_NAME_CHARS] for match in met}
    rows = ScheduledTask.objects.filter(id__in=ids)
    return {
        task_id: (owner, target) for task_id, owner, target in rows.values_list(*_WHOSE)
    }
