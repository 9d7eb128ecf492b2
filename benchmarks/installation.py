"""A throw-away installation: data folder, embedded Valkey, migrated database."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet
from psycopg import sql

PYTHON = sys.executable
PROJECT_DIR = Path(__file__).resolve().parents[1]


def databases(postgres: str = "") -> dict[str, str]:
    """Return the kinds of database to measure, each with what `installation` takes for it."""
    return {"sqlite": ""} | ({"postgresql": postgres} if postgres else {})


@contextmanager
def installation(postgres: str = "") -> Iterator[dict[str, str]]:
    """Yield the environment of a fresh installation on SQLite, or in a new database of the
    PostgreSQL server at `postgres`; everything is removed afterwards."""
    from config.supervisor import valkey

    with tempfile.TemporaryDirectory(prefix="backbeat-bench-") as folder:
        data = Path(folder)
        with _database(postgres, data) as database_url:
            env = {
                **os.environ,
                "DATA_DIR": folder,
                "DATABASE_URL": database_url,
                "REDIS_URL": valkey.redis_url(valkey.socket_path(data)),
                "SECRET_KEY": secrets.token_hex(32),
                "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
                "DJANGO_SETTINGS_MODULE": "config.settings.local",
                "LOG_LEVEL": "WARNING",
                "PYTHONPATH": str(PROJECT_DIR),
            }
            server = valkey.find_server(os.environ.get("PATH"))
            spec = valkey.server_spec(server, data, env)
            broker = subprocess.Popen(
                spec.argv, cwd=spec.cwd, stdout=subprocess.DEVNULL
            )
            try:
                while not valkey.answers(valkey.socket_path(data)):
                    time.sleep(0.05)
                subprocess.run(
                    [PYTHON, "manage.py", "migrate", "-v", "0"],
                    env=env,
                    cwd=PROJECT_DIR,
                    check=True,
                )
                yield env
            finally:
                broker.terminate()
                broker.wait()


@contextmanager
def _database(postgres: str, data: Path) -> Iterator[str]:
    if not postgres:
        yield f"sqlite:///{data}/backbeat.sqlite3"
        return
    name = f"backbeat_bench_{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield postgres.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
