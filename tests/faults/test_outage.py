"""Beat is stopped over twenty slots: the ledger shows what each catch-up policy says, and why."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import KINDS, Installation, installed, until
from tests.flows.stack import await_true

pytestmark = [pytest.mark.broker, pytest.mark.faults]

SLOTS, CAP = 20, 5
#: Policy -> seconds of the slots that run late, and how many the one row of the missed stands for.
EXPECTED = {
    "skip": ([], SLOTS),
    "latest": ([SLOTS - 1], SLOTS - 1),
    "all": ([15, 16, 17, 18, 19], SLOTS - CAP),
}


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_outage_the_ledger_shows_exactly_what_each_policy_says(
    kind: str, tmp_path: Path
) -> None:
    with installed(kind, tmp_path, {"SCHEDULING_MISSED_AFTER_SECONDS": "2"}) as place:
        place.make_agent("quick", "echo")
        first = datetime.fromtimestamp(int(time.time()) + 4, UTC)
        for policy in EXPECTED:
            place.post("/v2/admin/scheduled-tasks/", _body(policy, first))
        beat = place.stack.pids["beat"]
        assert datetime.now(UTC) < first, "beat is stopped before the first slot"
        place.stack.send("beat", signal.SIGSTOP)
        try:
            until(first.timestamp() + SLOTS - 1 + 3)
            assert [place.runs(f"outage-{policy}") for policy in EXPECTED] == [[]] * 3
        finally:
            place.stack.send("beat", signal.SIGCONT)
        for policy, (late, missed) in EXPECTED.items():
            rows = _settled(place, f"outage-{policy}", len(late) + 1)
            assert _seconds(rows, "succeeded", first) == late
            (gap,) = (row for row in rows if row["status"] == "skipped")
            assert (gap["skip_reason"], gap["slots"]) == ("missed", missed)
            assert _second(gap, first) == 0
            assert all(row["caught_up"] for row in rows if row is not gap)
        assert place.stack.pids["beat"] == beat, "the same beat went on"


def _body(policy: str, first: datetime) -> dict[str, Any]:
    return {
        "id": f"outage-{policy}",
        "name": f"Outage {policy}",
        "agent_id": "quick",
        "input_message": "Go.",
        "schedule_type": "interval",
        "interval_seconds": 1,
        "start_at": (first - timedelta(seconds=1)).isoformat(),
        "end_at": (first + timedelta(seconds=SLOTS - 1)).isoformat(),
        "catch_up": policy,
        "catch_up_cap": CAP,
    }


def _settled(place: Installation, task_id: str, count: int) -> list[dict[str, Any]]:
    """All rows of the task, when there are `count` and all of them have ended."""

    def ended() -> bool:
        rows = place.runs(task_id)
        return len(rows) == count and all(row["finished_at"] for row in rows)

    await_true(ended, f"{task_id} has its {count} rows")
    return place.runs(task_id)


def _seconds(rows: list[dict[str, Any]], status: str, first: datetime) -> list[int]:
    return sorted(_second(row, first) for row in rows if row["status"] == status)


def _second(row: dict[str, Any], first: datetime) -> int:
    slot = datetime.fromisoformat(row["scheduled_for"])
    return round((slot - first).total_seconds())
