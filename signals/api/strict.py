"""Parts that the serializers of every app share: nothing is shrugged at, nothing unclean kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from signals.sanitise import clean_json


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer to which an error is what another would shrug at or convert, naming the field.

    That is a field that it does not know, and a value of another JSON type. Read-only fields
    are known, so what was read can be sent back.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = self._unknown(data) | self._mistyped(data)
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _unknown(self, data: Mapping[Any, Any]) -> dict[Any, Any]:
        unknown = [str(key) for key in data if key not in self.fields]
        known = ", ".join(
            name for name, field in self.fields.items() if not field.read_only
        )
        return {key: [f"Unknown field. Known are: {known}."] for key in unknown}

    def _mistyped(self, data: Mapping[Any, Any]) -> dict[Any, Any]:
        given = (
            (name, field, data[name])
            for name, field in self.fields.items()
            if name in data and not field.read_only
        )
        return _all_mistyped(given)


class CleanJSONField(serializers.JSONField):
    """Any JSON, without what a database cannot store (NUL, lone surrogates, extreme depth)."""

    def to_internal_value(self, data: Any) -> Any:
        return clean_json(super().to_internal_value(data))


@extend_schema_field({"type": "object", "additionalProperties": {}})
class CleanObjectField(CleanJSONField):
    """A JSON object of anything, as clean."""

    default_error_messages = {"no_object": "Must be a JSON object, in braces."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            self.fail("no_object")
        return super().to_internal_value(data)


class IdField(serializers.CharField):
    """An id of the outside world as text; a JSON integer is taken as its digits."""


class _Kind(NamedTuple):
    """What a value of some class of fields is in JSON, which DRF itself takes more widely."""

    of: type[serializers.Field[Any, Any, Any, Any]]
    fits: Callable[[Any], bool]
    expected: str


def _is_text(data: object) -> bool:
    return isinstance(data, str)


def _is_number(data: object) -> bool:
    return isinstance(data, (int, float)) and not isinstance(data, bool)


def _is_whole(data: object) -> bool:
    return _is_number(data) and data % 1 == 0  # type: ignore[operator]  # as JSON Schema: 5.0 is one


def _is_like(pattern: str) -> Callable[[Any], bool]:
    return lambda data: isinstance(data, str) and bool(re.fullmatch(pattern, data))


MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?"
"""The texts that may be moments; without an offset they are meant in the zone of what they are of."""
_HEX = "[0-9A-Fa-f]"
_KINDS = (  # the first that a field is of
    _Kind(IdField, lambda data: _is_text(data) or _is_whole(data), "an id, in quotes"),
    _Kind(serializers.CharField, _is_text, "a text, in quotes"),
    _Kind(serializers.IntegerField, _is_whole, "a whole number, without quotes"),
    _Kind(serializers.FloatField, _is_number, "a number, without quotes"),
    _Kind(
        serializers.DecimalField,
        lambda data: _is_number(data) or _is_like(r"[0-9]+(\.[0-9]+)?")(data),
        "a number such as 0.25, in quotes or without",
    ),
    _Kind(
        serializers.BooleanField,
        lambda data: isinstance(data, bool),
        "true or false, without quotes",
    ),
    _Kind(
        serializers.DateTimeField,
        _is_like(MOMENT),
        "a moment such as 2027-01-31T07:00:00+07:00",
    ),
    _Kind(
        serializers.DateField,
        _is_like(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        "a date such as 2027-01-31",
    ),
    _Kind(
        serializers.UUIDField,
        _is_like("-".join(f"{_HEX}{{{length}}}" for length in (8, 4, 4, 4, 12))),
        "a UUID in five groups with dashes",
    ),
)


def _all_mistyped(given: Iterable[tuple[Any, Any, Any]]) -> dict[Any, Any]:
    found = ((key, _mistyped(field, data)) for key, field, data in given)
    return {key: wrong for key, wrong in found if wrong}


def _mistyped(field: Any, data: Any) -> list[str] | dict[Any, Any]:
    """Say where `data` is of another JSON type; what is no scalar, DRF refuses by itself."""
    if isinstance(field, serializers.ListField) and isinstance(data, list):
        return _all_mistyped(
            (place, field.child, each) for place, each in enumerate(data)
        )
    if isinstance(field, serializers.DictField) and isinstance(data, Mapping):
        return _all_mistyped((key, field.child, each) for key, each in data.items())
    if isinstance(data, (str, int, float)):
        for kind in _KINDS:
            if isinstance(field, kind.of):
                return [] if kind.fits(data) else [_refusal(kind.expected, data)]
    return []


def _refusal(expected: str, data: object) -> str:
    shown = json.dumps(data, ensure_ascii=False)
    return f"Expected {expected}; this is {shown[:40]}."
