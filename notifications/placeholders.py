"""`{{name}}` placeholders in texts and in the strings of JSON trees. Pure.

No template engine: a placeholder is a name, never an expression, so a template can reach
nothing but the variables it is given. Filling is a single pass, so `{{...}}` inside a value
that an agent wrote stays the text it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping

from pages.sentence import Sentence
from signals.sanitise import JSON

_NAME = r"[^\W\d][\w-]*"
_PLACEHOLDER = re.compile(r"\{\{[ \t]*(" + _NAME + r")[ \t]*\}\}")
_WHOLE_NAME = re.compile(_NAME)
_SHOWN_CHARS = 40
MAX_PLACEHOLDERS = 50
"""Most placeholders in one template: each may bring a whole output."""


class PlaceholderError(ValueError):
    """A template that would not do what its author meant.

    `where` is the path of the string inside the tree ("" for a plain text), `position` the
    offset of the fault in that string, `fragment` the faulty piece.
    """

    def __init__(
        self, problem: str, *, where: str, position: int, fragment: str
    ) -> None:
        self.where = where
        self.position = position
        self.fragment = fragment
        place = (
            Sentence("in %(where)s at position %(at)d", where=where, at=position)
            if where
            else Sentence("at %(at)d", at=position)
        )
        self.sentence = Sentence(
            "%(fragment)r %(place)s: %(problem)s",
            fragment=fragment,
            place=place,
            problem=problem,
        )
        super().__init__(self.sentence)


def validate(template: JSON, *, allowed: Collection[str] | None = None) -> None:
    """Raise `PlaceholderError` for the first placeholder in `template` that cannot be filled.

    `template` is a text or a whole JSON tree. With `allowed`, every other name is an error
    too, and the message lists the names there are.
    """
    count = 0
    for where, text in _strings(template, ""):
        _validate_text(text, where, allowed)
        count += len(_PLACEHOLDER.findall(text))
        if count > MAX_PLACEHOLDERS:
            raise PlaceholderError(
                Sentence(
                    "more than %(most)d placeholders; a large value would be "
                    "multiplied by their number",
                    most=MAX_PLACEHOLDERS,
                ),
                where=where,
                position=0,
                fragment=text[:_SHOWN_CHARS],
            )
    for where, key in _keys(template, ""):
        if "{{" in key:
            raise PlaceholderError(
                Sentence("placeholders are filled in values only, not in keys"),
                where=where,
                position=key.index("{{"),
                fragment=key[:_SHOWN_CHARS],
            )


def names(template: JSON) -> frozenset[str]:
    """The names that `template`, a text or a JSON tree, asks for."""
    return frozenset(
        match[1]
        for _, text in _strings(template, "")
        for match in _PLACEHOLDER.finditer(text)
    )


def render(text: str, variables: Mapping[str, object]) -> str:
    """`text` with each placeholder replaced by its variable; never raises.

    Unknown names become "". None becomes "", a str stays as it is, anything else becomes
    compact JSON. What is no placeholder (`{{`, `{{a.b}}`) stays as it stands.
    """
    return _PLACEHOLDER.sub(lambda match: _as_text(variables.get(match[1])), text)


def render_tree(tree: JSON, variables: Mapping[str, JSON]) -> JSON:
    """A copy of `tree` with the placeholders inside its string values filled. Keys stay.

    A string that is exactly one placeholder takes the variable's own JSON type, so
    `{"score": "{{score}}"}` may become `{"score": 7}`; inside a longer string every value is
    text. An unknown name and None are "" in both places, so a field keeps being a string.
    """
    if isinstance(tree, str):
        if whole := _PLACEHOLDER.fullmatch(tree):
            value = variables.get(whole[1])
            return "" if value is None else value
        return render(tree, variables)
    if isinstance(tree, list):
        return [render_tree(item, variables) for item in tree]
    if isinstance(tree, dict):
        return {key: render_tree(item, variables) for key, item in tree.items()}
    return tree


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _validate_text(text: str, where: str, allowed: Collection[str] | None) -> None:
    position = text.find("{{")
    while position != -1:
        end = text.find("}}", position + 2)
        if end == -1:
            raise PlaceholderError(
                Sentence('this "{{" is never closed by "}}"'),
                where=where,
                position=position,
                fragment=text[position : position + _SHOWN_CHARS],
            )
        if problem := _name_problem(text[position + 2 : end].strip(" \t"), allowed):
            raise PlaceholderError(
                problem,
                where=where,
                position=position,
                fragment=text[position : min(end + 2, position + _SHOWN_CHARS)],
            )
        position = text.find("{{", end + 2)


def _name_problem(name: str, allowed: Collection[str] | None) -> str:
    if not name:
        return Sentence("a name is missing between the braces")
    if "." in name:
        return Sentence(
            "a placeholder is one name; there is no access to parts with a dot"
        )
    if not _WHOLE_NAME.fullmatch(name):
        return Sentence(
            "a name is made of letters, digits, _ and -, and starts with a letter or _"
        )
    if allowed is not None and name not in allowed:
        return Sentence(
            "unknown name; there are: %(known)s",
            known=", ".join(sorted(allowed)) or "none",
        )
    return ""


def _strings(tree: JSON, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, str):
        yield where, tree
    for place, item in _children(tree, where):
        yield from _strings(item, place)


def _keys(tree: JSON, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for key in tree:
            yield where or "the top level", key
    for place, item in _children(tree, where):
        yield from _keys(item, place)


def _children(tree: JSON, where: str) -> Iterator[tuple[str, JSON]]:
    if isinstance(tree, dict):
        for key, item in tree.items():
            yield (f"{where}.{key}" if where else key), item
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield f"{where}[{index}]", item
