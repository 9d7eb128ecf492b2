"""An agent that takes five seconds on a slot every two: what each overlap policy leaves in the ledger."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.conftest import Installation
from tests.flows.stack import await_true

pytestmark = pytest.mark.broker

EVERY, LAST = 2, 8
POLICIES = ("skip", "queue", "allow", "replace")
#: Seconds of the slot after the first -> what became of it.
EXPECTED = {
    "skip": {0: "succeeded", 2: "overlap", 4: "overlap", 6: "succeeded", 8: "overlap"},
    "queue": {0: "succeeded", 2: "succeeded", 4: "overlap", 6: "succeeded", 8: "overlap"},
    "allow": dict.fromkeys((0, 2, 4, 6, 8), "succeeded"),
    "replace": dict.fromkeys((0, 2, 4, 6), "cancelled") | {8: "succeeded"},
}  # fmt: skip


@pytest.fixture(scope="module")
def ledgers(installation: Installation) -> dict[str, list[dict[str, Any]]]:
    """All runs of a task of each policy, oldest first, after the last has ended."""
    installation.make_agent("five-seconds", "echo", delay_seconds=5)
    first = datetime.fromtimestamp(int(time.time()) + 5, UTC)
    for policy in POLICIES:
        installation.post("/v2/admin/scheduled-tasks/", _body(policy, first))
    slots = LAST // EVERY + 1

    def ended() -> bool:
        return all(
            len(rows := installation.runs(f"overlap-{policy}")) == slots
            and all(row["finished_at"] for row in rows)
            for policy in POLICIES
        )

    await_true(ended, "all runs have ended")
    return {
        policy: sorted(
            installation.runs(f"overlap-{policy}"), key=lambda row: row["scheduled_for"]
        )
        for policy in POLICIES
    }


def _body(policy: str, first: datetime) -> dict[str, Any]:
    return {
        "id": f"overlap-{policy}",
        "name": f"Overlap {policy}",
        "agent_id": "five-seconds",
        "input_message": "Take your time.",
        "schedule_type": "interval",
        "interval_seconds": EVERY,
        "start_at": (first - timedelta(seconds=EVERY)).isoformat(),
        "end_at": (first + timedelta(seconds=LAST)).isoformat(),
        "overlap": policy,
    }


@pytest.mark.parametrize("policy", POLICIES)
def test_each_overlap_policy_leaves_its_documented_rows(
    ledgers: dict[str, list[dict[str, Any]]], policy: str
) -> None:
    rows = ledgers[policy]
    first = datetime.fromisoformat(rows[0]["scheduled_for"])
    became = {
        round(
            (datetime.fromisoformat(row["scheduled_for"]) - first).total_seconds()
        ): row["skip_reason"] or row["status"]
        for row in rows
    }
    assert became == EXPECTED[policy]


def test_with_replace_the_next_run_starts_after_the_last_has_really_stopped(
    ledgers: dict[str, list[dict[str, Any]]],
) -> None:
    began = [row for row in ledgers["replace"] if row["started_at"]]
    for before, after in itertools.pairwise(began):
        assert before["finished_at"] <= after["started_at"]
    assert all("Replaced by" in row["note"] for row in ledgers["replace"][:-1])


def test_with_queue_the_waiting_run_starts_when_the_last_has_ended(
    ledgers: dict[str, list[dict[str, Any]]],
) -> None:
    ran = [row for row in ledgers["queue"] if row["status"] == "succeeded"]
    for before, after in itertools.pairwise(ran):
        assert before["finished_at"] <= after["started_at"]
