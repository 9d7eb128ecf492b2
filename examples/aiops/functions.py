"""Figures of this machine, judged by limits, with their trend kept from run to run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from scheduling.functions import FunctionContext

LIMITS = {"load_per_cpu": 2.0, "memory_percent": 90.0, "disk_percent": 90.0}
_GB = 1_000_000_000
_DAY = 86_400


def analyze_metrics(context: FunctionContext, keep: int = 24) -> str:
    """Read the figures, and say how each has moved since the oldest that is kept."""
    now = read_figures()
    past = [each for each in context.state.get("figures", []) if isinstance(each, dict)]
    figures = [*past, now][-keep:]
    context.keep({"figures": figures})
    lines = [f"{name}: {value:g}{_trend(name, figures)}" for name, value in now.items()]
    return "\n".join([f"{len(figures)} readings are kept.", *lines])


def check_alerts(limits: Mapping[str, float] | None = None) -> str:
    """Say which figures are above their limits, or that none is."""
    figures, limits = read_figures(), {**LIMITS, **(limits or {})}
    high = [
        f"{name} is {figures[name]:g}, above {limit:g}"
        for name, limit in limits.items()
        if figures.get(name, 0) > limit
    ]
    if high:
        return "ALERT: " + "; ".join(high)
    told = ", ".join(f"{name} {figures[name]:g}" for name in limits if name in figures)
    return f"All well: {told}."


def forecast_disk(path: str, context: FunctionContext) -> str:
    """Say when the disk at `path` is full, by how it has filled since the first reading."""
    usage = shutil.disk_usage(path)
    now = context.scheduled_for
    first = context.state.get("first")
    if not isinstance(first, dict):
        first = {"at": now.isoformat(), "used": usage.used}
    context.keep({"first": first})
    days = (now - datetime.fromisoformat(first["at"])).total_seconds() / _DAY
    grown = usage.used - int(first["used"])
    state = f"{path}: {usage.free / _GB:.1f} GB of {usage.total / _GB:.1f} GB are free"
    if days <= 0 or grown <= 0:
        return f"{state}; it does not fill up so far."
    return f"{state}; full in about {usage.free / (grown / days):.0f} days."


def read_figures() -> dict[str, float]:
    """Load, processes that wait, memory and disk of this machine."""
    disk = shutil.disk_usage("/")
    figures = {
        "load_per_cpu": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
        "disk_percent": round(100 * disk.used / disk.total, 1),
    }
    if (memory := _memory()) is not None:
        figures["memory_percent"] = memory
    if (running := _running()) is not None:
        figures["running_processes"] = running
    return figures


def _memory() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux
        return None
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}  # fmt: skip
    return round(100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"]), 1)


def _running() -> float | None:
    try:
        told = Path("/proc/loadavg").read_text(encoding="ascii").split()
    except OSError:
        return None
    return float(told[3].partition("/")[0])


def _trend(name: str, figures: list[dict[str, float]]) -> str:
    first = figures[0].get(name)
    change = figures[-1][name] - first if first is not None else 0.0
    return f" ({change:+g})" if len(figures) > 1 and change else ""
