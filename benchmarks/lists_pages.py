"""The pages of `benchmarks.lists`, asked for inside the installation under measure."""

from __future__ import annotations

import json
import statistics
import sys
import time

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 -- needs the set-up above
from django.core.management import call_command  # noqa: E402 -- needs the set-up above
from django.db import connection  # noqa: E402 -- needs the set-up above
from django.test import Client  # noqa: E402 -- needs the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- needs the set-up above

from benchmarks.lists_rows import BUSY, RARE, fill  # noqa: E402 -- needs the set-up above

_RUNS = "/admin/scheduling/run/"
PAGES = {
    "tasks": "/admin/scheduling/scheduledtask/",
    "runs": _RUNS,
    "runs, page 100": f"{_RUNS}?p=100",
    "runs of a busy task": f"{_RUNS}?task__id__exact={BUSY}",
    "runs of a quiet task": f"{_RUNS}?task__id__exact=bench-1",
    "runs of a task by its id": f"{_RUNS}?task_ref={BUSY}",
    "runs that succeeded": f"{_RUNS}?status__exact=succeeded",
    "runs that failed": f"{_RUNS}?status__exact=failed",
    "runs that wait": f"{_RUNS}?status__exact=queued",
    "runs skipped for overlap": f"{_RUNS}?reason=overlap",
    "runs by hand": f"{_RUNS}?trigger__exact=manual",
    "runs of a busy agent": f"{_RUNS}?agent__id__exact=bench",
    "runs of a rare agent": f"{_RUNS}?agent__id__exact={RARE}",
    "runs, a search": f"{_RUNS}?q=bench-77",
    "runs, a search in vain": f"{_RUNS}?q=no-such-task",
    "deliveries": "/admin/notifications/delivery/",
    "first page": "/admin/",
    "a plain page": "/account/",
}


def main(name: str, tasks: int, runs: int, rounds: int) -> None:
    """Fill the database, ask for each page `rounds` times, and print what it took."""
    call_command("collectstatic", interactive=False, verbosity=0)
    fill(tasks, runs)
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.create_superuser("bench"))
    pages = {title: _page(client, url, rounds) for title, url in PAGES.items()}
    print(json.dumps({"database": name, "tasks": tasks, "runs": runs, "pages": pages}))


def _page(client: Client, url: str, rounds: int) -> dict[str, float]:
    answer = client.get(url)  # warms up
    if answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    took, worked = [], []
    for _ in range(rounds):
        start, began = time.perf_counter(), time.process_time()
        client.get(url)
        took.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - began) * 1000)
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    seconds = sum(float(each["time"]) for each in asked)
    return {
        "ms": round(statistics.median(took)),
        "worst": round(max(took)),
        "cpu_ms": round(statistics.median(worked)),
        "queries": len(asked),
        "queries_ms": round(seconds * 1000),
    }


if __name__ == "__main__":
    main(sys.argv[1], *(int(each) for each in sys.argv[2:5]))
