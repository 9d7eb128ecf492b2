"""APFlow's task dicts: six schedules, trees, limits; what is said and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scheduling.interop.formats import FORMATS
from tests.factories import make_agent
from tests.scheduling.interop.loading import (  # fmt: skip
    CONTEXT,
    fresh,
    load,
    read,
    said,
    sample,
    tasks_of,
)

LENIENT = replace(CONTEXT, agent_id="writer")
ROOT = "0b6f2a4e-1111-4222-8333-944445555666"
TASK: dict[str, Any] = {
    "id": "t", "name": "T", "schemas": {"method": "writer"}, "inputs": {"prompt": "Hi."},
    "schedule_type": "daily", "schedule_expression": "09:00", "schedule_enabled": True,
}  # fmt: skip


def one(**changes: Any) -> dict[str, Any]:
    return tasks_of(read("apflow", json.dumps({**TASK, **changes})))["t"]


def remarks(**changes: Any) -> list[str]:
    return said(read("apflow", json.dumps({**TASK, **changes})), "remarks")


def test_all_six_schedules_are_read_in_utc():
    tasks = tasks_of(read("apflow", sample("apflow.json"), LENIENT))
    assert {each["timezone"] for each in tasks.values()} == {"UTC"}
    root = tasks[ROOT]
    assert (root["id"], root["weekdays"], root["schedule_time"]) == (ROOT, [1, 3, 5], "09:00")  # fmt: skip
    assert tasks["t-cron"]["cron_expression"] == "0 9 * * 7"
    assert tasks["t-interval"]["interval_seconds"] == 3600
    assert tasks["t-once"]["run_at"] == "2099-01-15T09:00:00+00:00"
    assert (tasks["t-daily"]["schedule_time"], tasks["t-daily"]["active"]) == ("08:15", False)  # fmt: skip
    assert tasks["t-monthly"]["month_days"] == [1, 15]


def test_the_loader_may_name_the_zone_that_was_meant():
    readings = read("apflow", json.dumps(TASK), replace(CONTEXT, timezone="Asia/Tokyo"))
    assert tasks_of(readings)["t"]["timezone"] == "Asia/Tokyo"


def test_a_tree_becomes_dependencies():
    tasks = tasks_of(read("apflow", sample("apflow.json"), LENIENT))
    fetch, total = tasks["child-fetch"], tasks["child-sum"]
    assert fetch["parents"] == [{"task_id": ROOT, "when": "succeeded"}]
    assert total["parents"] == [{"task_id": "child-fetch", "when": "finished"}]
    assert (fetch["schedule_type"], fetch["active"]) == ("none", True)
    assert json.loads(fetch["input_message"]) == {"url": "https://example.com/", "depth": 2}  # fmt: skip
    assert total["input_message"] == "Sum up"


def test_a_tree_may_be_flat():
    text = json.dumps([TASK, {"id": "c", "name": "C", "executor": "writer", "parent_id": "t"}])  # fmt: skip
    assert tasks_of(read("apflow", text))["c"]["parents"] == [{"task_id": "t", "when": "succeeded"}]  # fmt: skip


def test_the_runs_that_are_done_are_counted_off():
    task = one(max_runs=10, run_count=3)
    assert (task["max_runs"], task["active"]) == (7, True)
    assert "t.max_runs: 3 of 10 runs are done: 7 are left." not in remarks()
    assert "max_runs: 3 of 10 runs are done: 7 are left." in remarks(max_runs=10, run_count=3)  # fmt: skip


def test_what_is_used_up_or_over_comes_paused():
    assert one(max_runs=3, run_count=3)["active"] is False
    assert one(schedule_end_at="2020-01-01T00:00:00Z")["active"] is False
    past = {"schedule_type": "once", "schedule_expression": "2020-01-01T09:00:00Z"}
    assert one(**past)["active"] is False
    assert "is over: it comes paused." in remarks(**past)[-1]


def test_what_is_not_enabled_is_paused_as_there():
    text = json.dumps({name: value for name, value in TASK.items() if name != "schedule_enabled"})  # fmt: skip
    assert tasks_of(read("apflow", text))["t"]["active"] is False


def test_what_is_understood_otherwise_is_said():
    told = said(read("apflow", sample("apflow.json"), LENIENT), "remarks")
    assert "tasks[0].schedule_expression: `1,3,5 09:00` read as Monday, Wednesday and Friday at 09:00, in the time zone UTC." in told  # fmt: skip
    assert "tasks[3].schedule_expression: `2099-01-15T09:00:00` has no offset: read as UTC." in told  # fmt: skip
    assert any("tasks[2].schedule_expression: every 3600 seconds from a fixed beginning" in each for each in told)  # fmt: skip
    assert "tasks[0].children[1].schemas: 'rest_executor' is no agent here: done by the agent writer." in told  # fmt: skip


def test_what_has_been_stays_there_and_is_named():
    left = said(read("apflow", sample("apflow.json"), LENIENT), "left_out")
    assert left == [
        "tasks[0]: status, last_run_at: what has been stays there.",
        "tasks[0].priority: is kept for the export; Backbeat has nothing like it.",
    ]


def test_every_mistake_is_named_in_its_own_words():
    rows = [
        {"name": ""},
        {"schedule_type": "yearly"},
        {"schedule_expression": "24:00"},
        {"schedule_type": "weekly", "schedule_expression": "8 09:00"},
        {"schedule_type": "cron", "schedule_expression": "0 0 31 2 *"},
        {"max_runs": 0},
        {"schedule_start_at": "soon"},
        {"dependencies": "x"},
        {"dependencies": [{"required": True}]},
        {"schemas": {"method": "nobody"}},
        {"schedule_enabled": 1},
        {"children": [3]},
    ]
    text = json.dumps([{**TASK, "id": f"t{number}", **row} for number, row in enumerate(rows)])  # fmt: skip
    told = said(read("apflow", text), "faults")
    assert [each.partition(":")[0].partition(".")[0] for each in told] == [f"[{number}]" for number in range(12)]  # fmt: skip
    assert told[1] == "[1].schedule_type: Unknown schedule type: yearly"
    assert told[2].endswith("Invalid hour in 'daily' expression: 24. Expected 0-23.")
    assert "never fires" in told[4]


@pytest.mark.django_db
def test_what_runs_here_is_counted_on_and_goes_out_under_its_own_executor():
    make_agent(id="writer")
    (task,) = load("apflow", read("apflow", json.dumps({**TASK, "max_runs": 10, "run_count": 3, "schemas": {"method": "crew"}}), LENIENT))  # fmt: skip
    task.scheduled_runs = 2
    task.save()
    written = json.loads(FORMATS["apflow"].write(fresh([task.pk])))
    assert (written["max_runs"], written["run_count"]) == (10, 5)
    assert written["schemas"] == {"method": "crew"}


@pytest.mark.django_db
def test_another_agent_shows_as_the_executor():
    make_agent(id="writer")
    make_agent(id="reader")
    (task,) = load("apflow", read("apflow", json.dumps(TASK)))
    task.agent_id = "reader"
    task.save()
    assert json.loads(FORMATS["apflow"].write(fresh([task.pk])))["schemas"] == {"method": "reader"}  # fmt: skip
