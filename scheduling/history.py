"""Read shapes of history: the strip of the last runs, a run's timeline, what became of its deliveries."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Length
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from notifications.labels import webhook_label
from notifications.models import Delivery
from scheduling.models import Run, Step

STRIP = 60
LONG_COLUMNS = ("output", "output_data", "system_prompt", "input_message", "error", "error_trace", "metadata")  # fmt: skip
"""What lists do not show and must not load, row by row."""


@dataclass(frozen=True)
class Tally:
    """How many of something are in one state; `status` is its value, `label` its word."""

    status: str
    label: Any
    count: int

    def __str__(self) -> str:
        return f"{self.count} {str(self.label).lower()}"


@dataclass(frozen=True)
class Moment:
    """Something that happened to a run; `after` is the time since the first of its moments."""

    what: Any
    at: datetime
    after: timedelta
    status: str = ""


def in_short(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Return `runs` for a list: without long columns, and of each task its name and zone."""
    names = [field.name for field in Run._meta.concrete_fields]  # noqa: SLF001 -- Django's documented API
    kept = [name for name in names if name not in LONG_COLUMNS]
    return runs.select_related("task").only(*kept, "task__name", "task__timezone")


def last_runs(*, task_id: str = "", task_ref: str = "") -> list[Run]:
    """The last `STRIP` runs, oldest first: of a task, of the id of one that may be gone, or of all."""
    runs = in_short(Run.objects.order_by("-created_at", "-id"))
    if task_id:
        runs = runs.filter(task_id=task_id)
    if task_ref:
        runs = runs.filter(task_ref=task_ref)
    return list(runs[:STRIP])[::-1]


def tally(runs: Sequence[Run]) -> list[Tally]:
    """How many of `runs` are in each status that occurs, in the order of the statuses."""
    counts = Counter(run.status for run in runs)
    return [
        Tally(status.value, status.label, counts[status])
        for status in Run.Status
        if counts[status]
    ]


def deliveries_of(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Tally]]:
    """What became of the deliveries of each run; one query, however many they are."""
    found: dict[uuid.UUID, list[Tally]] = {}
    rows = (
        Delivery.objects.filter(run_id__in=run_ids)
        .order_by("run_id", "status")
        .values_list("run_id", "status")
        .annotate(Count("id"))
    )
    for run_id, status, count in rows:
        label = Delivery.Status(status).label
        found.setdefault(run_id, []).append(Tally(status, label, count))
    return found


def timeline(run: Run, deliveries: Sequence[Delivery]) -> list[Moment]:
    """The moments of a run in their order, from its slot to the end of its last delivery."""
    known: list[tuple[Any, datetime | None, str]] = [
        (_("Slot"), run.scheduled_for, ""),
        (_("Queued"), run.created_at, "queued"),
        (_started(run), run.started_at, "running"),
        (_("Asked to cancel"), run.cancel_requested_at, ""),
        (run.get_status_display(), run.finished_at, run.status),
    ]
    for delivery in deliveries:
        what = format_lazy("{}: {}", webhook_label(delivery.webhook_name, delivery.format), delivery.get_status_display())  # fmt: skip
        known.append((what, delivery.finished_at, delivery.status))
    passed = [(at, what, status) for what, at, status in known if at is not None]
    passed.sort(key=lambda moment: moment[0])
    first = passed[0][0]
    return [Moment(what, at, at - first, status) for at, what, status in passed]


def _started(run: Run) -> Any:
    if run.attempt <= 1:
        return _("Started")
    return format_lazy(_("Started, attempt {attempt}"), attempt=run.attempt)


@dataclass(frozen=True)
class State:
    """Fingerprints of what a run's page shows, and whether any of it is still to change."""

    run: str
    told: str
    cycle: str
    steps: str
    is_open: bool


def state_of(run_id: uuid.UUID) -> State | None:
    """Where a run, its deliveries and its cycle stand, without long columns; None: no such run."""
    row = (
        Run.objects.filter(id=run_id)
        .annotate(prompt_chars=Length("input_message"))
        .values_list(
            "status", "attempt", "started_at", "finished_at", "next_attempt_at",
            "cancel_requested_at", "prompt_chars", "waits_for", "approval", "root_id", "edges",
        )
        .first()
    )  # fmt: skip
    if row is None:
        return None
    told = list(
        Delivery.objects.filter(run_id=run_id).order_by("id").values_list(
            "id", "status", "attempts_made", "parts_sent", "next_attempt_at", "finished_at",
        )
    )  # fmt: skip
    *own, root_id, edges = cast("tuple[Any, ...]", row)
    cycle = _cycle(root_id or run_id) if root_id or edges else []
    is_open = (
        Run.Approval.WAITING in own
        or any(status in Run.ACTIVE for status in (row[0], *(each[1] for each in cycle)))
        or any(each[1] not in Delivery.FINAL for each in told)
    )  # fmt: skip
    return State(
        run=_fingerprint(own),
        told=_fingerprint(told),
        cycle=_fingerprint(cycle),
        steps=_fingerprint(_steps(run_id)),
        is_open=is_open,
    )


def _steps(run_id: uuid.UUID) -> Any:
    """What changes with every step that begins or ends."""
    steps = Step.objects.filter(run_id=run_id)
    return steps.aggregate(Count("id"), Max("started_at"), Max("ended_at"))


def _cycle(root_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Where the runs of a cycle stand: each with its id, its status and what it waits for."""
    runs = Run.objects.filter(Q(id=root_id) | Q(root_id=root_id)).order_by("id")
    return list(runs.values_list("id", "status", "attempt", "waits_for"))


def _fingerprint(shown: Any) -> str:
    return hashlib.blake2s(repr(shown).encode(), digest_size=8).hexdigest()
