"""A body that the owner of the webhook wrote, with `{{var}}` placeholders in its strings.

The template is a JSON tree and is filled as one, so the result is valid JSON whatever the
agent wrote, and what looks like a placeholder inside a value stays text (CONTRACTS D).
"""

from __future__ import annotations

import json

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


def _template(config: FormatConfig) -> dict[str, JSON]:
    template = config.body_template
    if isinstance(template, str):
        try:
            template = json.loads(template)
        except ValueError as error:
            raise FormatterError(
                "body_template",
                Sentence(
                    "is not valid JSON (%(error)s); write a JSON object", error=error
                ),
            ) from error
    if not isinstance(template, dict):
        raise FormatterError(
            "body_template",
            f'{template!r:.60} is not a JSON object such as {{"text": "{{{{content}}}}"}}',
        )
    return template
