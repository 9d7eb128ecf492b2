"""The whole gate, one line per step with its time: `gate.py [--static]`.

Read from the environment: TEST_POSTGRES_URL and TEST_REDIS_URL (the tests run a second time,
on these), REQUIRE_NODE=1 (a missing npm is a failure, not a step left out).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MODEL_SERVER = PROJECT_DIR / "tests" / "modelserver"
# What a developer's shell may hold and the tests must not see.
_OWN_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "INTERNAL_API_KEY",
)


@dataclass(frozen=True)
class Step:
    """One command of the gate; `shown` steps print as they go, others only if they fail."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = PROJECT_DIR
    shown: bool = False


def static_steps(data_dir: str) -> list[Step]:
    """Return format, lint, imports, types and Django's own checks."""
    django = {
        "DATA_DIR": data_dir,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "INTERNAL_API_KEY": secrets.token_urlsafe(32),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
    }
    production = {
        **django,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": "postgres://backbeat@localhost/backbeat",
        "REDIS_URL": "redis://localhost:6379/0",
    }
    manage = (sys.executable, "manage.py")
    warned = ("--fail-level", "WARNING")
    return [
        Step("format", (_bin("ruff"), "format", "--check", ".")),
        Step("lint", (_bin("ruff"), "check", ".")),
        Step("imports", (_bin("lint-imports"),)),
        Step("types", (_bin("mypy"), ".")),
        Step("check", (*manage, "check", *warned), django),
        Step("check --deploy", (*manage, "check", "--deploy", *warned), production),
        Step("migrations", (*manage, "makemigrations", "--check", "--dry-run"), django),
    ]


def test_steps() -> list[Step]:
    """Return the tests: on SQLite, what is stored again on the servers given, and flows.

    Flows start whole installations; what measures time has the machine for itself.
    """
    pytest = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup")
    steps = [Step("tests", (*pytest, "-m", "not broker"), shown=True)]
    servers = {
        name: os.environ[variable]
        for name, variable in (
            ("DATABASE_URL", "TEST_POSTGRES_URL"),
            ("REDIS_URL", "TEST_REDIS_URL"),
        )
        if os.environ.get(variable)
    }
    if servers:
        left_out = "broker or browser or node or access"
        again = (*pytest, "-m", f"stored and not ({left_out})")
        steps.append(Step("tests on servers", again, servers, shown=True))
    flows = (*pytest, "-m", "broker and not alone", "--durations", "5")
    alone = (sys.executable, "-m", "pytest", "-m", "alone")
    steps += [Step("flows", flows, shown=True), Step("alone", alone, shown=True)]
    return steps


def node_steps() -> list[Step]:
    """Return the install of the independent model server, if it is needed and npm is there."""
    lock = MODEL_SERVER / "package-lock.json"
    mark = MODEL_SERVER / "node_modules" / ".installed"
    if not lock.exists() or (mark.exists() and mark.read_text() == _digest(lock)):
        return []
    npm = shutil.which("npm")
    if npm is None and os.environ.get("REQUIRE_NODE") != "1":
        say("left out: npm is not installed, so its tests are skipped")
        return []
    command = (npm or "npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error")
    return [Step("npm ci", command, cwd=MODEL_SERVER)]


def run(step: Step) -> bool:
    """Run a step and print its line; return whether it succeeded."""
    clean = {k: v for k, v in os.environ.items() if k not in _OWN_VARIABLES}
    started = time.monotonic()
    try:
        done = subprocess.run(  # noqa: S603 -- the steps are written above
            step.command,
            cwd=step.cwd,
            env={**clean, **step.env},
            stdin=subprocess.DEVNULL,
            stdout=None if step.shown else subprocess.PIPE,
            stderr=None if step.shown else subprocess.STDOUT,
            check=False,
            text=True,
        )
        code, output = done.returncode, done.stdout or ""
    except OSError as error:
        code, output = 1, f"{step.command[0]}: {error.strerror}\n"
    if code:
        say(output.rstrip("\n"))
    verdict = "failed" if code else "ok"
    say(f"{verdict:<7}{step.name:<18}{time.monotonic() - started:7.1f} s")
    return code == 0


def main() -> int:
    """Run the gate; return 0 if all of it passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="leave out the tests")
    static_only = parser.parse_args().static
    with tempfile.TemporaryDirectory(prefix="backbeat-gate-") as data_dir:
        failed = [step.name for step in static_steps(data_dir) if not run(step)]
    if not failed and not static_only:
        failed = [step.name for step in node_steps() if not run(step)]
        if not failed:
            _remember_node()
            failed = [step.name for step in test_steps() if not run(step)]
    say(f"gate: failed at {', '.join(failed)}" if failed else "gate: all passed")
    return 1 if failed else 0


def say(text: str) -> None:
    """Print a line at once, in step with what the commands print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _remember_node() -> None:
    modules = MODEL_SERVER / "node_modules"
    if modules.is_dir():
        mark = _digest(MODEL_SERVER / "package-lock.json")
        (modules / ".installed").write_text(mark)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _bin(name: str) -> str:
    return str(BIN / name)


if __name__ == "__main__":
    sys.exit(main())
