"""The ledger's answers in words and as JSON, in the reader's language and the task's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.ledger import Answer, Because, Kind
from scheduling.models import Run, ScheduledTask
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone

LABELS: dict[Kind, Any] = {
    Kind.RAN: gettext_lazy("Ran"),
    Kind.RUNNING: gettext_lazy("Running"),
    Kind.QUEUED: gettext_lazy("Queued"),
    Kind.SKIPPED: gettext_lazy("Skipped"),
    Kind.UPCOMING: gettext_lazy("Still to come"),
    Kind.PAUSED: gettext_lazy("Paused"),
    Kind.FINISHED: gettext_lazy("Finished"),
    Kind.BEFORE_CREATION: gettext_lazy("Before the task was made"),
    Kind.NOT_A_SLOT: gettext_lazy("Not a slot"),
    Kind.UNKNOWN: gettext_lazy("Not known"),
}
_LOOKS = {Kind.UPCOMING: "queued", Kind.PAUSED: "paused", Kind.FINISHED: "finished"}


def zone_of(task: ScheduledTask) -> ZoneInfo:
    """The zone that the task's times are told in; UTC when its own cannot be read."""
    try:
        return load_zone(task.timezone)
    except ScheduleError:
        return ZoneInfo("UTC")


def look_of(answer: Answer) -> str:
    """The state whose icon stands for the answer, see `pages.status`."""
    return answer.runs[-1].status if answer.runs else _LOOKS.get(answer.kind, "unknown")


def in_words(answer: Answer, task: ScheduledTask) -> str:
    """Say the answer in a sentence or two."""
    zone = zone_of(task)
    if answer.runs:
        return _rows_in_words(answer, zone)
    match answer.kind:
        case Kind.PAUSED:
            return _pause_in_words(task, zone)
        case Kind.UPCOMING:
            return _coming_in_words(answer, zone)
        case Kind.BEFORE_CREATION:
            made = {"made": moment(task.created_at, zone)}
            return _("The task was made later, at %(made)s.") % made
        case Kind.NOT_A_SLOT:
            text = _("%(at)s is not a slot of this schedule.")
            return _joined(text % {"at": moment(answer.slot, zone)}, _nearest(answer, zone))  # fmt: skip
        case Kind.FINISHED:
            return _end_in_words(answer, task, zone)
        case _:
            return _gap_in_words(answer.because, task, zone)


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """A moment on the clock in `zone`, to the second where it is not a whole minute."""
    local = instant.astimezone(zone)
    whole = not (local.second or local.microsecond)
    return local.strftime("%Y-%m-%d %H:%M" if whole else "%Y-%m-%d %H:%M:%S")


def as_json(
    answer: Answer, task: ScheduledTask, *, runs: list[Run] | None = None
) -> dict[str, Any]:
    """Return the answer as the API and the command show it, with these of its `runs`."""
    zone = zone_of(task)
    shown = answer.runs if runs is None else runs
    return {
        "slot": _iso(answer.slot, zone),
        "kind": answer.kind.value,
        "because": answer.because.value,
        "words": in_words(answer, task),
        "slots": answer.slots,
        "first_slot": _iso(answer.first_slot, zone),
        "last_slot": _iso(answer.last_slot, zone),
        "due_at": _iso(answer.due_at, zone),
        "nearest": [_iso(slot, zone) for slot in answer.nearest],
        "runs": [_run_json(run) for run in shown],
    }


def _iso(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return instant.astimezone(zone).isoformat() if instant else None


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "run_id": str(run.id),
        "trigger": run.trigger,
        "status": run.status,
        "failure_reason": run.failure_reason,
        "skip_reason": run.skip_reason,
        "note": run.note,
        "waits_for": run.waits_for,
        "caught_up": run.caught_up,
        "backfill_id": run.backfill_id and str(run.backfill_id),
        "started_at": _iso(run.started_at, ZoneInfo("UTC")),
        "finished_at": _iso(run.finished_at, ZoneInfo("UTC")),
    }


def _joined(*sentences: str) -> str:
    return " ".join(each for each in sentences if each)


