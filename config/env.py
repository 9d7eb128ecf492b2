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
from urllib.parse import unquote, urlsplit

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


_MAIL_BACKENDS = "django.core.mail.backends"
#: Scheme of `EMAIL_URL` -> port unless it is named, STARTTLS, TLS from the first byte.
_MAIL = {
    "smtp": (25, False, False),
    "smtp+tls": (587, True, False),
    "smtps": (465, False, True),
}


def mail_server(url: str) -> dict[str, Any]:
    """Return Django's `EMAIL_…` settings of `EMAIL_URL`; without one there is no host.

    `smtp+tls://user:password@host:587` begins with STARTTLS, `smtps://` with TLS, `smtp://`
    has none; `console://` prints what would be sent. Special characters of the password are
    percent-encoded. Raises `ImproperlyConfigured`, without the URL: it is a secret.
    """
    scheme, _, _ = url.partition("://")
    port, starttls, tls = _MAIL.get(scheme, (25, False, False))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or port
    except ValueError:
        parts, host = urlsplit(""), ""
    if url and scheme != "console" and not (scheme in _MAIL and host):
        raise ImproperlyConfigured(
            "EMAIL_URL is no address of a mail server: write smtp+tls://user:password@host, "
            "smtps://… (TLS from the first byte), smtp://… (no TLS) or console:// (prints only)."
        )
    kind = "console" if scheme == "console" else "smtp"
    return {
        "EMAIL_BACKEND": f"{_MAIL_BACKENDS}.{kind}.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": starttls,
        "EMAIL_USE_SSL": tls,
    }
