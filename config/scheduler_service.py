"""Backbeat without its web side, on one machine: how it starts, stops, and who holds it.

The lock of the data folder is the truth about what runs here. The PID file is for the tools of
other people: it is written and taken away by who holds the lock, and never believed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.supervisor.console import Console
from config.supervisor.exceptions import (
    AlreadyRunningError,
    StartFailedError,
    SupervisorError,
)
from config.supervisor.leftovers import end_leftovers, find_leftovers
from config.supervisor.lock import Holder, holder
from config.supervisor.options import Options
from config.supervisor.plan import PROJECT_DIR
from config.supervisor.startup import up

COMMAND = "scheduler start"
STARTED = "Backbeat's scheduler is running."
_PAUSE = 0.1
#: Longer than every step of a start together.
_START_SECONDS = 300.0
_LAST_WORDS = 2000


def pid_file(data_dir: Path) -> Path:
    """Return where the process id is written (BACKBEAT_SCHEDULER_PID_FILE)."""
    given = os.environ.get("BACKBEAT_SCHEDULER_PID_FILE")
    return Path(given).expanduser() if given else data_dir / "scheduler.pid"


def log_file(data_dir: Path) -> Path:
    """Return where a start in the background writes (BACKBEAT_SCHEDULER_LOG_FILE)."""
    given = os.environ.get("BACKBEAT_SCHEDULER_LOG_FILE")
    return Path(given).expanduser() if given else data_dir / "scheduler.log"


def run(options: Options, environ: Mapping[str, str], console: Console) -> int:
    """Start, and stay until Ctrl-C or SIGTERM; return the exit code."""
    refuse_second(options.data_dir)
    with _written(pid_file(options.data_dir)):
        return up(options, environ, console, command=COMMAND)


def refuse_second(data_dir: Path) -> None:
    """Raise AlreadyRunningError when somebody holds the folder."""
    if held := holder(data_dir):
        raise AlreadyRunningError(
            f"Backbeat is already running here (manage.py {held.command}, pid {held.pid}). "
            "Stop it first, or choose another DATA_DIR."
        )


def start_in_background(arguments: list[str], data_dir: Path) -> int:
    """Start by a process of its own, wait until it is up, and return its id.

    Raises StartFailedError with its last words when it ends before.
    """
    path = log_file(data_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise StartFailedError(f"{path}: {error.strerror}") from error
    begin = os.fstat(fd).st_size
    with os.fdopen(fd, "ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- this very command, with what argparse read
            [sys.executable, "manage.py", *COMMAND.split(), "--foreground", *arguments],
            cwd=PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while STARTED not in _since(path, begin):
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()
            words = _since(path, begin)[-_LAST_WORDS:].strip()
            raise StartFailedError(f"{words}\nIt did not start; see {path}.")
        time.sleep(_PAUSE)
    return process.pid


def stop(data_dir: Path, seconds: float, say: Callable[[str], None]) -> bool:
    """Stop what runs here: SIGTERM, `seconds` for the drain, then SIGKILL for all of it.

    What a killed supervisor has left behind is ended too. False: nothing runs here. Raises AlreadyRunningError when it is not the scheduler's to stop.
    """
    held = holder(data_dir)
    if held is None:
        pid_file(data_dir).unlink(missing_ok=True)
        abandoned = bool(find_leftovers(data_dir))
        end_leftovers(data_dir, say, patience=seconds)
        return abandoned
    if held.command != COMMAND:
        raise AlreadyRunningError(
            f"manage.py {held.command} (pid {held.pid}) runs here, with the web side: stop it where "
            "it was started."
        )
    say(f"Stopping pid {held.pid}: what runs may finish, for at most {seconds:g} s.")
    _signal(held, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while (now := holder(data_dir)) and now.pid == held.pid:
        if time.monotonic() > deadline:
            say("It did not stop in time: killing it.")
            _signal(held, signal.SIGKILL)
            end_leftovers(data_dir, say, patience=0)
            pid_file(data_dir).unlink(missing_ok=True)
            break
        time.sleep(_PAUSE)
    return True


def _signal(held: Holder, signum: signal.Signals) -> None:
    try:
        os.kill(held.pid, signum)
    except ProcessLookupError:
        pass  # it has just ended by itself


def _since(path: Path, begin: int) -> str:
    with path.open("rb") as log:
        log.seek(begin)
        return log.read().decode(errors="replace")


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Hold a PID file; another process's is left alone at the end."""
    own = f"{os.getpid()}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(own, encoding="ascii")
    except OSError as error:
        raise SupervisorError(f"{path}: {error.strerror}") from error
    try:
        yield
    finally:
        if path.exists() and path.read_text(encoding="ascii") == own:
            path.unlink()
