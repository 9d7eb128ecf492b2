"""Fixtures for every test.

The database is SQLite, or what DATABASE_URL names; the broker is away unless a test starts one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from notifications import event_bus, sender


@pytest.fixture(autouse=True)
def fresh_connections():
    """Clients that a process keeps must not outlive a test's settings."""
    yield
    event_bus.connection.cache_clear()
    if sender.transport.cache_info().currsize:
        sender.transport().close()
        sender.transport.cache_clear()


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """`configure("SCHEDULING", chunk_size=3)`: change an app's settings for one test."""

    def change(app: str, **values: Any) -> None:
        setattr(settings, app, dataclasses.replace(getattr(settings, app), **values))

    return change


@pytest.fixture
def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def pytest_report_header() -> str:
    from django.conf import settings

    return f"database: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"
