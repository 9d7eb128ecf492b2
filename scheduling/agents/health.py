"""Reports on this installation: late tasks, failures, queue age, next runs. Needs no key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from pages.sentence import Sentence as _
from scheduling.agents.base import AgentBackend, AgentRequest, AgentResult, Options

_NUMBERS = """\
- Runs in the last 24 hours: {runs_succeeded:g} succeeded, {runs_failed:g} failed, \
{runs_cancelled:g} cancelled, {runs_skipped:g} skipped
- Now: {queued_words}, {runs_running:g} running
- Deliveries: {deliveries_pending:g} pending, \
{deliveries_failed:g} failed in the last 24 hours, {deliveries_unknown:g} in doubt
- Tasks: {tasks_active:g} active, {tasks_paused:g} paused"""


class HealthOptions(Options):
    """How much the report says and when it worries."""

    max_rows: int = Field(
        title=_("Max rows"),
        default=10,
        ge=1,
        le=100,
        description=_("Most rows in each list of the report."),
    )
    queue_warning_seconds: float = Field(
        title=_("Queue warning in seconds"),
        default=60,
        gt=0,
        description=_("A run queued for longer than this needs a look."),
    )


class HealthBackend(AgentBackend[HealthOptions]):
    """Writes a digest of the installation's state as markdown."""

    label = "Health of this installation"
    options_class = HealthOptions
    staff_only = True

    async def invoke(self, request: AgentRequest[HealthOptions]) -> AgentResult:
        """Ask for the report and put it into words."""
        report = await request.context.health_report()
        options = request.options
        counts = health_counts(report)
        worries = health_worries(counts, options.queue_warning_seconds)
        return AgentResult(
            output=health_digest(report, counts, worries, max_rows=options.max_rows),
            output_type="markdown",
            data=report,
            metadata={
                "event_type": "health",
                "source": "backbeat",
                "signal_factors": counts,
                "ok": not worries,
            },
        )


def health_counts(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a report by name; what it does not say counts as 0."""
    runs = _mapping(report, "runs_last_24h")
    deliveries = _mapping(report, "deliveries")
    tasks = _mapping(report, "tasks")
    return {
        "runs_succeeded": _number(runs, "succeeded"),
        "runs_failed": _number(runs, "failed"),
        "runs_cancelled": _number(runs, "cancelled"),
        "runs_skipped": _number(runs, "skipped"),
        "runs_queued": _number(report, "queued"),
        "runs_running": _number(report, "running"),
        "oldest_queued_seconds": _number(report, "oldest_queued_seconds"),
        "late_tasks": len(_rows(report, "late_tasks")),
        "set_aside_tasks": len(_rows(report, "set_aside_tasks")),
        "deliveries_pending": _number(deliveries, "pending"),
        "deliveries_failed": _number(deliveries, "failed_24h"),
        "deliveries_unknown": _number(deliveries, "unknown"),
        "tasks_active": _number(tasks, "active"),
        "tasks_paused": _number(tasks, "paused"),
    }


def health_worries(counts: Mapping[str, float], queue_limit: float) -> list[str]:
    """Return what needs a look, in words; empty when all is well.

    `queue_limit` is in seconds. Skipped and cancelled runs are decisions, not worries.
    """
    worries = [
        _count(counts[name], one, many)
        for name, one, many in (
            ("runs_failed", "failure", "failures"),
            ("late_tasks", "late task", "late tasks"),
            ("set_aside_tasks", "task set aside", "tasks set aside"),
            ("deliveries_failed", "failed delivery", "failed deliveries"),
            ("deliveries_unknown", "delivery in doubt", "deliveries in doubt"),
        )
        if counts[name]
    ]
    if counts["oldest_queued_seconds"] > queue_limit:
        worries.append(f"a run queued for {_span(counts['oldest_queued_seconds'])}")
    return worries


def health_digest(
    report: Mapping[str, Any],
    counts: Mapping[str, float],
    worries: list[str],
    *,
    max_rows: int,
) -> str:
    """Return the report as markdown: the verdict on the first line, then the details."""
    active = _count(counts["tasks_active"], "active task", "active tasks")
    done = _count(counts["runs_succeeded"], "run", "runs")
    verdict = (
        f"Needs a look: {', '.join(worries)}"
        if worries
        else f"All is well: {active}, {done} succeeded in the last 24 hours"
    )
    sections = [
        _section("Late tasks", _rows(report, "late_tasks"), _late, max_rows),
        _section("Failures", _rows(report, "failures"), _failure, max_rows),
        _section("Set aside", _rows(report, "set_aside_tasks"), _set_aside, max_rows),
        _section("Next runs", _rows(report, "next_runs"), _next_run, max_rows),
    ]
    return "\n\n".join(
        [verdict, _numbers(counts), *filter(None, sections), _footer(report)]
    ).rstrip()


def _numbers(counts: Mapping[str, float]) -> str:
    queued = f"{counts['runs_queued']:g} queued"
    if counts["oldest_queued_seconds"]:
        queued += f" (oldest for {_span(counts['oldest_queued_seconds'])})"
    return _NUMBERS.format(**counts, queued_words=queued)


def _section(
    title: str,
    rows: list[Mapping[str, Any]],
    line: Callable[[Mapping[str, Any]], str],
    most: int,
) -> str:
    if not rows:
        return ""
    lines = [f"- {line(row)}" for row in rows[:most]]
    if len(rows) > most:
        lines.append(f"- … and {len(rows) - most} more")
    return f"**{title}**\n\n" + "\n".join(lines)


def _late(row: Mapping[str, Any]) -> str:
    late = _span(_number(row, "late_seconds"))
    return f"{_text(row, 'name')}: due {_text(row, 'due')}, {late} late"


def _failure(row: Mapping[str, Any]) -> str:
    reason, error = _text(row, "reason"), _text(row, "error")
    why = ": ".join(part for part in (reason, error) if part != "?")
    return f"{_text(row, 'task')} at {_text(row, 'at')}: {why or 'no reason given'}"


def _set_aside(row: Mapping[str, Any]) -> str:
    return f"{_text(row, 'name')}: {_text(row, 'error')}"


def _next_run(row: Mapping[str, Any]) -> str:
    zone = "" if not row.get("timezone") else f" ({_text(row, 'timezone')})"
    return f"{_text(row, 'task')} at {_text(row, 'at')}{zone}"


def _footer(report: Mapping[str, Any]) -> str:
    version, written = report.get("version"), report.get("generated_at")
    said = [f"Backbeat {version}"] if version else []
    said += [f"as of {written}"] if written else []
    return ", ".join(said)


def _mapping(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = report.get(name)
    return value if isinstance(value, Mapping) else {}


def _rows(report: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = report.get(name)
    if not isinstance(value, list | tuple):
        return []
    return [row for row in value if isinstance(row, Mapping)]


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    return value if isinstance(value, int | float) else 0


def _text(row: Mapping[str, Any], name: str) -> str:
    """One short line: names and errors were written by users and models."""
    line = " ".join(str(row.get(name) or "?").split())
    return line if len(line) <= 200 else f"{line[:200]}…"


def _count(number: float, one: str, many: str) -> str:
    return f"{number:g} {one if number == 1 else many}"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
