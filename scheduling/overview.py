"""Read shapes of the first page: who is alive, what comes, what is late, what went wrong.

Each is one query on an index, whatever the installation holds; lists are cut at `SHOWN` rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Left

from notifications.models import Delivery, Incident
from scheduling.models import Agent, Approval, Process, Run, ScheduledTask

SHOWN = 10
MOST_COUNTED = 100
LATE_AFTER = timedelta(seconds=60)
"""What should have begun this long ago is late."""
_LATELY = timedelta(hours=24)
#: From its slot to its end, tries and queue included. It bounds what an index has to yield.
_LONGEST_RUN = timedelta(days=7)
#: A delivery is tried for a third of a day, or as long as its receiver asks for.
_LONGEST_DELIVERY = timedelta(hours=48)
_SILENCE_SHOWN = timedelta(hours=1)
_ERROR_CHARS = 200


def unapproved() -> int:
    """Return how many outputs wait for approval, up to `MOST_COUNTED`. One query."""
    waiting = Approval.objects.filter(decided_at__isnull=True).order_by()
    return waiting[:MOST_COUNTED].count()


def unacknowledged() -> int:
    """Return how many open incidents nobody knows of, up to `MOST_COUNTED`. One query.

    Without outputs that wait: they are no alarm, and counted by `unapproved`.
    """
    unseen = open_incidents().filter(acknowledged_at=None).order_by()
    return unseen.exclude(kind=Incident.Kind.APPROVAL)[:MOST_COUNTED].count()


def open_incidents() -> QuerySet[Incident]:
    """The open incidents, those first that nobody has acknowledged."""
    found = Incident.objects.filter(resolved_at__isnull=True).defer("note")
    return found.order_by(F("acknowledged_at").asc(nulls_first=True), "-opened_at")


@dataclass(frozen=True)
class Alive:
    """Which processes were heard of lately, and what nobody does."""

    beats: list[Process]
    workers: list[Process]
    silent: list[Process]
    """Fell silent within the last hour, and nobody has taken their place."""
    unserved: list[str]
    """Queues that no living worker serves."""
    beat_seen_at: datetime | None = None
    """When a beat was last heard of; None when none is known any more."""

    @property
    def is_well(self) -> bool:
        return bool(self.beats) and not self.unserved


def alive(now: datetime) -> Alive:
    """Return who is alive at `now`. One query."""
    known = list(Process.objects.order_by("-seen_at", "name")[:100])
    living = sorted((each for each in known if each.is_alive(now)), key=_by_name)
    workers = [each for each in living if each.kind == Process.Kind.WORKER]
    served = {queue for each in workers for queue in each.queues}
    beats = (each.seen_at for each in known if each.kind == Process.Kind.BEAT)
    return Alive(
        beat_seen_at=next(beats, None),
        beats=[each for each in living if each.kind == Process.Kind.BEAT],
        workers=workers,
        silent=[
            each
            for each in known
            if each not in living
            and now - each.seen_at < _SILENCE_SHOWN
            and not _is_replaced(each, living)
        ],
        unserved=sorted(_queues() - served),
    )


def _by_name(process: Process) -> str:
    return process.name


def _is_replaced(gone: Process, living: list[Process]) -> bool:
    """Whether one of its kind has begun on its machine since: `beat@machine:pid`."""
    place = gone.name.partition(":")[0]
    return any(
        each.name.partition(":")[0] == place and each.started_at > gone.seen_at
        for each in living
    )


def _queues() -> set[str]:
    routes = settings.CELERY_TASK_ROUTES.values()
    return {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)}


def upcoming(now: datetime) -> list[ScheduledTask]:
    """What runs next, and what is due but not late yet; with its agent, which may be off."""
    return list(
        _planned()
        .filter(next_run_at__gte=now - LATE_AFTER)
        .select_related("agent")
        .only(
            "id",
            "name",
            "timezone",
            "next_run_at",
            "agent__active",
            "agent__blocked_at",
        )
        .order_by("next_run_at")[:SHOWN]
    )


def late_tasks(now: datetime) -> QuerySet[ScheduledTask]:
    """Active tasks found late, and those that nobody has looked at yet; the longest late first."""
    active = ScheduledTask.objects.filter(active=True).order_by().values("id")
    passed = Q(due_at__lt=now - LATE_AFTER, due_at__isnull=False)
    # Not one question with "or": of two indexes a database uses neither.
    late = active.filter(late_since__isnull=False).union(active.filter(passed))
    return (
        ScheduledTask.objects.filter(id__in=late)
        .annotate(is_passed=ExpressionWrapper(passed, output_field=BooleanField()))
        .only("id", "name", "timezone", "due_at", "late_since")
        .order_by(Coalesce("late_since", "due_at"))
    )


def set_aside() -> QuerySet[ScheduledTask]:
    """Active tasks that beat could not read or dispatch."""
    return (
        ScheduledTask.objects.filter(active=True)
        .exclude(schedule_error="")
        .only("id", "name", "schedule_error")
        .order_by("id")
    )


def blocked_agents() -> QuerySet[Agent]:
    """Agents that cannot run as they are set up, with how many active tasks wait for that."""
    return (
        Agent.objects.filter(active=True, blocked_at__isnull=False)
        .annotate(task_count=Count("tasks", filter=Q(tasks__active=True)))
        .only("id", "name", "blocked_at", "blocked_reason")
        .order_by("blocked_at", "id")
    )


def waiting_runs(now: datetime) -> QuerySet[Run]:
    """Runs that are due and that no worker has taken, the longest waiting first."""
    return (
        Run.objects.filter(
            status=Run.Status.QUEUED,
            waits_for="",
            next_attempt_at__lt=now - LATE_AFTER,
        )
        .only("id", "task_name", "next_attempt_at")
        .order_by("next_attempt_at")
    )


def overdue_runs(now: datetime) -> QuerySet[Run]:
    """Runs that go on although their deadline has passed."""
    # SQLite's durations are multiplied by plain integers only.
    seconds: Any = Cast("deadline_seconds", IntegerField())
    allowed = ExpressionWrapper(
        seconds * Value(timedelta(seconds=1)), output_field=DurationField()
    )
    deadline = F("started_at") + allowed
    return (
        Run.objects.filter(status=Run.Status.RUNNING)
        .annotate(ends=ExpressionWrapper(deadline, output_field=DateTimeField()))
        .filter(ends__lt=now)
        .only("id", "task_name", "started_at")
        .order_by("ends")
    )


def failed_runs(now: datetime) -> QuerySet[Run]:
    """What failed in the last 24 hours, the latest first, with the beginning of its error."""
    return (
        Run.objects.filter(
            status=Run.Status.FAILED,
            finished_at__gte=now - _LATELY,
            created_at__gte=now - _LONGEST_RUN,
        )
        .annotate(why=Left("error", _ERROR_CHARS))
        .only("id", "task_name", "status", "failure_reason", "finished_at")
        .order_by("-finished_at")
    )


def failed_deliveries(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that ended in the last 24 hours and did not, or may not, have arrived."""
    return (
        Delivery.objects.filter(
            created_at__gte=now - _LONGEST_DELIVERY,
            finished_at__gte=now - _LATELY,
            status__in=[Delivery.Status.FAILED, Delivery.Status.UNKNOWN],
        )
        .annotate(why=Left("error", _ERROR_CHARS))
        .only("id", "task_id", "webhook_name", "format", "status", "finished_at")
        .order_by("-created_at", "-id")
    )


def counts(model: type[Run] | type[Delivery], since: datetime) -> dict[str, int]:
    """How many runs or deliveries were made since then, by status."""
    # All statuses are named so that the index that begins with them answers alone.
    rows: QuerySet[Any] = model.objects.filter(
        status__in=model.Status.values, created_at__gte=since
    )
    made = rows.order_by()
    return dict(made.values_list("status").annotate(Count("id")))


def _planned() -> QuerySet[ScheduledTask]:
    return ScheduledTask.objects.filter(active=True, next_run_at__isnull=False)
