"""Two beats fire the same slots, and one of them is killed again and again.

The gate does it for half a minute with slots every five seconds. The long trial of ten minutes with
200 tasks due each minute:

    BEATS_SECONDS=600 BEATS_TASKS=200 BEATS_EVERY=60 BEATS_KILL_EVERY=20 \\
        pytest -m faults tests/faults/test_two_beats.py -s
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import KINDS, Installation, installed, until
from tests.flows.stack import await_true

SECONDS = int(os.environ.get("BEATS_SECONDS", "30"))
TASKS = int(os.environ.get("BEATS_TASKS", "60"))
EVERY = int(os.environ.get("BEATS_EVERY", "5"))
KILL_EVERY = int(os.environ.get("BEATS_KILL_EVERY", "7"))

pytestmark = [
    pytest.mark.broker,
    pytest.mark.faults,
    pytest.mark.timeout(SECONDS + 300),
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_slot_has_exactly_one_row_while_one_beat_of_two_is_killed_again_and_again(
    kind: str, tmp_path: Path
) -> None:
    env = {"SCHEDULING_BEAT_LEASE_SECONDS": "3"}
    with installed(kind, tmp_path, env, ("--beats", "2")) as place:
        place.make_agent("quick", "echo")
        # Four tasks a second are made even where two cores do everything.
        first = _next_slot(time.time() + 2 + TASKS / 4)
        last = first + SECONDS // EVERY * EVERY
        for number in range(TASKS):
            place.post("/v2/admin/scheduled-tasks/", _body(number, first, last))
        assert time.time() < first, "the tasks were there before their first slot"
        kills = 0
        while time.time() + KILL_EVERY < last:
            until(time.time() + KILL_EVERY)
            name = ("beat-1", "beat-2")[kills % 2]
            place.stack.await_restart(name, place.stack.kill(name))
            kills += 1
        assert kills >= 2
        expected = [first + EVERY * n for n in range((last - first) // EVERY + 1)]
        for number in range(TASKS):
            task_id = f"due-{number}"
            await_true(
                partial(_has_rows, place, task_id, len(expected)),
                f"every slot of {task_id} has its row",
            )
            assert _slots(place.runs(task_id)) == expected
            ended = place.await_runs(task_id, "succeeded", len(expected))
            assert len(ended) == len(expected)


def _has_rows(place: Installation, task_id: str, count: int) -> bool:
    return len(place.runs(task_id)) >= count


def _next_slot(instant: float) -> int:
    return int(instant // EVERY + 1) * EVERY


def _body(number: int, first: int, last: int) -> dict[str, Any]:
    start = datetime.fromtimestamp(first, UTC)
    return {
        "id": f"due-{number}",
        "name": f"Due {number}",
        "agent_id": "quick",
        "input_message": "Go.",
        "schedule_type": "interval",
        "interval_seconds": EVERY,
        # An interval's first slot lies one interval after its start.
        "start_at": (start - timedelta(seconds=EVERY)).isoformat(),
        "end_at": datetime.fromtimestamp(last, UTC).isoformat(),
        "overlap": "allow",
        "catch_up": "all",
        "catch_up_cap": 1000,
    }


def _slots(runs: list[dict[str, Any]]) -> list[int]:
    """The slots of all rows, a coalesced one counted as often as it says."""
    found = [datetime.fromisoformat(run["scheduled_for"]).timestamp() for run in runs]
    return sorted(map(int, found))
