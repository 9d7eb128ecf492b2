"""What an agent is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduling.prompt import LAST_OUTPUT_CHARS, VARIABLES, assemble, bind

SLOT = datetime(2026, 3, 1, 23, 30, 15, 999, tzinfo=UTC)


def bound(**fields: Any) -> dict[str, str]:
    return bind(
        **(
            {"scheduled_for": SLOT, "timezone": "Asia/Ho_Chi_Minh", "task_name": "T"}
            | fields
        )
    )


def test_every_variable_that_is_promised_is_bound():
    assert set(bound()) == set(VARIABLES)


def test_times_are_local_and_to_the_second():
    values = bound(last_run_at=SLOT)
    assert values["scheduled_time"] == "2026-03-02T06:30:15+07:00"
    assert values["date"] == "2026-03-02"
    assert values["last_run_at"] == "2026-03-02T06:30:15+07:00"


def test_a_task_that_never_ran_has_no_last_run():
    assert (bound()["last_run_at"], bound()["last_output"]) == ("", "")


def test_a_long_last_output_is_cut_so_that_an_echo_cannot_grow():
    quoted = bound(last_output="x" * (LAST_OUTPUT_CHARS + 1))["last_output"]
    assert len(quoted) == LAST_OUTPUT_CHARS
    assert str(LAST_OUTPUT_CHARS + 1) in quoted


@pytest.mark.parametrize(
    ("agent", "override", "system"),
    [
        ("A", "B", "A\n\nB"),
        ("A", "", "A"),
        ("", " B ", "B"),
        ("", "", ""),
    ],
)
def test_the_system_prompt_is_the_agents_with_the_tasks_supplement(
    agent, override, system
):
    prompt = assemble(agent=agent, override=override, message="m", variables={})
    assert (prompt.system, prompt.message) == (system, "m")


def test_only_the_tasks_own_texts_are_filled():
    prompt = assemble(
        agent="{{date}}",
        override="{{ date }}",
        message="On {{date}}",
        variables={"date": "today"},
    )
    assert prompt.system == "{{date}}\n\ntoday"
    assert prompt.message == "On today"


def test_a_placeholder_inside_a_value_stays_text():
    prompt = assemble(
        agent="",
        override="",
        message="{{last_output}}",
        variables={"last_output": "{{task_name}}", "task_name": "T"},
    )
    assert prompt.message == "{{task_name}}"


def test_an_unknown_zone_is_an_error():
    with pytest.raises(Exception, match="Mars"):
        bound(timezone="Mars/Olympus")
