"""The groups of the task's form: what shows by what is chosen, and what is folded away."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import flatten
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from scheduling.admin.task.policy_form import FIELDS_OF_CATCH_UP
from scheduling.admin.task.schedule_form import EMPTY, FIELDS_OF_TYPE, OF_ANY_TYPE
from scheduling.models import ScheduledTask

GENERAL = ("name", "id", "active", "owner", "target_user_id", "tags")
AGENT = ("agent", "agent_options", "input_message", "system_prompt_override", ("deadline_seconds", "max_attempts"))  # fmt: skip
WHEN = (
    "schedule_type", "weekdays", "month_days", "schedule_time", "cron_expression", "cron_seconds",
    "interval_seconds", "run_at", "timezone",
)  # fmt: skip
BOUNDS = (
    ("start_at", "end_at"), ("calendar", "on_closed_day"), "excluded_dates",
    ("max_runs", "first_run"), "jitter_seconds",
)  # fmt: skip
OTHERWISE = (
    "overlap", "catch_up", "catch_up_window_seconds", "catch_up_cap", "catch_up_spread_seconds",
    "grace_seconds", "expected_seconds", "pause_after_failures",
)  # fmt: skip
BUDGET = (
    ("day_cost_limit", "month_cost_limit"), ("run_cost_limit", "run_tokens_limit"), "run_tool_calls_limit",
)  # fmt: skip
FREEDOM = (
    ("include_memory", "memory_scope"), "needs_approval", ("approval_seconds", "approval_expiry"),
    "may_schedule",
)  # fmt: skip
LOOKED_AT_REPORTS = ("reports_to", ("alerted_at", "alert_after_failures"))
REPORTS = ("shared_webhooks", ("alert_webhook", "alert_after_failures"))
FIELDSETS = (
    (_("General"), {"fields": GENERAL}),
    (_("Agent"), {"fields": AGENT}),
    (_("Schedule"), {"fields": WHEN}),
    (_("Calendar, limits and spread"), {"fields": BOUNDS, "classes": ("collapse",)}),
    (_("When things go otherwise"), {"fields": OTHERWISE, "classes": ("collapse",)}),
    (_("Budget"), {"fields": BUDGET, "classes": ("collapse",)}),
    (_("Memory, approval and freedom"), {"fields": FREEDOM, "classes": ("collapse",)}),
    (_("Where it reports to"), {"fields": REPORTS, "classes": ("collapse",)}),
)
GROUPS = {
    "schedule_type": {
        "shown": {
            kind: [*own, *OF_ANY_TYPE] if kind != ScheduledTask.Type.NONE else []
            for kind, own in FIELDS_OF_TYPE.items()
        },
        "all": [*EMPTY, *OF_ANY_TYPE],
    },
    "catch_up": {
        "shown": FIELDS_OF_CATCH_UP,
        "all": FIELDS_OF_CATCH_UP[ScheduledTask.CatchUp.ALL],
    },
}
"""What shows by what is chosen, for task-form.js."""


def opened(fieldsets: Any, form: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Return `fieldsets`, those unfolded in which something is set, or wrong."""
    return [
        (name, {**given, "classes": ()} if _is_used(form, given) else given)
        for name, given in fieldsets
    ]


def _is_used(form: Any, group: dict[str, Any]) -> bool:
    if "collapse" not in group.get("classes", ()):
        return False
    names: list[str] = flatten(group["fields"])
    return any(name in form.errors or _is_set(form, name) for name in names)


def _is_set(form: Any, name: str) -> bool:
    """Whether it stands there otherwise than in a new form."""
    try:
        field: Any = form._meta.model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:  # a button, or what undoes another field
        return False
    if name in getattr(form, "write_only", ()):
        return bool(getattr(form.instance, name))
    if field.many_to_many:
        return bool(form[name].value())
    blank = field.get_default()
    if form.is_bound:
        value = getattr(form.instance, field.attname)
    else:
        value = form.initial.get(name, blank)
    return (value or None) != (blank or None)
