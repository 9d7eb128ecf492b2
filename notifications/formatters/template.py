"""A body that the owner of the webhook wrote, with `{{var}}` placeholders in its strings.

The template is a JSON tree and is filled as one, so the result is valid JSON whatever the
agent wrote, and what looks like a placeholder inside a value stays text (CONTRACTS D).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from notifications import placeholders
from notifications.formatters.base import (
    FormatConfig,
    FormatterError,
    Message,
    NotificationPayload,
    extract_text,
)
from pages.sentence import Sentence
from signals.sanitise import JSON

EXAMPLE = '{"text": "{{content}}"}'
MISSING = Sentence(
    "is missing: write a JSON object such as %(example)s", example=EXAMPLE
)
NO_OBJECT = Sentence("must be a JSON object such as %(example)s", example=EXAMPLE)
_PROBLEMS = {
    "Expecting ',' delimiter": Sentence("a comma or a closing bracket is missing"),
    "Expecting ':' delimiter": Sentence("a colon is missing"),
    "Expecting value": Sentence("a value is missing, or a text has no double quotes"),
    "Expecting property name enclosed in double quotes": Sentence(
        "a name in double quotes is missing"
    ),
    "Illegal trailing comma before end of object": Sentence(
        "a comma stands after the last value"
    ),
    "Illegal trailing comma before end of array": Sentence(
        "a comma stands after the last value"
    ),
    "Unterminated string starting at": Sentence("a text has no closing quote"),
    "Invalid control character at": Sentence(
        "a line ends inside a text: write \\n for it"
    ),
    "Invalid \\escape": Sentence("a backslash stands before a letter that needs none"),
    "Invalid \\uXXXX escape": Sentence("four hexadecimal digits belong after \\u"),
    "Extra data": Sentence("there is more text after the end"),
}


@dataclass(frozen=True, kw_only=True)
class Blanks:
    """Placeholders that become nothing."""

    unknown: Sequence[str]
    """The run has no such value."""
    empty: Sequence[str]
    """It has one, and that is empty."""


def format_template(payload: NotificationPayload, config: FormatConfig) -> Message:
    """`body_template` filled with the payload.

    There are task_id, task_name, run_id, user_id, output_type, content (as text) and every
    key of the metadata; a string that is exactly one placeholder of a metadata value keeps
    that value's JSON type. Unknown names become "". Raises `FormatterError` for a template
    that is no JSON object.
    """
    filled = placeholders.render_tree(_template(config), variables(payload))
    if not isinstance(filled, dict):  # _template() returns an object
        raise FormatterError("body_template", Sentence("must be a JSON object"))
    return filled


def variables(payload: NotificationPayload) -> dict[str, JSON]:
    """What the placeholders stand for. The payload's own fields win over metadata."""
    return {
        **payload.metadata,
        "task_id": payload.task_id,
        "task_name": payload.task_name,
        "run_id": payload.run_id,
        "user_id": payload.user_id,
        "output_type": payload.output_type,
        "content": extract_text(payload.content),
    }


def check_template(config: FormatConfig) -> None:
    """Raise `FormatterError` unless `body_template` is an object with sound placeholders.

    Names are not checked: every run may bring other metadata.
    """
    try:
        placeholders.validate(_template(config))
    except placeholders.PlaceholderError as error:
        raise FormatterError("body_template", error.sentence) from error


def blanks(payload: NotificationPayload, config: FormatConfig) -> Blanks:
    """Which placeholders of `body_template` would vanish; raises as `format_template` does."""
    known = variables(payload)
    asked = placeholders.names(_template(config))
    return Blanks(
        unknown=sorted(asked - known.keys()),
        empty=sorted(
            name for name in asked & known.keys() if known[name] in (None, "")
        ),
    )


def _template(config: FormatConfig) -> dict[str, JSON]:
    template = config.body_template
    if isinstance(template, str) and template.lstrip().startswith("{"):
        try:
            template = json.loads(template)
        except json.JSONDecodeError as error:
            raise FormatterError("body_template", json_fault(error)) from error
    if template in (None, ""):
        raise FormatterError("body_template", MISSING)
    if not isinstance(template, dict):
        raise FormatterError("body_template", NO_OBJECT)
    return template


def json_fault(error: json.JSONDecodeError) -> Sentence:
    """What is wrong with a JSON text, and where, in plain words."""
    return Sentence(
        "This is no JSON: line %(line)d, column %(column)d: %(problem)s.",
        line=error.lineno,
        column=error.colno,
        problem=_PROBLEMS.get(error.msg, error.msg),
    )
