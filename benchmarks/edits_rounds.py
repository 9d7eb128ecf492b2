"""The rounds of `benchmarks.edits`, inside Django. Arguments: name, beat's pid, few, many, rounds."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 -- needs the set-up above

from scheduling import services  # noqa: E402 -- needs the set-up above
from scheduling.models import Agent, Process, Run, ScheduledTask  # noqa: E402 -- needs the set-up above

_SOON = timedelta(milliseconds=60)
_PATIENCE = 20.0


def main() -> None:
    name, pid, few, many, rounds = sys.argv[1], *map(int, sys.argv[2:6])
    _await(lambda: Process.objects.filter(kind="beat", leads=True).exists())
    agent = Agent.objects.get_or_create(id="echo", name="Echo", backend="echo")[0]
    measured = {}
    for count in (few, many):
        _fill(agent, count)
        _round(agent, pid)  # connections and caches are warm
        measured[count] = _summary([_round(agent, pid) for _ in range(rounds)])
    ratios = {
        key: round(measured[many][key] / max(measured[few][key], 1e-6), 2)
        for key in measured[few]
    }
    print(json.dumps({"database": name, **measured, "ratio": ratios}))


def _fill(agent: Agent, count: int) -> None:
    """Have `count` active tasks, whose slots are far off."""
    far = timezone.now() + timedelta(days=300)
    have = ScheduledTask.objects.count()
    ScheduledTask.objects.bulk_create(
        [
            ScheduledTask(
                id=f"task-{number}",
                name=f"Task {number}",
                agent=agent,
                input_message="x",
                schedule_type="once",
                run_at=far,
                next_slot=far,
                due_at=far,
                next_run_at=far,
            )
            for number in range(have, count)
        ],
        batch_size=500,
    )


def _round(agent: Agent, pid: int) -> dict[str, float]:
    task = ScheduledTask.objects.select_related("agent").get(id="task-3")
    before, begun = _cpu_seconds(pid), time.perf_counter()
    moment = timezone.now() + _SOON
    services.update_task(
        task, fields={"schedule_type": "once", "run_at": moment}, user=None
    )
    edited = time.perf_counter() - begun
    runs = Run.objects.filter(task=task, scheduled_for=moment)
    _await(runs.exists)
    late = (runs.get().created_at - moment).total_seconds()
    return {
        "late_seconds": late,
        "edit_seconds": edited,
        "beat_cpu_seconds": _cpu_seconds(pid) - before,
    }


def _await(condition: Any) -> None:
    until = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > until:
            sys.exit("beat does not answer")
        time.sleep(0.002)


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _summary(rounds: list[dict[str, float]]) -> dict[str, float]:
    late = sorted(each["late_seconds"] for each in rounds)
    return {
        "late_p50": round(statistics.median(late), 4),
        "late_max": round(late[-1], 4),
        "edit_p50": round(
            statistics.median(each["edit_seconds"] for each in rounds), 4
        ),
        "beat_cpu_mean": round(
            statistics.fmean(each["beat_cpu_seconds"] for each in rounds), 4
        ),
    }


if __name__ == "__main__":
    main()
