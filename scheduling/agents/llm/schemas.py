"""PURE: JSON schemas (draft 2020-12) that answers must fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend
from pydantic_core import SchemaError as PatternError
from pydantic_core import SchemaValidator, core_schema
from pydantic_core import ValidationError as NoMatch
from referencing.jsonschema import EMPTY_REGISTRY

from pages.sentence import Sentence as _

_MOST_CHARS = 300
#: Deeper ones neither people write nor Python's stack can hold.
_MOST_DEPTH = 40
#: Subschemas, each counted as often as something refers to it: that is what a check may take.
_MOST_PARTS = 2_000
_REFERENCES = frozenset({"$ref", "$dynamicRef"})


def check_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return `schema` if answers can be checked with it. Raises `ValueError` naming the place."""
    _check_depth(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(
            _(
                "%(place)s of the schema: %(words)s",
                place=error.json_path,
                words=error.message[:_MOST_CHARS],
            )
        ) from None
    if schema.get("type") != "object":
        raise ValueError(_('the schema must have "type": "object" at its top'))
    for reference in _references(schema):
        # Others would be fetched from wherever they point to.
        if not reference.startswith("#"):
            raise ValueError(
                _(
                    "$ref %(reference)s of the schema: only those that begin with # are"
                    " followed",
                    reference=reference[:_MOST_CHARS],
                )
            )
    _Parts(schema).count(schema)
    return schema


def misfit(schema: dict[str, Any], answer: object) -> str:
    """Say where and why `answer` does not fit `schema`; "" when it does."""
    validator = _Validator(schema, registry=EMPTY_REGISTRY)
    error = best_match(validator.iter_errors(answer))
    if not isinstance(error, ValidationError):
        return ""
    return f"{error.json_path}: {error.message[:_MOST_CHARS]}"


@lru_cache(maxsize=512)
def _pattern(text: str) -> SchemaValidator:
    """Return a check in linear time, for the text is a model's. Raises `PatternError`.

    Python's own `re` can take years, and holds up the whole process meanwhile.
    """
    return SchemaValidator(core_schema.str_schema(pattern=text))


def _fits_pattern(
    _validator: object, text: str, answer: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(answer, str):
        try:
            _pattern(text).validate_python(answer)
        except NoMatch:
            words = f"{answer[:80]!r} does not match {text!r}"
            yield ValidationError(words)


def _are_unique(
    _validator: object, wanted: object, answer: object, _schema: object
) -> Iterator[ValidationError]:
    """The library compares each with each, which takes minutes for some thousand objects."""
    if wanted is True and isinstance(answer, list):
        texts = {json.dumps(each, sort_keys=True) for each in answer}
        if len(texts) < len(answer):
            yield ValidationError("has elements that are not unique")


_Validator: Any = extend(
    Draft202012Validator, {"pattern": _fits_pattern, "uniqueItems": _are_unique}
)


def _check_depth(schema: object) -> None:
    nodes: list[tuple[Any, int]] = [(schema, 0)]
    while nodes:
        node, depth = nodes.pop()
        if depth > 2 * _MOST_DEPTH:
            raise ValueError(_("the schema is nested too deeply"))
        if isinstance(node, dict):
            node = list(node.values())
        if isinstance(node, list):
            nodes += [(part, depth + 1) for part in node]


class _Parts:
    """Counts what checking an answer may take, references followed."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._known: dict[str, int] = {}
        self._open: set[str] = set()

    def count(self, node: object) -> int:
        """Return how many parts `node` stands for. Raises `ValueError` when no answer should meet it."""
        parts = 1
        if isinstance(node, dict):
            _check_words(node)
            for name, value in node.items():
                is_reference = name in _REFERENCES and isinstance(value, str)
                if name not in ("$defs", "definitions") or node is not self._schema:
                    parts += (
                        self._referred(value) if is_reference else self.count(value)
                    )
        elif isinstance(node, list):
            parts += sum(map(self.count, node))
        if parts > _MOST_PARTS:
            raise ValueError(_("the schema refers to its parts too often"))
        return parts

    def _referred(self, reference: str) -> int:
        if reference in self._open:
            raise ValueError(_("$ref %(reference)s of the schema leads in a circle", reference=reference))  # fmt: skip
        if reference not in self._known:
            self._open.add(reference)
            self._known[reference] = self.count(self._target(reference))
            self._open.remove(reference)
        return self._known[reference]

    def _target(self, reference: str) -> object:
        node: Any = self._schema
        path = reference.removeprefix("#")
        try:
            if path and not path.startswith("/"):
                raise KeyError(path)
            for step in path.split("/")[1:]:
                name = unquote(step).replace("~1", "/").replace("~0", "~")
                node = node[int(name) if isinstance(node, list) else name]
        except (LookupError, TypeError, ValueError):
            raise ValueError(_("$ref %(reference)s of the schema leads nowhere", reference=reference[:_MOST_CHARS])) from None  # fmt: skip
        return node


def _check_words(node: dict[str, Any]) -> None:
    """Refuse words with which a check could not be bounded."""
    if isinstance(pattern := node.get("pattern"), str):
        try:
            _pattern(pattern)
        except PatternError:
            raise ValueError(_("pattern %(pattern)s of the schema is no regular expression that takes linear time (as RE2 has them)", pattern=pattern[:_MOST_CHARS])) from None  # fmt: skip
    if isinstance(node.get("patternProperties"), dict):
        words = _("the schema must not have patternProperties")
        raise ValueError(words)  # noqa: TRY004 -- pydantic reports ValueErrors only


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in _REFERENCES and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
