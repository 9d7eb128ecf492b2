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

from notifications import event_bus, publisher, sender, subscriptions
from notifications.carriers import http
from scheduling import standing, toolbox, triggers
from tests.scheduling.threads import await_true

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
    sender.lanes.cache_clear()
    publisher.forget()
    subscriptions.forget()
    event_bus.connection.cache_clear()
    if http.transport.cache_info().currsize:
        http.transport().close()
        http.transport.cache_clear()


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
        triggers.forget()

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
        # Of two threads that connect first at one moment, one would find it locked: nobody waits
        # for a change of the journal.
        target.execute("PRAGMA journal_mode=WAL")
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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL drops no database that a thread still has open.

    Some threads live as long as their process (MCP's, those of tools and steps): their idle
    sessions are ended. One that is still at work after its test is a fault of that test.
    """
    yield
    end_tool_threads()
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock():
        await_true(lambda: not _asked(_AT_WORK), "the threads to rest")
        _asked(_END_THEM)
        await_true(
            lambda: not _asked(_OTHER_SESSIONS), "the sessions of threads to end"
        )
        connection.close()


_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_OTHER_SESSIONS = f"SELECT state, query {_OTHERS}"
_AT_WORK = f"{_OTHER_SESSIONS} AND state <> 'idle'"
_END_THEM = f"SELECT pg_terminate_backend(pid) {_OTHERS}"


def _asked(question: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


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
