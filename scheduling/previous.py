"""What a run is compared with: the runs of its task that were made before it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from notifications.result import Previous
from notifications.silence_words import TOKENS
from scheduling.approvals import UNAPPROVED
from scheduling.models import Run

Status = Run.Status


def previous_of(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Previous]:
    """How the run before each of these ended, and the last output before it that people saw.

    Two queries, however many runs. Runs of one finishing batch are compared with each other:
    their rows are written by then. What said that there is nothing to say, waits for approval or
    was rejected is passed over.
    """
    if not run_ids:
        return {}
    rows = Run.objects.filter(id__in=run_ids).annotate(
        before=Subquery(_before().values("status")[:1]),
        output_of=Subquery(_with_output().values("id")[:1]),
    )
    found = list(rows.order_by().values_list("id", "before", "output_of"))
    read = Run.objects.only("output", "output_data")
    outputs = read.in_bulk({at for _, _, at in found if at})
    return {
        run_id: Previous(
            status=before or "",
            has_output=at in outputs,
            content=content_of(outputs[at]) if at in outputs else None,
        )
        for run_id, before, at in found
    }


def compared_with(run: Run, among: QuerySet[Run] | None = None) -> Run | None:
    """The run whose output that of `run` is compared with, if it is `among` these. One query."""
    rows = Run.objects.filter(id=run.id).annotate(
        at=Subquery(_with_output().values("id")[:1])
    )
    seen = Run.objects.all() if among is None else among
    return seen.filter(id__in=rows.values("at")).first()


def content_of(run: Run) -> Any:
    """The output of a run: the typed one where there is one, else the text."""
    return run.output_data if run.output_data is not None else run.output


def _with_output() -> QuerySet[Run]:
    # Not `status="succeeded"`: SQLite would walk through the successes of all tasks.
    silent = Q()
    for token in TOKENS:  # nothing new was said there
        silent |= Q(output__istartswith=token)
    told = _before().exclude(status=Status.FAILED).exclude(silent)
    return told.exclude(approval__in=UNAPPROVED)


def _before() -> QuerySet[Run]:
    """The runs of the same task that were made before and have ended with a result.

    The latest first; of those made at once, by slot.
    """
    earlier = Q(created_at__lt=OuterRef("created_at")) | Q(
        created_at=OuterRef("created_at"), scheduled_for__lt=OuterRef("scheduled_for")
    )
    same = Run.objects.filter(
        earlier,
        task=OuterRef("task"),
        status__in=[Status.SUCCEEDED, Status.FAILED],
        session_id=None,
        created_at__lte=OuterRef("created_at"),
    )
    return same.order_by("-created_at", "-scheduled_for", "-id")
