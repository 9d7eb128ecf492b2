"""The formats' names for people, in the reader's language.

The formats themselves are pure and know no languages, so their words are marked here.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from notifications.formatters import FORMATTERS

_TRANSLATED = (
    gettext_noop("Raw JSON"),
    gettext_noop("JSON template"),
    gettext_noop("Signal output (table)"),
    gettext_noop("E-mail"),
    gettext_noop("Inbox here"),
)


def format_label(name: str) -> str:
    """The label of the format `name`; the name itself of one that is not registered (any more)."""
    known = FORMATTERS.get(name)
    return gettext(known.label) if known else name


def webhook_label(name: str, format_name: str) -> str:
    """What people call a webhook: its name, or without one the label of its format."""
    # Deliveries keep the format's name where the webhook had none.
    return name if name and name != format_name else format_label(format_name)


def format_choices() -> list[tuple[str, str]]:
    """Every format as a choice of a form or a filter."""
    return [(name, format_label(name)) for name in FORMATTERS]
