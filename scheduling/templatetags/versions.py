"""Versions in templates: `{% load versions %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from scheduling.services.versions import REVERTED

register = template.Library()
_BEFORE, _, _AFTER = REVERTED.partition("%(number)s")


@register.filter
def note(text: str) -> str:
    """A version's note in the reader's language."""
    if text.startswith(_BEFORE) and text.endswith(_AFTER):
        return gettext(REVERTED) % {"number": text[len(_BEFORE) : -len(_AFTER)]}
    return gettext(text) if text else ""
