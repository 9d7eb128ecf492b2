"""Fixtures for every test.

The database is SQLite, or what DATABASE_URL names; the broker is away unless a test starts one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import connection, connections
from django.utils import translation
from pytest_django import Settings
from redis import Redis

from notifications import event_bus, sender
from scheduling import standing, toolbox

_STORES = {"db", "transactional_db", "valkey"}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks a database or a broker: the rest need not run again on other servers."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.get_closest_marker("django_db") or _STORES.intersection(fixtures):
            item.add_marker("stored")


@pytest.fixture(autouse=True)
def fresh_connections():
    """Clients that a process keeps must not outlive a test's settings."""
    yield
    event_bus.connection.cache_clear()
    if sender.transport.cache_info().currsize:
        sender.transport().close()
        sender.transport.cache_clear()


@pytest.fixture(autouse=True)
def english():
    """A request leaves its reader's language on in its thread, here for the next test."""
    translation.activate("en")
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def never_an_old_standing():
    """What a process knows for some seconds would be the rows of another test, or request."""

    def forget(**_: Any) -> None:
        standing.forget()

    forget()
    request_started.connect(forget)
    yield
    request_started.disconnect(forget)


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """`configure("SCHEDULING", chunk_size=3)`: change an app's settings for one test."""

    def change(app: str, **values: Any) -> None:
        setattr(settings, app, dataclasses.replace(getattr(settings, app), **values))

    return change


def end_tool_threads() -> None:
    """One that outlived its test would go on with the database of that test."""
    if toolbox._threads.cache_info().currsize:
        toolbox._threads().shutdown()
        toolbox._threads.cache_clear()


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Any) -> Iterator[None]:
    """The database as threads see it: SQLite's in memory cannot be shared, so a file."""
    if connection.vendor != "sqlite":
        yield
        end_tool_threads()
        return
    name = str(tmp_path / "shared.sqlite3")
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(name)) as target:
        connection.connection.backup(target)
    in_memory = connections["default"]
    # Not the fixture `monkeypatch`: it would outlive `transactional_db`, which cleans up.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.settings["default"], "NAME", name)
        connections["default"] = connections.create_connection("default")
        try:
            yield
        finally:
            end_tool_threads()
            connections["default"].close()
            connections["default"] = in_memory


@pytest.fixture
def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave no messages on a Redis that the gate lends."""
    url = os.environ.get("REDIS_URL")
    if url and not hasattr(session.config, "workerinput"):
        Redis.from_url(url).flushdb()


def pytest_report_header() -> str:
    from django.conf import settings

    return f"database: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"
