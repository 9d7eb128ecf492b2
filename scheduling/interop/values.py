"""Values of a file as the columns of a model hold them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime

from notifications.encryption import EncryptedJSONField
from scheduling.schedule_fields import parse_time
from scheduling.wall_clock import ScheduleError
from signals.sanitise import clean_json, clean_text

HUGE = 10**30
_MOST_NAMES = 20
_MOST = 2_147_483_647  # what a column holds


class BadValue(ValueError):
    """A value that the column does not take; says what would be right."""


def read_columns(
    model: type[models.Model], given: Mapping[str, Any], zone: tzinfo
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the columns that `given` (JSON) stands for, and what is wrong, both by name.

    Moments without an offset are meant in `zone`. Limits and choices are the model's to judge.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in given.items():
        try:
            values[name] = _read(model, name, value, zone)
        except BadValue as error:
            errors[name] = str(error)
    return values, errors


def shown(value: object) -> str:
    """The value in an error: short, on one line."""
    if isinstance(value, int) and abs(value) >= HUGE:
        return "a huge number"  # Python refuses to write the largest out
    text = clean_text(repr(value))
    return text if len(text) <= 80 else f"{text[:79]}…"


def some_of(names: Collection[str]) -> str:
    """The first of the names there are, for errors, and how many more."""
    more = len(names) - _MOST_NAMES
    told = ", ".join(sorted(names)[:_MOST_NAMES]) or "none"
    return f"{told} and {more} more" if more > 0 else told


def with_value(value: object, text: str) -> str:
    """The sentence with the value before it, unless it quotes it itself."""
    told = shown(value)
    found = re.search(rf"(?<!\w){re.escape(told.strip(chr(39)))}(?!\w)", text)
    return text if found else f"{told}: {text}"


def _read(model: type[models.Model], name: str, value: Any, zone: tzinfo) -> Any:
    try:
        field: Any = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:
        raise BadValue("is no field that can be loaded.") from None
    if value is None:
        if field.null:
            return None
        raise BadValue("may not be null: leave it out, or give a value.")
    if isinstance(field, EncryptedJSONField):
        return _texts(value)
    if isinstance(field, models.JSONField):
        return clean_json(value)
    for kind, read in _READERS:
        if isinstance(field, kind):
            return read(value, zone)
    return _chosen(field, _text(value, zone))


def _chosen(field: Any, text: str) -> str:
    known = [str(each) for each, _words in field.flatchoices]
    if known and text not in known and not (text == "" and field.blank):
        raise BadValue(f"{shown(text)}: choose one of {', '.join(known)}.")
    return text


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):  # fmt: skip
        raise BadValue(
            "expected names with a text each."
        )  # never the value: it may be a secret
    return {str(key): each for key, each in value.items()}


def _text(value: Any, _zone: tzinfo) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # ids of people and chats are numbers to many
    if not isinstance(value, str):
        raise BadValue(f"{shown(value)}: expected a text.")
    return clean_text(value)


def _truth(value: Any, _zone: tzinfo) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"{shown(value)}: write true or false.")
    return value


def _count(value: Any, _zone: tzinfo) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue(f"{shown(value)}: expected a whole number.")
    if not 0 <= value <= _MOST:
        raise BadValue(f"{shown(value)}: expected 0 to {_MOST}.")
    return value


def _amount(value: Any, _zone: tzinfo) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise BadValue(f"{shown(value)}: expected a number.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadValue(f"{shown(value)}: expected a number.")
    return number


def _clock(value: Any, _zone: tzinfo) -> time:
    if isinstance(value, time):
        return value
    try:
        return parse_time(value)
    except ScheduleError as error:
        raise BadValue(str(error.at_the_field)) from error


def _moment(value: Any, zone: tzinfo) -> datetime:
    try:
        read = parse_datetime(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, datetime):
        raise BadValue(f"{shown(value)}: expected a moment such as 2027-01-31T07:00:00+07:00.")  # fmt: skip
    return read if read.tzinfo else read.replace(tzinfo=zone)


_READERS: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.BooleanField, _truth),
    (models.IntegerField, _count),
    (models.DecimalField, _amount),
    (models.TimeField, _clock),
    (models.DateTimeField, _moment),
)
