"""A prepared installation that has not started yet, made once and copied for each test.

Migrations and static files take twenty of the thirty seconds of a first start. Those tests that
are about the first start make it; the others begin with a copy.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from config.supervisor.keys import key_files
from tests.flows.stack import NOT_INHERITED, PROJECT_DIR

_LEFT_BEHIND = shutil.ignore_patterns("*.sqlite3-*", "*.sock", "lock", "pids.json")


class Seed:
    """The prepared data folder, and with it a database on PostgreSQL when `server` is given."""

    def __init__(self, folder: Path, server: str = "") -> None:
        self.folder = folder
        self.server = server
        self.database = f"backbeat_seed_{secrets.token_hex(4)}" if server else ""
        self.welcome = ""
        """What a first start says to the person: the first admin's password."""

    def prepare(self) -> None:
        """Do what `up` does before it starts the processes."""
        self.folder.mkdir(parents=True)
        if self.server:
            self._execute("CREATE DATABASE {}", self.database)
        env = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}  # fmt: skip
        url = f"sqlite:///{self.folder}/backbeat.sqlite3"
        if self.server:
            url = _at(self.server, self.database)
        own = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "prepare"],
            cwd=PROJECT_DIR,
            env=env | key_files(self.folder, {}) | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.welcome = done.stdout

    def copy_to(self, data_dir: Path) -> None:
        """Make `data_dir` a folder like this one."""
        shutil.copytree(self.folder, data_dir, ignore=_LEFT_BEHIND)

    @contextlib.contextmanager
    def copied_database(self) -> Iterator[str]:
        """Copy the database; yield the URL of the copy, and drop it at the end."""
        name = f"backbeat_flow_{secrets.token_hex(4)}"
        # The server refuses while somebody else is connected to the template, even to copy it.
        with _alone(self.folder.with_suffix(".copying")):
            self._execute("CREATE DATABASE {} TEMPLATE {}", name, self.database)
        try:
            yield _at(self.server, name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def drop(self) -> None:
        if self.server:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            known = (sql.Identifier(name) for name in names)
            connection.execute(sql.SQL(statement).format(*known))


def _at(server: str, database: str) -> str:
    return server.rpartition("/")[0] + f"/{database}"


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
