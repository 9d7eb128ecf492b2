from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.formatters import (
    FormatConfig,
    FormatterError,
    NotificationPayload,
    get_formatter,
)


def payload(content="Hello **world**", **changes):
    fields = {
        "task_id": "morning-report",
        "task_name": "Morning report",
        "run_id": "r1",
        "user_id": "45",
        "output_type": "text",
        "content": content,
        "metadata": {},
    }
    return NotificationPayload(**(fields | changes))


def filled(template, *args, **changes):
    config = FormatConfig(body_template=template)
    (message,) = get_formatter("template").messages(payload(*args, **changes), config)
    return message


def test_every_variable_of_the_contract_is_there():
    template = {
        name: f"<{{{{{name}}}}}>"
        for name in (
            "task_id",
            "task_name",
            "run_id",
            "user_id",
            "output_type",
            "content",
        )
    }
    assert filled(template) == {
        "task_id": "<morning-report>",
        "task_name": "<Morning report>",
        "run_id": "<r1>",
        "user_id": "<45>",
        "output_type": "<text>",
        "content": "<Hello **world**>",
    }


def test_every_key_of_the_metadata_is_a_variable():
    metadata = {"ticker": "VNM", "score": 7}
    template = {"t": "{{ticker}}", "s": "{{score}}", "both": "{{ticker}}: {{score}}"}
    assert filled(template, metadata=metadata) == {"t": "VNM", "s": 7, "both": "VNM: 7"}


def test_metadata_cannot_take_the_place_of_a_field():
    assert filled({"id": "{{task_id}}"}, metadata={"task_id": "x"}) == {
        "id": "morning-report"
    }


def test_content_is_put_in_as_text():
    assert filled({"c": "{{content}}"}, {"output": "hi"}) == {"c": "hi"}


def test_an_unknown_name_becomes_empty():
    assert filled({"c": "[{{nothing}}]"}) == {"c": "[]"}


def test_keys_and_other_values_stay():
    template = {"a": [1, None, True, {"b": "{{run_id}}"}]}
    assert filled(template) == {"a": [1, None, True, {"b": "r1"}]}


@pytest.mark.parametrize(
    "text", ['"},{"x":"', "\\", "\n\t\x01", "{{user_id}}", "'; DROP"]
)
def test_what_an_agent_wrote_stays_inside_its_string(text):
    made = filled({"c": "{{content}}", "d": "say: {{content}}"}, text)
    assert json.loads(json.dumps(made)) == {"c": text, "d": f"say: {text}"}


def test_a_template_stored_as_json_text_works():
    assert filled('{"id": "{{run_id}}"}') == {"id": "r1"}


@pytest.mark.parametrize("template", [None, [], "text", "{", 5, "[1]"])
def test_a_template_that_is_no_object_is_refused(template):
    with pytest.raises(FormatterError, match="body_template") as caught:
        filled(template)
    assert caught.value.field == "body_template"


def test_the_form_can_check_a_template_before_saving():
    check = get_formatter("template").check_config
    check(FormatConfig(body_template={"a": "{{any_metadata}}"}))
    with pytest.raises(
        FormatterError, match=r"body_template: .*in a\[0\] at position 2"
    ):
        check(FormatConfig(body_template={"a": ["x {{b"]}))


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers()))
def test_the_body_is_always_json_of_the_same_shape(content, metadata):
    template = {"a": "{{content}}", "b": ["{{task_id}} {{content}}"], "c": {"d": "x"}}
    made = filled(template, content, metadata=metadata)
    assert json.loads(json.dumps(made)) == {
        "a": content,
        "b": [f"morning-report {content}"],
        "c": {"d": "x"},
    }