def _rows_in_words(answer: Answer, zone: ZoneInfo) -> str:
    first, *others = answer.runs
    said = [_run_in_words(first, zone)]
    if answer.first_slot and answer.last_slot:
        text = _("So were all %(count)d slots from %(first)s to %(last)s.")
        said.append(
            text
            % {
                "count": answer.slots,
                "first": moment(answer.first_slot, zone),
                "last": moment(answer.last_slot, zone),
            }
        )
    for run in others[-2:]:
        text = _("Later (%(trigger)s): %(what)s")
        names = {"trigger": run.get_trigger_display(), "what": _run_in_words(run, zone)}
        said.append(text % names)
    return _joined(*said)


def _run_in_words(run: Run, zone: ZoneInfo) -> str:
    times = {
        name: moment(at, zone) if (at := getattr(run, f"{name}_at")) else "–"
        for name in ("started", "finished", "next_attempt")
    }
    match run.status:
        case Run.Status.SUCCEEDED:
            return _("It ran and succeeded, from %(started)s to %(finished)s.") % times
        case Run.Status.FAILED:
            reason = {"reason": run.get_failure_reason_display()}
            return _("It ran and failed at %(finished)s: %(reason)s.") % (times | reason)  # fmt: skip
        case Run.Status.CANCELLED:
            return _joined(_("It was cancelled at %(finished)s.") % times, run.note)
        case Run.Status.RUNNING:
            return _("It has been running since %(started)s.") % times
        case Run.Status.SKIPPED:
            reason = {"reason": run.get_skip_reason_display()}
            return _joined(_("It was skipped: %(reason)s.") % reason, run.note)
        case _:
            return _queued_in_words(run, times)


def _queued_in_words(run: Run, times: dict[str, str]) -> str:
    if run.waits_for:
        return _("It is queued and waits for %(what)s.") % {"what": run.get_waits_for_display()}  # fmt: skip
    return _("It is queued, to start from %(next_attempt)s on.") % times


def _pause_in_words(task: ScheduledTask, zone: ZoneInfo) -> str:
    parts = {
        "since": moment(task.paused_at, zone) if task.paused_at else "–",
        "person": task.paused_by.get_username() if task.paused_by else "",
    }
    if not task.paused_at:
        said = _("The task is paused.")
    elif task.paused_by:
        said = _("The task has been paused since %(since)s, by %(person)s.") % parts
    else:
        said = _("The task has been paused since %(since)s.") % parts
    if task.resume_at:
        until = {"until": moment(task.resume_at, zone)}
        said = _joined(said, _("It resumes by itself at %(until)s.") % until)
    return _joined(said, task.pause_note)


def _coming_in_words(answer: Answer, zone: ZoneInfo) -> str:
    if answer.because == Because.CLOSED_DAY:
        return _("It falls on a closed day and will be skipped.")
    if answer.because == Because.DUE:
        return _("Its time has come, and beat has not taken it on yet.")
    text = _("It is still to come, at %(due)s.")
    return text % {"due": moment(answer.due_at or answer.slot, zone)}


def _end_in_words(answer: Answer, task: ScheduledTask, zone: ZoneInfo) -> str:
    if answer.because == Because.ENDED and task.end_at:
        text = _("The schedule ended at %(end)s.") % {"end": moment(task.end_at, zone)}
        return _joined(text, _nearest(answer, zone))
    text = _(
        "The schedule may start %(most)d runs, and this slot comes after the last."
    )
    return text % {"most": task.max_runs or 0}


def _gap_in_words(because: Because, task: ScheduledTask, zone: ZoneInfo) -> str:
    if because == Because.SET_ASIDE:
        text = _(
            "The task was set aside, because its schedule cannot be used: %(error)s"
        )
        return text % {"error": task.schedule_error or "–"}
    if because == Because.PRUNED:
        text = _("Rows are kept for %(days)d days, and this one was deleted since.")
        return text % {"days": settings.SCHEDULING.keep_runs_days}
    text = _(
        "The ledger has no row for it: the schedule was another one at that time. The task "
        "was last changed at %(changed)s."
    )
    return text % {"changed": moment(task.updated_at, zone)}


def _nearest(answer: Answer, zone: ZoneInfo) -> str:
    near = [moment(slot, zone) for slot in answer.nearest]
    if not near:
        return _("It has no slot near it.")
    return _("The nearest: %(slots)s.") % {"slots": ", ".join(near)}
