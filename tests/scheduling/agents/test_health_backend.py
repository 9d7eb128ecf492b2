from __future__ import annotations

from typing import Any

import pytest

from scheduling.agents.health import HealthBackend, HealthOptions

pytestmark = pytest.mark.anyio

WELL: dict[str, Any] = {
    "generated_at": "2026-03-01T07:00:00+00:00",
    "version": "0.1.0",
    "runs_last_24h": {"succeeded": 12, "failed": 0, "cancelled": 1, "skipped": 3},
    "queued": 2,
    "oldest_queued_seconds": 4.0,
    "running": 1,
    "late_tasks": [],
    "failures": [],
    "set_aside_tasks": [],
    "deliveries": {"pending": 1, "failed_24h": 0, "unknown": 0},
    "next_runs": [
        {"task": "Digest", "at": "2026-03-01 08:00", "timezone": "Asia/Tokyo"}
    ],
    "tasks": {"active": 5, "paused": 1},
}


@pytest.fixture
def look(context, make_request):
    async def look(report, **options):
        context.report = report
        return await HealthBackend().invoke(make_request(HealthOptions(**options)))

    return look


async def test_all_is_well_on_the_first_line(look):
    result = await look(WELL)
    verdict = "All is well: 5 active tasks, 12 runs succeeded in the last 24 hours"
    assert result.output.splitlines()[0] == verdict
    assert result.metadata["ok"] is True


async def test_what_needs_a_look_is_on_the_first_line(look):
    late = {"id": "1", "name": "Digest", "due": "07:00", "late_seconds": 300}
    runs = {**WELL["runs_last_24h"], "failed": 2}
    result = await look({**WELL, "runs_last_24h": runs, "late_tasks": [late]})
    verdict = "Needs a look: 2 failures, 1 late task"
    assert result.output.splitlines()[0] == verdict
    assert result.metadata["ok"] is False
    assert "- Digest: due 07:00, 5 min late" in result.output


async def test_it_signals_its_counts(look):
    metadata = (await look(WELL)).metadata
    assert metadata["event_type"] == "health"
    assert metadata["source"] == "backbeat"
    assert metadata["signal_factors"]["runs_succeeded"] == 12
    assert metadata["signal_factors"]["deliveries_pending"] == 1


@pytest.mark.parametrize(
    ("changes", "worry"),
    [
        ({"deliveries": {"failed_24h": 3}}, "3 failed deliveries"),
        ({"deliveries": {"unknown": 1}}, "1 delivery in doubt"),
        ({"set_aside_tasks": [{"name": "x", "error": "bad"}]}, "1 task set aside"),
        ({"oldest_queued_seconds": 7200}, "a run queued for 2 h"),
    ],
)
async def test_each_trouble_is_named(look, changes, worry):
    result = await look({**WELL, **changes})
    assert result.output.splitlines()[0] == f"Needs a look: {worry}"


async def test_the_limit_for_the_queue_is_an_option(look):
    report = {**WELL, "oldest_queued_seconds": 90}
    assert (await look(report)).metadata["ok"] is False
    assert (await look(report, queue_warning_seconds=100)).metadata["ok"] is True


async def test_failures_tell_when_and_why(look):
    failure = {
        "task": "Digest",
        "at": "06:00",
        "reason": "timeout",
        "error": "too\nslow",
    }
    result = await look({**WELL, "failures": [failure]})
    assert "- Digest at 06:00: timeout: too slow" in result.output


async def test_next_runs_name_their_zone(look):
    assert "- Digest at 2026-03-01 08:00 (Asia/Tokyo)" in (await look(WELL)).output


async def test_long_lists_are_cut_with_a_count(look):
    failures = [{"task": f"T{n}", "at": "06:00", "error": "x"} for n in range(30)]
    output = (await look({**WELL, "failures": failures}, max_rows=3)).output
    assert "- … and 27 more" in output
    assert "T3 at" not in output


@pytest.mark.parametrize(
    "report",
    [{}, {"late_tasks": None, "tasks": 5, "runs_last_24h": {"failed": None}}],
)
async def test_a_report_with_gaps_is_still_told(look, report):
    result = await look(report)
    assert result.output.startswith("All is well: 0 active tasks")
    assert result.output_type == "markdown"
