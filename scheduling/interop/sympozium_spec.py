"""PURE: the `spec` of a SympoziumSchedule (CONTRACTS A4) and the columns of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from scheduling.interop.cron_lines import robfig
from scheduling.interop.rq_schedule import CRON, Timed
from scheduling.interop.rq_schedule import words as cron_words
from scheduling.tools.durations import format_duration

API_VERSION = "sympozium.ai/v1alpha1"
KIND = "SympoziumSchedule"
TYPES = ("heartbeat", "scheduled", "sweep")
OVERLAPS = {"Forbid": "skip", "Allow": "allow", "Replace": "replace"}
FIRST_RUNS = {"immediate": "at_once", "afterInterval": "next_slot"}
#: What a spec means that does not say.
DEFAULTS: Mapping[str, Any] = {
    "type": "scheduled",
    "suspend": False,
    "concurrencyPolicy": "Forbid",
    "includeMemory": True,
    "firstTick": "immediate",
}
_EVERY = "@every "


class Scheduled(Timed, Protocol):
    """The columns of a task that a spec shows."""

    agent_id: str
    input_message: str
    active: bool
    overlap: str
    include_memory: bool
    first_run: str
    timezone: str


def columns(spec: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Return the columns for the keys that `spec` has. Raises `ValueError` for its schedule.

    `zone` is the one of a schedule that names none.
    """
    found: dict[str, Any] = {}
    if agent := spec.get("agentRef") or spec.get("instanceRef"):
        found["agent_id"] = agent
    if "schedule" in spec:
        found |= robfig(spec["schedule"], zone, seconds=False)
    if "task" in spec:
        found["input_message"] = spec["task"]
    if "suspend" in spec:
        found["active"] = not spec["suspend"]
    if "concurrencyPolicy" in spec:
        found["overlap"] = OVERLAPS[spec["concurrencyPolicy"]]
    if "includeMemory" in spec:
        found["include_memory"] = spec["includeMemory"]
    if "firstTick" in spec:
        found["first_run"] = FIRST_RUNS[spec["firstTick"]]
    return found


def spec_of(task: Scheduled, kind: str, *, zone: str) -> dict[str, Any]:
    """Return the spec of a task as it is now; `kind` is its type, `zone` the one not named."""
    policies = {overlap: name for name, overlap in OVERLAPS.items()}
    ticks = {first: name for name, first in FIRST_RUNS.items()}
    return {
        "agentRef": task.agent_id,
        "schedule": _line(task, zone),
        "task": task.input_message,
        "type": kind if kind in TYPES else DEFAULTS["type"],
        "suspend": not task.active,
        # What waits is not begun while another is under way.
        "concurrencyPolicy": policies.get(task.overlap, "Forbid"),
        "includeMemory": task.include_memory,
        "firstTick": ticks[task.first_run],
    }


def _line(task: Scheduled, zone: str) -> str:
    if task.schedule_type == "interval":
        return f"{_EVERY}{format_duration(task.interval_seconds or 0)}"
    line, kind = cron_words(task)
    if kind != CRON or task.timezone == zone:
        return line
    return f"CRON_TZ={task.timezone} {line}"
