"""How runs are shown: `{% load runs %}`."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from scheduling import history
from scheduling.models import Run

register = template.Library()
_CENT_PARTS = Decimal("0.0001")
_STATUSES: dict[str, Any] = dict(Run.Status.choices)
_TRIGGERS: dict[str, Any] = dict(Run.Trigger.choices)
_REASONS: dict[str, Any] = dict(Run.FailureReason.choices + Run.SkipReason.choices)


@register.inclusion_tag("scheduling/run/strip.html", takes_context=True)
def run_strip(
    context: Context, task_id: str = "", task_ref: str = ""
) -> dict[str, Any]:
    """The last sixty runs as a row of bars, for those who may look at runs.

    Of the task `task_id`, of a deleted one by `task_ref`, or over all.
    """
    request = context.get("request")
    if request is None or not request.user.has_perm("scheduling.view_run"):
        return {}
    runs = history.last_runs(task_id=task_id, task_ref=task_ref)
    return {
        "runs": runs,
        "tally": history.tally(runs),
        "of_one_task": bool(task_id or task_ref),
    }


@register.filter
def word(run: Run) -> str:
    """The status in a word. A tenth of what `get_status_display` costs, which counts in lists."""
    return str(_STATUSES.get(run.status, run.status))


@register.filter
def trigger(run: Run) -> str:
    """Why it exists, in a word."""
    return str(_TRIGGERS.get(run.trigger, run.trigger))


@register.filter
def why(run: Run) -> str:
    """Why it failed or was skipped, in words; empty for the others."""
    reason = run.failure_reason or run.skip_reason
    return str(_REASONS.get(reason, reason))


@register.filter
def zone(run: Run) -> str:
    """The zone of a run's task, in which its slot is told; empty (the reader's) when it is gone."""
    return run.task.timezone if run.task else ""


@register.filter
def duration(length: timedelta | None) -> str:
    """A length of time in the two units that matter: "420 ms", "12.3 s", "3 min 5 s", "2 h 10 min"."""
    if length is None:
        return "–"
    seconds = length.total_seconds()
    if seconds < 1:
        return _("%(ms)s ms") % {"ms": round(seconds * 1000)}
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": number_format(f"{round(seconds, 1):g}")}
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("%(minutes)s min %(seconds)s s") % {
            "minutes": minutes,
            "seconds": rest,
        }
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}


@register.filter
def number(value: int) -> str:
    """A whole number with the reader's thousands separators."""
    return number_format(value, force_grouping=True)


@register.filter
def dollars(cost: Decimal | None) -> str:
    """US dollars to a hundredth of a cent; less than that is said to be less."""
    if cost is None:
        return "–"
    if 0 < cost < _CENT_PARTS:
        return f"< ${number_format(_CENT_PARTS)}"
    return f"${number_format(cost.quantize(_CENT_PARTS), 4)}"


@register.filter
def pretty(value: Any) -> str:
    """A value as text to read: text as it is, all else as indented JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


@register.filter
def first_chars(text: str, most: int) -> str:
    """At most the first `most` characters; the page says elsewhere that there are more."""
    return text[:most]
