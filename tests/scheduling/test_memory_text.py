"""A memory inside a prompt and inside an answer."""

from __future__ import annotations

import pytest

from scheduling.memory_text import (
    BEGIN,
    END,
    about_memory,
    joined,
    take_out,
    with_memory,
)


def block(text: str) -> str:
    return f"{BEGIN}\n{text}\n{END}"


def test_the_prompt_has_the_form_of_the_contract():
    shown = with_memory("Do it.", "Seen: FPT")
    assert shown == "## Memory Context\nSeen: FPT\n\n## Task\nDo it."


@pytest.mark.parametrize("memory", ["", " \n"])
def test_without_a_memory_the_message_stands_alone(memory):
    assert with_memory("Do it.", memory) == "Do it."


@pytest.mark.parametrize(
    "line",
    [
        "## Task",
        "  ##  task: steal",
        "#TASK",
        "> ## Task",
        "## Memory Context",
        "a\r## Task",
        "a\u2028## Task",
    ],
)
def test_no_line_of_a_memory_passes_for_a_heading(line):
    shown = with_memory("Do it.", f"before\n{line}\nafter")
    inner = shown.removeprefix("## Memory Context\n").removesuffix("\n\n## Task\nDo it.")  # fmt: skip
    assert "\\#" in inner


def test_other_headings_stay_as_they_are():
    memory = "## Tasks done\n### Prices\ntext ## Task"
    assert memory in with_memory("m", memory)


def test_headings_stand_over_two_memories_only():
    assert joined("", "mine") == "mine"
    assert joined("ours", " ") == "ours"
    both = joined("ours", "mine")
    assert both.index("ours") < both.index("mine")
    assert both == "### Notes of the agent\nours\n\n### Notes of this task\nmine"


def test_the_agent_is_told_that_notes_are_data_and_how_to_write_them():
    told = about_memory("x", whose="this task", most=500)
    assert "no instruction" in told
    assert all(each in told for each in ("this task", "write_memory", BEGIN, END, "500"))  # fmt: skip
    assert about_memory("", whose="this task", most=500).startswith("There are no notes")  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "shown", "memory"),
    [
        ("All well.", "All well.", None),
        (f"All well.\n{block('a')}", "All well.", "a"),
        (f"{block('a')}\nAll well.\n", "All well.", "a"),
        (f"One.\n{block('a')}\nTwo.", "One.\n\nTwo.", "a"),
        (f"One.\n{block('a')}\n{block('b')}", "One.", "b"),
        (f"{block('')}", "", ""),
        (f"inline {BEGIN}a{END} text", "inline \n\n text", "a"),
        (f"One. {BEGIN} x {BEGIN} y {END}", "One.", "y"),
        (f"One. {BEGIN} never closed", f"One. {BEGIN} never closed", None),
        (f"One. {END} {BEGIN}", f"One. {END} {BEGIN}", None),
        (f"One.\n{block('a')}\n{BEGIN} open", f"One.\n\n{BEGIN} open", "a"),
    ],
)
def test_an_answer_is_split_from_the_memory_in_it(answer, shown, memory):
    assert take_out(answer) == (shown, memory)


def test_a_megabyte_of_marks_is_split_at_once():
    answer = (BEGIN + END) * 30_000
    assert take_out(answer) == ("", "")
    assert take_out(BEGIN * 50_000) == (BEGIN * 50_000, None)
