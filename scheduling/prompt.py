"""What an agent is told, assembled in the open. Pure.

The variables are bound to the *scheduled* time, so that a late run still asks for its own day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.placeholders import render
from signals.sanitise import cap_text

#: Most characters of the last output that a prompt quotes; the cut is marked.
LAST_OUTPUT_CHARS = 20_000

#: What `{{…}}` may name in a task's input message and its system prompt override.
VARIABLES = ("scheduled_time", "date", "last_output", "last_run_at", "task_name")


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The exact texts that the agent gets; kept on the run."""

    system: str
    message: str


def bind(
    *,
    scheduled_for: datetime,
    timezone: str,
    task_name: str,
    last_output: str = "",
    last_run_at: datetime | None = None,
) -> dict[str, str]:
    """Return the value of every variable; times in the task's zone, ISO 8601 to the second."""
    zone = ZoneInfo(timezone)
    local = scheduled_for.astimezone(zone)
    return {
        "scheduled_time": local.isoformat(timespec="seconds"),
        "date": local.date().isoformat(),
        # A prompt that quotes its own echo would double with every run.
        "last_output": cap_text(last_output, LAST_OUTPUT_CHARS)[0],
        "last_run_at": (
            last_run_at.astimezone(zone).isoformat(timespec="seconds")
            if last_run_at
            else ""
        ),
        "task_name": task_name,
    }


def assemble(
    *, agent: str, override: str, message: str, variables: Mapping[str, str]
) -> Prompt:
    """Join the agent's system prompt with the task's supplement, and fill the variables.

    The agent's own prompt is taken as it stands; the task's two texts are filled.
    """
    supplement = render(override, variables)
    system = "\n\n".join(part for part in (agent.strip(), supplement.strip()) if part)
    return Prompt(system=system, message=render(message, variables))
