"""Makes `.venv` from a lock file, or leaves it when it is up to date: `environment.py LOCK`.

Runs with the system's Python, so it uses nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
VENV = PROJECT_DIR / ".venv"
# The development lock holds everything of the runtime lock too.
COVERS = {"requirements-dev.lock": ("requirements-dev.lock", "requirements.lock")}


def stamp(lock: str) -> Path:
    """Return the file that remembers which content of `lock` is installed."""
    return VENV / f".{lock}.installed"


def digest(lock: str) -> str:
    """Return the SHA-256 of a lock file."""
    return hashlib.sha256((PROJECT_DIR / lock).read_bytes()).hexdigest()


def is_current(lock: str) -> bool:
    """Tell whether `.venv` works and holds what `lock` says now."""
    python = VENV / "bin" / "python"
    mark = stamp(lock)
    return python.exists() and mark.exists() and mark.read_text() == digest(lock)


def install(lock: str) -> int:
    """Install `lock` into `.venv`, made if need be; return pip's exit code."""
    python = VENV / "bin" / "python"
    if not python.exists():
        say("making .venv")
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    say(f"installing {lock} (a minute or two the first time)")
    code = subprocess.call(  # noqa: S603 -- pip, with the lock that main() has checked
        [
            *(str(python), "-m", "pip", "install", "--require-hashes", "-r", lock),
            *("--quiet", "--disable-pip-version-check", "--progress-bar", "on"),
        ],
        cwd=PROJECT_DIR,
    )
    if code == 0:
        for covered in COVERS.get(lock, (lock,)):
            stamp(covered).write_text(digest(covered))
    return code


def say(text: str) -> None:
    """Print progress, kept apart from what a target prints."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if `.venv` stands, 2 after a wrong call."""
    if len(arguments) != 1 or not (PROJECT_DIR / arguments[0]).is_file():
        say("usage: environment.py requirements.lock|requirements-dev.lock")
        return 2
    if is_current(arguments[0]):
        return 0
    try:
        return install(arguments[0])
    except subprocess.CalledProcessError:
        say(
            "This Python cannot make virtual environments: it lacks ensurepip "
            "(on Debian and Ubuntu, install the package python3-venv)."
        )
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
