"""The rounds of `benchmarks.agents`, inside Django. Arguments: name, worker's pid, runs, seconds, url."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402 -- needs the set-up above

from scheduling.models import (  # noqa: E402 -- needs the set-up above
    Agent,
    Run,
    ScheduledTask,
)

LEAD_SECONDS = 3
PATIENCE_SECONDS = 120


def main(name: str, pid: int, runs: int, seconds: float, url: str) -> None:
    """Print what came of `runs` runs at once, at a known address and at the agent's own."""
    known = {"provider": "openai", "model": "gpt-4o-mini"}
    for place, options in (
        ("known", known),
        ("own", {**known, "base_url": f"{url}/v1"}),
    ):
        agent = Agent.objects.create(
            id=place,
            name=place,
            backend="llm",
            options=options,
            system_prompt="Be brief.",
        )
        if place == "own":
            agent.credentials = {"api_key": "key"}
            agent.save()
        _make_tasks(agent, runs)
        _await_round(agent, 10, seconds)  # imports, connections
        print(json.dumps({"database": name, "address": place, "runs": runs} | _measured(agent, pid, runs, seconds, url)), flush=True)  # fmt: skip


def _measured(
    agent: Agent, pid: int, runs: int, seconds: float, url: str
) -> dict[str, object]:
    _peak_at(url)
    idle, cpu, began = _memory(pid), _cpu_seconds(pid), time.monotonic()
    peak = _await_round(agent, runs, seconds, pid)
    spent = _cpu_seconds(pid) - cpu
    ended = Run.objects.filter(agent=agent, status=Run.Status.SUCCEEDED).count()
    return {
        "in_flight_at_once": _peak_at(url),
        "memory_mb_each": round((peak - idle) / runs, 3),
        "cpu_ms_each": round(1000 * spent / runs, 1),
        "succeeded": ended - 10,
        "seconds": round(time.monotonic() - began - LEAD_SECONDS, 1),
        "worker_mb": round(peak),
    }


def _make_tasks(agent: Agent, count: int) -> None:
    ScheduledTask.objects.bulk_create(
        ScheduledTask(
            id=f"{agent.id}-{number}",
            name=f"{agent.id} {number}",
            agent=agent,
            input_message="What is new?",
            schedule_type="interval",
            interval_seconds=86_400,
        )
        for number in range(count)
    )


def _await_round(agent: Agent, count: int, seconds: float, pid: int = 0) -> float:
    """Have `count` tasks run at once; return the worker's most memory in MB."""
    slot = timezone.now().replace(microsecond=0) + timedelta(seconds=LEAD_SECONDS)
    tasks = ScheduledTask.objects.filter(
        id__in=[f"{agent.id}-{number}" for number in range(count)]
    )
    tasks.update(next_slot=slot, due_at=slot, next_run_at=slot)
    runs = Run.objects.filter(scheduled_for=slot, status__in=Run.FINAL)
    peak, until = 0.0, time.monotonic() + PATIENCE_SECONDS + 3 * seconds
    while (ended := runs.count()) < count:
        if time.monotonic() > until:
            sys.exit(f"only {ended} of {count} runs have ended")
        peak = max(peak, _memory(pid)) if pid else peak
        time.sleep(0.5)
    return peak


def _peak_at(url: str) -> int:
    with urllib.request.urlopen(f"{url}/peak", timeout=10) as answer:  # noqa: S310 -- loopback
        return int(answer.read())


def _memory(pid: int) -> float:
    """Resident memory in MB, proc(5)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        float(sys.argv[4]),
        sys.argv[5],
    )
