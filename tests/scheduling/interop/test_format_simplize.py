"""Simplize's task JSON: what is read, what is said, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scheduling.interop.formats import FORMATS
from tests.factories import make_agent, make_task
from tests.scheduling.interop.loading import (  # fmt: skip
    CONTEXT,
    fresh,
    load,
    read,
    said,
    sample,
    tasks_of,
)

TASK: dict[str, Any] = {
    "id": "a", "name": "A", "agent_id": "writer", "input_message": "Hi.",
    "schedule_type": "daily", "schedule_time": "07:00",
}  # fmt: skip


def faults(*changes: dict[str, Any]) -> list[str]:
    return said(read("simplize", json.dumps([{**TASK, **each} for each in changes])), "faults")  # fmt: skip


def test_all_its_fields_are_read():
    tasks = tasks_of(read("simplize", sample("simplize.json")))
    report = tasks["morning-report-vn"]
    assert report["id"] == "morning-report-vn"
    assert (report["cron_expression"], report["timezone"]) == ("0 7 * * 1-5", "Asia/Ho_Chi_Minh")  # fmt: skip
    assert (report["target_user_id"], report["agent_id"]) == ("45", "simplize")
    assert report["system_prompt_override"] == "Trả lời ngắn."
    assert [each["format"] for each in report["webhooks"]] == ["discord", "slack", "telegram", "template", "raw"]  # fmt: skip
    assert report["webhooks"][2]["chat_id"] == "-100123"
    assert report["webhooks"][3]["body_template"]["title"] == "{{task_name}}"
    assert tasks["Month end"]["month_days"] == [28]
    assert tasks["daily-digest"]["schedule_time"] == "07:05"


def test_sunday_is_0_there_and_7_here():
    review = tasks_of(read("simplize", sample("simplize.json")))["weekly-review"]
    assert (review["weekdays"], review["active"]) == ([7], False)


def test_days_and_zones_are_said_aloud():
    remarks = said(read("simplize", sample("simplize.json")), "remarks")
    assert "[0].cron_expression: `0 7 * * 1-5` read as Monday to Friday." in remarks
    assert "[1].day_of_week: 0 read as Sunday (0=Sunday there)." in remarks
    assert "[1].timezone: not given: its times are read in Asia/Ho_Chi_Minh." in remarks


def test_what_is_not_carried_over_is_named():
    left = said(read("simplize", sample("simplize.json")), "left_out")
    assert left == ["[2].priority: is kept for the export; Backbeat has nothing like it."]  # fmt: skip


@pytest.mark.parametrize("name", ["active", "enabled", "is_active"])
def test_active_has_three_spellings(name):
    tasks = tasks_of(read("simplize", json.dumps({**TASK, name: False})))
    assert tasks["a"]["active"] is False


@pytest.mark.parametrize("top", ["tasks", "results", "items", "data"])
def test_answers_of_its_api_are_read_too(top):
    assert list(tasks_of(read("simplize", json.dumps({top: [TASK], "count": 1})))) == ["a"]  # fmt: skip


def test_every_mistake_of_every_task_is_named():
    told = faults(
        {"name": ""},
        {"input_message": None},
        {"schedule_type": "hourly"},
        {"schedule_type": "weekly"},
        {"schedule_type": "weekly", "day_of_week": 7},
        {"schedule_type": "monthly", "day_of_month": "x"},
        {"schedule_time": "25:00"},
        {"schedule_type": "cron", "cron": "0 0 31 2 *"},
        {"timezone": "Mars/Base"},
        {"agent_id": "nobody", "webhooks": "none"},
        {"active": "yes"},
    )
    assert [each.partition(":")[0] for each in told] == [
        "[0].name", "[1].input_message", "[2].schedule_type", "[3].day_of_week", "[4].day_of_week",
        "[5].day_of_month", "[6].schedule_time", "[7].cron", "[8].timezone", "[9].agent_id",
        "[9].webhooks", "[10].active",
    ]  # fmt: skip
    assert "there are: reader, simplize, writer" in told[9]


def test_an_agent_that_is_not_here_is_done_by_the_loaders():
    context = replace(CONTEXT, agent_id="writer")
    readings = read("simplize", json.dumps({**TASK, "agent_id": "nobody"}), context)
    assert tasks_of(readings)["a"]["agent_id"] == "writer"
    assert "'nobody' is no agent here: done by the agent writer." in said(readings, "remarks")[0]  # fmt: skip


@pytest.mark.django_db
def test_an_agent_goes_out_by_its_own_name_until_it_is_changed():
    make_agent(id="writer")
    make_agent(id="reader")
    context = replace(CONTEXT, agent_id="writer")
    (task,) = load("simplize", read("simplize", json.dumps({**TASK, "agent_id": "nobody"}), context))  # fmt: skip
    written = FORMATS["simplize"].write([task])
    assert json.loads(written)["agent_id"] == "nobody"
    task.agent_id = "reader"
    task.save()
    assert json.loads(FORMATS["simplize"].write(fresh([task.pk])))["agent_id"] == "reader"  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"schedule_type": "weekly", "weekdays": [1, 3]}, "0 7 * * 1,3"),
        ({"schedule_type": "monthly", "month_days": [1, 15]}, "0 7 1,15 * *"),
    ],
)
def test_what_its_types_cannot_say_becomes_a_cron_line(change, expected):
    written = FORMATS["simplize"].write(fresh([make_task(**change).pk]))
    assert json.loads(written)["cron_expression"] == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"schedule_type": "interval", "interval_seconds": 60},
        {"schedule_type": "monthly", "month_days": ["last"]},
        {"max_runs": 3},
    ],
)
def test_what_it_cannot_say_is_refused_by_name(change):
    task = make_task(id="t", **change)
    with pytest.raises(ValueError, match=r"t: (Simplize|.*Simplize)"):
        FORMATS["simplize"].write(fresh([task.pk]))
