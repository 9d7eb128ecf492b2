"""“What happened at…”: the ledger's answer on the task's page, by `?at=`, with or without scripts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from pages.translation import translated
from scheduling import ledger
from scheduling.ledger_words import zone_of
from scheduling.models import Run, ScheduledTask
from scheduling.moments import MomentError, read_moment

_REPAIRABLE = (ledger.Kind.SKIPPED, ledger.Kind.UNKNOWN, ledger.Kind.RAN)


def ledger_context(task: ScheduledTask, request: HttpRequest) -> dict[str, Any]:
    """What the template of the panel is given; nothing for those who may not look at runs."""
    if not request.user.has_perm("scheduling.view_run"):
        return {}
    asked, zone = request.GET.get("at", "").strip(), zone_of(task)
    context: dict[str, Any] = {"may_ask_ledger": True, "zone": zone, "asked": asked[:40]}  # fmt: skip
    if asked:
        try:
            answer = ledger.what_happened(task, read_moment(asked, zone))
        except MomentError as error:
            return context | {"ledger_error": translated(error.sentence)}
        context |= {
            "answer": answer,
            "may_backfill": _may_backfill(answer, request),
            "slot_as_input": answer.slot.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        }
    return context


def _may_backfill(answer: ledger.Answer, request: HttpRequest) -> bool:
    """Whether a backfill could run the slot, and the reader may ask for one."""
    may = request.user.has_perm("scheduling.operate_scheduledtask")
    succeeded = any(run.status == Run.Status.SUCCEEDED for run in answer.runs)
    return may and not succeeded and answer.kind in _REPAIRABLE
