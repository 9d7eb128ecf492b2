"""What an agent is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from notifications.placeholders import PlaceholderError, validate
from scheduling.agents.base import ParentOutput
from scheduling.prompt import LAST_OUTPUT_CHARS, VARIABLES, assemble, bind

SLOT = datetime(2026, 3, 1, 23, 30, 15, 999, tzinfo=UTC)


def bound(**fields: Any) -> dict[str, str]:
    return bind(
        **(
            {"scheduled_for": SLOT, "timezone": "Asia/Ho_Chi_Minh", "task_name": "T"}
            | fields
        )
    )


def parent(output: str, data: Any = None, name: str = "Prices") -> ParentOutput:
    return ParentOutput(task_name=name, status="succeeded", output=output, data=data)


def test_every_variable_that_is_promised_is_bound():
    of_parents = {each for each in VARIABLES if each.endswith("<task id>")}
    assert set(bound()) == set(VARIABLES) - of_parents
    named = {each.replace("<task id>", "prices") for each in of_parents}
    assert named <= set(bound(parents={"prices": parent("x")}))


@pytest.mark.parametrize("name", ["output_of_prices", "data_of_morning-prices_2"])
def test_a_parent_may_be_named_by_its_id(name):
    validate("{{" + name + "}}", allowed=VARIABLES)


@pytest.mark.parametrize("name", ["output_of_", "data_of", "input_of_a", "output"])
def test_a_name_that_is_none_is_told_what_there_is(name):
    with pytest.raises(PlaceholderError) as refused:
        validate("{{" + name + "}}", allowed=VARIABLES)
    assert "data_of_<task id>" in str(refused.value)
    assert "parent_output" in str(refused.value)


def test_the_output_of_one_parent_comes_as_it_is():
    values = bound(parents={"prices": parent("up", {"FPT": 1})})
    assert values["parent_output"] == values["output_of_prices"] == "up"
    assert values["parent_data"] == '{"prices": {"FPT": 1}}'
    assert values["data_of_prices"] == '{"FPT": 1}'


def test_several_parents_stand_each_under_its_name():
    parents = {"a": parent("up", name="Prices"), "b": parent("tốt", 7, name="News")}
    values = bound(parents=parents)
    assert values["parent_output"] == "## Prices\n\nup\n\n## News\n\ntốt"
    assert values["parent_data"] == '{"a": "up", "b": 7}'
    assert (values["output_of_b"], values["data_of_b"]) == ("tốt", "7")


def test_without_parents_their_places_are_empty():
    assert (bound()["parent_output"], bound()["parent_data"]) == ("", "")


def test_long_outputs_of_parents_are_cut_and_share_the_room():
    long = "x" * (LAST_OUTPUT_CHARS * 2)
    values = bound(parents={"a": parent(long), "b": parent(long)})
    assert len(values["output_of_a"]) == LAST_OUTPUT_CHARS
    assert len(values["parent_data"]) == LAST_OUTPUT_CHARS
    assert len(values["parent_output"]) < LAST_OUTPUT_CHARS + 50


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
