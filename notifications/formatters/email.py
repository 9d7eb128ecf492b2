"""E-mail: one message with its text as Markdown, of which the carrier makes HTML.

Mail has no limit of its own, but servers refuse what has megabytes and readers fold what is
long: a very long result goes along as a file, and the text is its beginning.
"""

from __future__ import annotations

from notifications import placeholders
from notifications.formatters.base import (
    FormatConfig,
    FormatterError,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    origin_text,
    session_link,
    title_text,
)
from notifications.formatters.template import variables
from notifications.splitting import clip, iter_parts, utf16_units
from pages.sentence import Sentence

LIMITS = Limits(title=200)
WHOLE = 200_000
"""UTF-16 units of the longest result that stands whole in the text."""
EXCERPT = 20_000
"""Of a longer one, this much stands there."""
ATTACHED = "output.md"
_TITLE_CHARS = 500
SUBJECT = "options.subject"


def format_email(payload: NotificationPayload, config: FormatConfig) -> Message:
    """`{subject, text, footer}`, and `attachment` when the text does not hold it all.

    `options.subject` is a line with the placeholders of the `template` format.
    """
    text = body_text(payload)
    message: Message = {
        "subject": _subject(payload, config),
        "text": text,
        "footer": origin_text(payload),
    }
    link = session_link(payload)
    if utf16_units(text) <= WHOLE:
        return message | ({"text": f"{text}\n\n{link}"} if link else {})
    beginning = next(iter_parts(text[: EXCERPT + 1], EXCERPT)).text
    notice = (
        f"… The whole output has {len(text)} characters and is attached as {ATTACHED}."
    )
    attachment = {"name": ATTACHED, "text": text}
    shown = "\n\n".join(filter(None, (beginning, notice, link)))
    return message | {"text": shown, "attachment": attachment}


def _subject(payload: NotificationPayload, config: FormatConfig) -> str:
    own = config.options.get("subject")
    filled = (
        placeholders.render(own, variables(payload)) if isinstance(own, str) else ""
    )
    # One line: the end of a header would begin another one.
    line = " ".join(filled[: LIMITS.title * 4].split())
    line = "".join(each for each in line if each.isprintable())
    return clip(line, LIMITS.title) if line else title_text(payload, LIMITS.title)


def check_subject(config: FormatConfig) -> None:
    """Raise `FormatterError` for a subject that cannot be filled."""
    subject = config.options.get("subject", "")
    if not isinstance(subject, str) or len(subject) > _TITLE_CHARS:
        raise FormatterError(
            SUBJECT,
            Sentence(
                "must be a text of at most %(most)d characters, such as %(example)s",
                most=_TITLE_CHARS,
                example='"{{task_name}}: {{status}}"',
            ),
        )
    try:
        placeholders.validate(subject)
    except placeholders.PlaceholderError as error:
        raise FormatterError(SUBJECT, error.sentence) from error
