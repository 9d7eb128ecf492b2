"""Typed readers of the environment.

Every reader fails loudly: a value that cannot be read raises `ImproperlyConfigured` naming the
variable, the value and what would be right. A secret may be given by file: `NAME_FILE=/path`.
"""

from __future__ import annotations

import dataclasses
import os
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
T = TypeVar("T")


def secret(name: str, default: str = "") -> str:
    """Return `NAME`, or the stripped content of the file that `NAME_FILE` points to."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE={path}: cannot be read ({error.strerror}); "
            f"give a readable file or set {name}."
        ) from error


def words(value: str) -> tuple[str, ...]:
    """Split a comma-separated value, dropping blanks."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _cast(name: str, raw: str, kind: Any) -> Any:
    if kind is bool:
        return env.bool(name)
    if kind in (int, float, str):
        try:
            return kind(raw)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}={raw!r} is not {'a whole number' if kind is int else 'a number'}."
            ) from error
    if kind == tuple[str, ...]:
        return words(raw)
    if isinstance(kind, types.UnionType):  # "float | None"
        inner = next(a for a in typing.get_args(kind) if a is not type(None))
        return _cast(name, raw, inner) if raw else None
    raise TypeError(f"{name}: no reader for {kind}")


def read_into(settings_class: type[T], prefix: str) -> T:
    """Build an app's settings (a frozen dataclass of its `conf.py`) from the environment.

    A field is read from `PREFIX_FIELD`, or from the variable in its `metadata["env"]`; with
    `metadata["secret"]` also from a file. Fields that the environment does not name keep
    their default.
    """
    hints = typing.get_type_hints(settings_class)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(settings_class):  # type: ignore[arg-type]
        name = field.metadata.get("env", f"{prefix}_{field.name}".upper())
        raw = secret(name) if field.metadata.get("secret") else os.environ.get(name, "")
        if raw:
            values[field.name] = _cast(name, raw, hints[field.name])
    return settings_class(**values)
