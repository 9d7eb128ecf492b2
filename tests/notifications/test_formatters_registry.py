from __future__ import annotations

import pytest

from notifications import formatters
from notifications.formatters import (
    FORMATTERS,
    FormatConfig,
    FormatterError,
    NotificationPayload,
    extract_text,
    get_formatter,
    register,
)
from notifications.formatters.base import (
    body_text,
    numbered,
    text_parts,
    title_text,
)
from notifications.formatters.options import max_messages


def payload(**changes):
    fields = {
        "task_id": "t1",
        "task_name": "Morning report",
        "run_id": "r1",
        "user_id": "45",
        "output_type": "text",
        "content": "hello",
    }
    return NotificationPayload(**(fields | changes))


@pytest.fixture
def registry(monkeypatch):
    copy = dict(FORMATTERS)
    monkeypatch.setattr(formatters, "FORMATTERS", copy)
    return copy


def test_the_formats_of_the_contract_are_registered():
    wanted = {"raw", "discord", "slack", "telegram", "template", "signal_output"}
    wanted |= {"standard", "teams", "google_chat", "email", "chat", "apprise"}
    assert wanted <= set(FORMATTERS)


def test_chats_cannot_recognise_a_repeated_message_and_others_can():
    chats = {name for name, entry in FORMATTERS.items() if not entry.deduplicates}
    assert chats == {
        "discord", "slack", "telegram", "teams", "google_chat", "email", "apprise",
    }  # fmt: skip


def test_only_what_stays_here_needs_no_url():
    local = {name for name, entry in FORMATTERS.items() if not entry.needs_url}
    assert local == {"signal_output", "chat"}


def test_every_chat_says_its_limits_and_every_format_its_options():
    for entry in FORMATTERS.values():
        assert entry.options is not None
        assert entry.deduplicates or entry.limits is not None


def test_a_guest_registers_a_format_with_the_decorator(registry):
    @register("my_format")
    def my_format(payload, config):
        return {"say": extract_text(payload.content), "to": config.name}

    made = get_formatter("my_format").messages(payload(), FormatConfig(name="ops"))
    assert made == [{"say": "hello", "to": "ops"}]
    assert registry["my_format"].label == "My format"
    assert registry["my_format"].deduplicates


def test_the_decorator_returns_the_function_itself(registry):
    def my_format(payload, config):
        return {}

    assert register("my_format")(my_format) is my_format


def test_a_name_cannot_be_taken_twice(registry):
    with pytest.raises(ValueError, match="'raw' is taken"):
        register("raw")


def test_a_blank_name_is_refused(registry):
    with pytest.raises(ValueError, match="blank"):
        register(" ")


def test_an_unknown_format_is_refused_with_the_names_there_are():
    with pytest.raises(
        FormatterError, match=r"'nope' is not known.*raw, standard, disc"
    ) as e:
        get_formatter("nope")
    assert e.value.field == "format"


@pytest.mark.parametrize("made", [None, "text", [], ["text"], [{}, 1]])
def test_a_guest_that_returns_no_message_is_named(registry, made):
    register("broken")(lambda payload, config: made)
    with pytest.raises(FormatterError, match="'broken' returned"):
        get_formatter("broken").messages(payload(), FormatConfig())


def test_the_raw_body_has_exactly_the_seven_fields():
    made = get_formatter("raw").messages(
        payload(content={"a": 1}, metadata={"k": "v"}), FormatConfig()
    )
    assert made == [
        {
            "task_id": "t1",
            "task_name": "Morning report",
            "run_id": "r1",
            "user_id": "45",
            "output_type": "text",
            "content": {"a": 1},
            "metadata": {"k": "v"},
        }
    ]


def test_a_signal_output_is_the_raw_body():
    made = get_formatter("signal_output").messages(payload(), FormatConfig())
    assert made == [payload().as_dict()]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("as is\n", "as is\n"),
        (None, ""),
        ({"text": "a"}, "a"),
        ({"content": "a"}, "a"),
        ({"output": "a"}, "a"),
        ({"markdown": "a"}, "a"),
        (["a", {"type": "text", "text": "b"}, ""], "a\n\nb"),
        ([], ""),
        ({"text": 1}, '```json\n{\n  "text": 1\n}\n```'),
        ([1, "a"], '```json\n[\n  1,\n  "a"\n]\n```'),
        ({"tên": "Phở"}, '```json\n{\n  "tên": "Phở"\n}\n```'),
        (True, "```json\ntrue\n```"),
    ],
)
def test_text_is_found_in_content_of_every_shape(content, text):
    assert extract_text(content) == text


def test_blank_content_is_said_to_be_blank():
    assert body_text(payload(content=" \n")) == "(no output)"


def test_line_ends_are_one_kind_and_control_characters_are_not_sent():
    assert body_text(payload(content="a\r\n\r\nb\rc\x1b\x07\td")) == "a\n\nb\nc\td"


def test_the_error_of_a_failed_run_is_part_of_the_text():
    failed = payload(content=None, metadata={"status": "failed", "error": "```boom"})
    assert body_text(failed) == "````\n```boom\n````\n\n"


def test_a_failure_is_marked_in_the_title():
    failed = payload(metadata={"status": "failed"})
    assert title_text(failed, 100) == "❌ Morning report"
    assert (
        title_text(payload(metadata={"status": "succeeded"}), 100) == "Morning report"
    )


def test_a_title_is_one_line_and_never_empty():
    assert title_text(payload(task_name="a\n b"), 100) == "a b"
    assert title_text(payload(task_name=" "), 100) == "t1"


def test_a_long_title_is_visibly_cut_and_keeps_its_suffix():
    title = title_text(payload(task_name="x" * 300), 20, " (1/2)")
    assert title == "x" * 13 + "… (1/2)"


def test_only_one_of_several_messages_is_numbered():
    assert [numbered(1, 3), numbered(0, 1)] == [" (2/3)", ""]


def test_what_does_not_fit_the_most_messages_is_announced():
    parts = text_parts("word " * 10_000, 1_000, at_most=3)
    assert len(parts) == 3
    assert "whole output has 50000 characters" in parts[-1]
    assert parts[-1].startswith("word ")
    assert all(len(part) <= 1_000 for part in parts)


def test_a_text_that_just_fits_the_most_messages_is_not_announced():
    parts = text_parts("x" * 3_000, 1_000, at_most=3)
    assert parts == ["x" * 1_000] * 3


def test_text_behind_very_much_white_space_is_not_lost_silently():
    parts = text_parts("a" + "\n" * 100_000 + "b", 1_000, at_most=3)
    assert "whole output has" in parts[-1]


def test_text_that_begins_with_very_much_white_space_is_sent():
    assert text_parts(" " * 100_000 + "\n" * 100_000 + "b", 1_000, at_most=3) == ["b"]


@pytest.mark.parametrize("value", [0, -1, "5", True, 1.5, 201, None])
def test_a_bad_number_of_messages_is_refused(value):
    with pytest.raises(FormatterError, match=r"options\.max_messages"):
        max_messages(FormatConfig(options={"max_messages": value}))
