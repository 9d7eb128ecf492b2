"""The options of a webhook that formats have in common, and which ones a format has."""

from __future__ import annotations

from notifications.formatters.base import FormatConfig, Formatter, FormatterError
from pages.sentence import Sentence

USUAL_MESSAGES = 25
"""Of 4 000 characters. Longer results are ended with a notice; `options["max_messages"]` of a
webhook changes it."""
MOST_MESSAGES = 200
"""More than anybody reads, and about what a chat takes in ten minutes."""


def check_options(formatter: Formatter, config: FormatConfig) -> None:
    """Raise `FormatterError` for options that the format does not have, or cannot be so."""
    if formatter.options is None:
        return
    for name in config.options:
        if name not in formatter.options:
            known = ", ".join(formatter.options)
            raise FormatterError(
                f"options.{name}",
                Sentence("no such option; there are: %(known)s", known=known)
                if known
                else Sentence("no such option; this format has none"),
            )
    if "max_messages" in formatter.options:
        max_messages(config)


def max_messages(config: FormatConfig, usual: int = USUAL_MESSAGES) -> int:
    """Most messages that one result may become, where the webhook does not say: `usual`.

    Raises `FormatterError` for a bad option.
    """
    value = config.options.get("max_messages", usual)
    if type(value) is int and 1 <= value <= MOST_MESSAGES:  # True is an int, too
        return value
    raise FormatterError(
        "options.max_messages",
        Sentence(
            "%(value)r is not possible; give a number from 1 to %(most)d",
            value=value,
            most=MOST_MESSAGES,
        ),
    )
