"""Conditions on JSON: JMESPath expressions that people write. Pure.

An expression stands in a finishing transaction and may be anybody's, so it can neither run for
long nor make more than a few times what it was given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import jmespath
from jmespath import exceptions, functions
from jmespath.parser import ParsedResult

from pages.sentence import Sentence
from signals.sanitise import JSON

MAX_CHARS = 1_000
"""A longer expression is refused."""
_MOST_COPIES = 16
_MOST_JOINED = 1_000_000
_MOST_STEPS = 2_000_000
"""Parts of the expression times values of what it is asked about: some two seconds at the worst."""
_SHOWN_CHARS = 200
_COPYING = frozenset({"multi_select_list", "multi_select_dict"})


class ConditionError(ValueError):
    """An expression that is wrong, or does not fit what it is asked about; says where and why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def check(expression: str) -> None:
    """Raise `ConditionError` unless `expression` is JMESPath that may be asked here."""
    if len(expression) > MAX_CHARS:
        raise ConditionError(
            Sentence(
                "Has %(count)d characters; at most %(most)d are allowed.",
                count=len(expression),
                most=MAX_CHARS,
            )
        )
    _compiled(expression)


def find(expression: str, data: JSON) -> JSON:
    """What `expression` finds in `data`; None: nothing. Raises `ConditionError`."""
    parsed, parts = _compiled(expression)
    if not _is_small(data, _MOST_STEPS // parts):
        raise ConditionError(
            Sentence("what it looks at has too many values for so long an expression")
        )
    try:
        found: JSON = parsed.search(data, options=_OPTIONS)
    except (ValueError, ArithmeticError, TypeError) as error:
        # JMESPath's own errors are ValueErrors; so is what Python says to [::0] or ceil(NaN).
        words = " ".join(str(error).split())[:_SHOWN_CHARS]
        raise ConditionError(
            Sentence("does not fit: %(fault)s", fault=words)
        ) from error
    except RecursionError:
        raise ConditionError(
            Sentence("what it looks at is nested too deeply")
        ) from None
    return found


def is_true(found: JSON) -> bool:
    """JMESPath's own idea of true: all but null, false, and what is empty. So 0 is true."""
    return found is not None and found is not False and found not in ("", [], {})


def holds(expression: str, data: JSON) -> bool:
    """Whether `data` meets `expression`; what does not fit the data does not hold."""
    try:
        return is_true(find(expression, data))
    except ConditionError:
        return False


@lru_cache(maxsize=512)
def _compiled(expression: str) -> tuple[ParsedResult, int]:
    """The expression, and how many parts it has."""
    try:
        parsed = jmespath.compile(expression)
        nodes = list(_nodes(parsed.parsed))
    except exceptions.EmptyExpressionError:
        raise ConditionError(Sentence("is empty")) from None
    except exceptions.ParseError as error:
        raise ConditionError(_fault(expression, error)) from error
    except RecursionError:
        raise ConditionError(Sentence("is nested too deeply")) from None
    for node in nodes:
        if node["type"] == "function_expression":
            _check_call(node["value"], len(node["children"]))
    copies = prod(
        max(1, len(node["children"])) for node in nodes if node["type"] in _COPYING
    )
    if copies > _MOST_COPIES:
        raise ConditionError(
            Sentence(
                "its lists [a, b] and objects {a: b} would copy what they are given "
                "%(count)d times; at most %(most)d are allowed",
                count=copies,
                most=_MOST_COPIES,
            )
        )
    return parsed, len(nodes)


def _is_small(data: JSON, most: int) -> bool:
    """Whether there are at most so many values in `data`."""
    left, stack = most, [data]
    while stack and left > 0:
        value = stack.pop()
        if isinstance(value, dict | list):
            left -= len(value)
            if left > 0:
                stack.extend(value.values() if isinstance(value, dict) else value)
    return left >= 0


def _fault(expression: str, error: exceptions.ParseError) -> Sentence:
    at = getattr(error, "lex_position", len(expression))
    return Sentence(
        "%(fragment)r at position %(at)d: this is no JMESPath expression; write one such as "
        "%(example)s",
        fragment=expression[at : at + 40] or "the end",
        at=at,
        example="score > `0.7`",
    )


def _check_call(name: str, given: int) -> None:
    known = _Functions.FUNCTION_TABLE
    if name not in known:
        raise ConditionError(
            Sentence(
                "%(name)s(): no such function; there are: %(known)s",
                name=name,
                known=", ".join(sorted(known)),
            )
        )
    wanted = known[name]["signature"]
    variadic = bool(wanted) and bool(wanted[-1].get("variadic"))
    if given < len(wanted) or (given > len(wanted) and not variadic):
        raise ConditionError(
            Sentence(
                "%(name)s() takes %(wanted)d values, not %(given)d",
                name=name,
                wanted=len(wanted),
                given=given,
            )
        )


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


class _Functions(functions.Functions):
    """JMESPath's own, but for those that can make much of a little: join() multiplies two large
    things, and each to_string() of a text in a list doubles its quotes.
    """

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, parts: list[str]) -> str:
        if len(separator) * len(parts) + sum(map(len, parts)) > _MOST_JOINED:
            raise exceptions.JMESPathError("join() would make too long a text")
        return separator.join(parts)

    @functions.signature({"types": []})
    def _func_to_string(self, value: JSON) -> str:
        if isinstance(value, str):
            return value
        text = json.dumps(value, separators=(",", ":"), default=str)
        if len(text) > _MOST_JOINED:
            raise exceptions.JMESPathError("to_string() would make too long a text")
        return text


_OPTIONS = jmespath.Options(custom_functions=_Functions())
