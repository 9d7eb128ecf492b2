"""The rounds of `benchmarks.fire`, run inside the installation under measure."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 -- needs the set-up above

from scheduling.models import (  # noqa: E402 -- needs the set-up above
    Agent,
    Run,
    ScheduledTask,
    TaskWebhook,
)

LEAD_SECONDS = 4
LIMIT_SECONDS = 120


def main(name: str, tasks: int, rounds: int, webhooks: int) -> None:
    """Plan `tasks` tasks for one instant, `rounds` times, and print what came of it."""
    agent = Agent.objects.create(
        id="echo", name="Echo", backend="echo", options={"stamp": True}
    )
    created = ScheduledTask.objects.bulk_create(
        ScheduledTask(
            id=f"bench-{number}",
            name=f"Bench {number}",
            agent=agent,
            input_message="Go.",
            schedule_type="interval",
            interval_seconds=86_400,
        )
        for number in range(tasks)
    )
    for task in created[:tasks] if webhooks else []:
        for _ in range(webhooks):
            TaskWebhook.objects.create(task=task, format="signal_output")
    _round(10)  # warm: imports, connections
    found = [_round(tasks) for _ in range(rounds)]
    lags = sorted(lag for each in found for lag in each[0])
    last = [each[1] for each in found]
    print(
        json.dumps(
            {
                "database": name,
                "tasks": tasks,
                "rounds": rounds,
                "lag_p50": round(statistics.median(lags), 3),
                "lag_p99": round(lags[int(len(lags) * 0.99) - 1], 3),
                "lag_max": round(lags[-1], 3),
                "all_finished": [round(each, 3) for each in last],
                "runs_per_second": round(tasks / statistics.median(last)),
            }
        )
    )


def _round(tasks: int) -> tuple[list[float], float]:
    slot = timezone.now().replace(microsecond=0) + timedelta(seconds=LEAD_SECONDS)
    ids = [f"bench-{number}" for number in range(tasks)]
    plan = {"next_slot": slot, "due_at": slot, "next_run_at": slot}
    ScheduledTask.objects.filter(id__in=ids).update(**plan)
    end = time.monotonic() + LIMIT_SECONDS
    runs = Run.objects.filter(scheduled_for=slot)
    while runs.filter(status__in=Run.FINAL).count() < tasks:
        if time.monotonic() > end:
            raise SystemExit(
                f"only {runs.count()} of {tasks} runs in {LIMIT_SECONDS} s"
            )
        time.sleep(0.25)
    rows = list(runs.values_list("metadata__started", "finished_at", "status"))
    if any(status != "succeeded" for *_, status in rows):
        raise SystemExit("some runs failed")
    lags = [float(started) - slot.timestamp() for started, *_ in rows]
    ends = [finished for _, finished, _ in rows if finished is not None]
    return lags, (max(ends) - slot).total_seconds()


if __name__ == "__main__":
    main(sys.argv[1], *(int(each) for each in sys.argv[2:5]))
