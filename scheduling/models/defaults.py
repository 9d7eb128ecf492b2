"""What a row holds when nobody says otherwise, read from the settings when it is made."""

from __future__ import annotations

from django.conf import settings


def default_timezone() -> str:
    return settings.SCHEDULING.default_timezone


def default_deadline() -> int:
    return settings.SCHEDULING.default_deadline_seconds
