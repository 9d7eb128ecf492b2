"""What an options model refuses, by option and in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from pages.translation import translated
from scheduling.agents import backend_class

_WORDS = {
    "missing": _("This option is required."),
    "greater_than_equal": _("%(given)s is too small: at least %(ge)s."),
    "greater_than": _("%(given)s is too small: it must be more than %(gt)s."),
    "less_than_equal": _("%(given)s is too large: at most %(le)s."),
    "less_than": _("%(given)s is too large: it must be less than %(lt)s."),
    "string_too_short": _("Too short: at least %(min_length)s characters."),
    "string_too_long": _("Too long: at most %(max_length)s characters."),
    "too_short": _("Too few: at least %(min_length)s."),
    "too_long": _("Too many: at most %(max_length)s."),
    "string_type": _("%(given)s is no text."),
    "int_from_float": _("%(given)s is no whole number."),
    "dict_type": _('%(given)s is no JSON object such as {"name": "value"}.'),
    "list_type": _('%(given)s is no JSON list such as ["one", "two"].'),
    "literal_error": _("%(given)s is not possible: choose from the list."),
    "extra_forbidden": _("This backend has no such option."),
}
_MOST_CHARS = 80


def option_errors(kind: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (option, what is wrong with it); the option is "" where none can be blamed."""
    model = backend_class(kind).options_class
    try:
        model.model_validate(dict(options))
    except ValidationError as refused:
        for error in refused.errors():
            where, *inside = error["loc"] or ("",)
            words = _in_words(error)
            if inside:
                place = " ".join(str(_counted(each)) for each in inside)
                words = gettext("%(place)s: %(fault)s") % {
                    "place": place,
                    "fault": words,
                }
            yield str(where) or _named(words, model.model_fields, options), words


def _in_words(error: Any) -> str:
    context = error.get("ctx", {})
    given = str(error["input"])
    if len(given) > _MOST_CHARS:
        given = f"{given[:_MOST_CHARS]}…"
    if template := _WORDS.get(error["type"]):
        return str(template % (context | {"given": given}))
    raised = context.get("error")
    if raised is None or not raised.args:
        return gettext("%(place)s: %(fault)s") % {"place": given, "fault": error["msg"]}
    words = translated(raised.args[0])
    if error["loc"] and isinstance(error["input"], str) and given not in words:
        return gettext("%(place)s: %(fault)s") % {"place": given, "fault": words}
    return words


def _counted(place: object) -> object:
    """Lists are counted from one by people."""
    return place + 1 if isinstance(place, int) else place


def _named(words: str, known: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The option that an error of the whole speaks of: rather one that is not there."""
    named = [name for name in known if re.search(rf"\b{re.escape(name)}\b", words)]
    named.sort(key=lambda name: name in given)
    return named[0] if named else ""
