"""System checks of the project's settings: each has an id and says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from scheduling.conf import is_user_id


@register(Tags.security)
def check_secrets(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The keys without which nothing may start."""
    found: list[CheckMessage] = []
    if not _has_secret_key():
        found.append(
            Error(
                "SECRET_KEY is not set.",
                hint="Set SECRET_KEY or SECRET_KEY_FILE to 50 random characters or more; "
                "`make up` makes one in the data folder. If it has, give its DATA_DIR to this command.",
                id="config.E001",
            )
        )
    if not settings.FIELD_ENCRYPTION_KEYS:
        found.append(
            Error(
                "FIELD_ENCRYPTION_KEYS is not set: webhook URLs and credentials cannot be kept.",
                hint="Set it (or FIELD_ENCRYPTION_KEYS_FILE) to one or more Fernet keys, "
                "separated by commas; the first encrypts, all decrypt.",
                id="config.E002",
            )
        )
    for number, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1):
        if not _is_fernet_key(key):
            found.append(
                Error(
                    f"FIELD_ENCRYPTION_KEYS: key {number} is no Fernet key.",
                    hint="A key is 32 bytes in URL-safe base64 (44 characters), as "
                    "cryptography's Fernet.generate_key() makes it.",
                    id="config.E003",
                )
            )
    return found


@register()
def check_limits(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Settings that would contradict one another."""
    found: list[CheckMessage] = []
    conf = settings.SCHEDULING
    if conf.heartbeat_seconds * 2 > conf.lease_seconds:
        found.append(
            Error(
                f"SCHEDULING_HEARTBEAT_SECONDS={conf.heartbeat_seconds} is too slow for "
                f"SCHEDULING_LEASE_SECONDS={conf.lease_seconds}.",
                hint="A lease must last two heartbeats or more, else live runs are rescued.",
                id="config.E004",
            )
        )
    if settings.NOTIFICATIONS.total_seconds * 2 > settings.NOTIFICATIONS.lease_seconds:
        found.append(
            Error(
                "NOTIFICATIONS_LEASE_SECONDS is shorter than two POSTs may take.",
                hint="Make it at least twice NOTIFICATIONS_TOTAL_SECONDS.",
                id="config.E005",
            )
        )
    found += _positive(
        ("SCHEDULING", conf, ("chunk_size", "dispatch_batch", "worker_capacity", "lease_seconds", "beat_poll_seconds", "beat_lease_seconds", "heartbeat_seconds", "grace_seconds", "monitor_seconds")),
        ("NOTIFICATIONS", settings.NOTIFICATIONS, ("total_seconds", "connect_seconds", "max_attempts", "max_answer_bytes", "max_recipients")),
        ("SIGNALS", settings.SIGNALS, ("max_body_bytes", "claim_lease_seconds", "claim_limit")),
    )  # fmt: skip
    if conf.monitor_url and not _is_web_address(conf.monitor_url):
        found.append(
            Error(
                "SCHEDULING_MONITOR_URL is no web address.",  # itself a secret
                hint="Give the ping URL whole, as https://…",
                id="config.E008",
            )
        )
    if conf.serve_user and not is_user_id(conf.serve_user):
        found.append(
            Error(
                f"SCHEDULING_SERVE_USER={conf.serve_user!r} is no user's id.",
                hint="Give the number of the user whose tasks alone are served; empty: all.",
                id="config.E011",
            )
        )
    try:
        ZoneInfo(conf.default_timezone)
    except (ValueError, OSError, KeyError):
        found.append(
            Error(
                f"SCHEDULING_DEFAULT_TIMEZONE={conf.default_timezone!r} is no IANA zone.",
                hint="For example Asia/Ho_Chi_Minh or UTC.",
                id="config.E006",
            )
        )
    return found


@register()
def check_mail(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Whom mail says it is from, and whether the library of other services is there."""
    found: list[CheckMessage] = []
    sender = settings.DEFAULT_FROM_EMAIL
    try:
        validate_email(parseaddr(sender)[1].replace("@localhost", "@localhost.example"))
    except ValidationError:
        found.append(
            Error(
                f"DEFAULT_FROM_EMAIL={sender!r} is no e-mail address.",
                hint="For example backbeat@example.org, or Backbeat <backbeat@example.org>.",
                id="config.E009",
            )
        )
    if settings.EMAIL_HOST and sender.rstrip(">").endswith("@localhost"):
        found.append(
            Warning(
                f"Mail would say that it is from {sender}, and many servers refuse that.",
                hint="Set DEFAULT_FROM_EMAIL to an address of your own domain.",
                id="config.W002",
            )
        )
    if settings.NOTIFICATIONS.apprise and find_spec("apprise") is None:
        found.append(
            Error(
                "NOTIFICATIONS_APPRISE is on, but Apprise is not installed.",
                hint="Install the extra, backbeat[apprise], or leave the setting out.",
                id="config.E010",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_ingest_key(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Without a key the ingest is shut, which is safe but seldom meant."""
    if settings.SIGNALS.ingest_keys:
        return []
    return [
        Warning(
            "INTERNAL_API_KEY is not set: POST /v2/signal-outputs/ingest refuses everybody.",
            hint="Set INTERNAL_API_KEY or INTERNAL_API_KEY_FILE (two keys, separated by a "
            "comma, while one is being rotated).",
            id="config.W001",
        )
    ]


def _positive(*groups: tuple[str, object, Sequence[str]]) -> list[CheckMessage]:
    return [
        Error(
            f"{prefix}_{name.upper()}={getattr(conf, name)} must be more than 0.",
            hint="Leave it out for the default.",
            id="config.E007",
        )
        for prefix, conf, names in groups
        for name in names
        if getattr(conf, name) <= 0
    ]


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _has_secret_key() -> bool:
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:  # how Django answers for an empty one
        return False


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
