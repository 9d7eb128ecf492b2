"""Runs that people ask for, with the cycles that they begin."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pages.translation import translated
from scheduling import cycles, lifecycle, spending
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.new_runs import new_run
from scheduling.services.agents import require_able
from scheduling.services.people import User, person

logger = logging.getLogger(__name__)


def run_now(
    task: ScheduledTask,
    *,
    user: User,
    trigger: str = Run.Trigger.MANUAL,
    run_id: uuid.UUID | None = None,
    event: Mapping[str, Any] | None = None,
) -> Run:
    """Queue a run beside the schedule; it takes the same road as a scheduled one.

    The tasks after it get their runs too. The same `run_id` is queued once: sent again, it is
    the run that there is. `event` is what began it, with the keys of an event on the bus.
    """
    if run_id and (asked := task.runs.filter(id=run_id).first()):
        return asked
    _require_active_agent(task)
    now = timezone.now()
    run = new_run(task, Run.Trigger(trigger), now)
    run.id = run_id or run.id
    run.requested_by = person(user)
    run.event = None if event is None else dict(event)
    return _queue(run, lambda: cycles.expand([run], now))


def rerun(run: Run, *, user: User) -> Run:
    """Queue a new run of the same task, for the same slot.

    In a cycle, all that follows it there runs again too, in the order that the cycle began with.
    Raises `Conflict` when the task was deleted, for a reply, or while something that would run again is
    under way.
    """
    if run.task is None:
        raise Conflict(_("Its task was deleted, so it cannot run again."))
    if run.is_reply:
        raise Conflict(
            _("It answers a person, who would be answered twice: let them reply again.")
        )
    _require_active_agent(run.task)
    now = timezone.now()
    again = new_run(run.task, Run.Trigger.RERUN, now, scheduled_for=run.scheduled_for)
    again.requested_by = person(user)
    again.rerun_of = run
    again.event, again.hops = run.event, run.hops
    if run.root_id or run.edges:
        return _queue(again, lambda: cycles.begin_again(run, again, now))
    return _queue(again, lambda: cycles.expand([again], now))


def cancel_run(run: Run, *, user: User) -> Run:
    """Cancel a queued run at once, a running one within two seconds."""
    if not lifecycle.request_cancel(run, note=_asked_by(user)):
        raise Conflict(_("This run has already ended."))
    logger.info("run %s: cancel asked for by %s", run.id, user)
    run.refresh_from_db()
    return run


def cancel_cycle(run: Run, *, user: User) -> Run:
    """Cancel everything of the run's cycle that has not ended, whichever of its runs it is."""
    root_id = run.root_id or run.id
    under_way = cycles.runs_of([root_id]).filter(status__in=Run.ACTIVE)
    ids = list(under_way.values_list("id", flat=True))
    if not lifecycle.request_cancels(ids, note=_asked_by(user)):
        raise Conflict(_("All runs of this cycle have already ended."))
    logger.info("cycle %s: cancel asked for by %s", root_id, user)
    run.refresh_from_db()
    return run


def _asked_by(user: User) -> str:
    """The note on a run; in English like all that the engine keeps."""
    asker = person(user)
    return f"Cancelled by {asker.get_username()}." if asker else ""


def _require_active_agent(task: ScheduledTask) -> None:
    agent = Agent.objects.filter(id=task.agent_id, active=True).first()
    if agent is None:
        raise Conflict(_("The agent %(id)r is switched off.") % {"id": task.agent_id})
    require_able(agent)
    task.agent = agent  # as it is now
    if empty := spending.used_up([task], timezone.now()):
        raise Conflict(translated(empty[task.id].words))


def _queue(run: Run, followers: Callable[[], list[Run]]) -> Run:
    """Write the run with what follows it, and ring.

    Raises `Conflict` when a task was deleted meanwhile.
    """
    try:
        with transaction.atomic():
            rows = Run.objects.bulk_create([run, *followers()])
            tell_runs(rows)
            transaction.on_commit(partial(ring, [run.id]))
    except (
        IntegrityError
    ) as error:  # foreign keys are looked at as the transaction ends
        raise Conflict(_("Its task was deleted a moment ago.")) from error
    return run
