"""A whole Backbeat as real processes, for tests: `with running_stack(folder) as stack: ...`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from config.supervisor.leftovers import find_leftovers

PROJECT_DIR = Path(__file__).resolve().parents[2]
LAUNCHER = PROJECT_DIR / "config" / "supervisor" / "launcher.py"
READY = "Backbeat is running."
START_SECONDS = 120.0
# What a test run or a developer's shell sets for itself; a stack starts as a new person would.
NOT_INHERITED = (
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "HOST",
    "PORT",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "INTERNAL_API_KEY",
    "DJANGO_SETTINGS_MODULE",
)


def free_port() -> int:
    """Return a TCP port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie (proc(5), stat)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def processes_of(data_dir: Path) -> list[int]:
    """Return every living process that was started for this folder, at whatever remove."""
    return [pid for pid in find_leftovers(data_dir) if is_alive(pid)]


def await_true(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait until `condition()`; fail naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.05)


class Stack:
    """A running `manage.py up`. `log` is what it printed so far, `url` where it listens."""

    def __init__(
        self, process: subprocess.Popen[bytes], data_dir: Path, port: int, log: Path
    ) -> None:
        self.process = process
        self.data_dir = data_dir
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def pids(self) -> dict[str, int]:
        """Name -> pid of the processes that run now, `supervisor` among them."""
        try:
            found: dict[str, int] = json.loads(
                (self.data_dir / "pids.json").read_text(encoding="utf-8")
            )
        except FileNotFoundError:
            return {}
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the processes have: for `manage.py` or Django in a test."""
        beat = next(name for name in self.pids if name.partition("-")[0] == "beat")
        raw = Path(f"/proc/{self.pids[beat]}/environ").read_bytes()
        pairs = (entry.partition(b"=") for entry in raw.split(b"\0") if entry)
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}

    def manage(self, *arguments: str, timeout: float = 60.0) -> str:
        """Run a management command against this stack; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def send(self, name: str, signum: int) -> int:
        """Send a signal to the process `name`; return its pid."""
        pid = self.pids[name]
        os.kill(pid, signum)
        return pid

    def kill(self, name: str) -> int:
        """SIGKILL the process `name`; return the pid it had."""
        return self.send(name, signal.SIGKILL)

    def await_restart(self, name: str, old_pid: int, seconds: float = 60.0) -> int:
        """Wait until `name` runs under another pid; return it."""
        await_true(
            lambda: self.pids.get(name, old_pid) != old_pid,
            f"{name} is started again\n{self.log[-3000:]}",
            seconds,
        )
        return self.pids[name]

    def await_log(self, text: str, times: int = 1, seconds: float = 60.0) -> None:
        """Wait until `text` was printed `times` times."""
        await_true(
            lambda: self.log.count(text) >= times, f"{text!r} is logged", seconds
        )

    def await_settled(self) -> None:
        """Wait until workers, senders and beats have begun: before, a SIGTERM just ends them."""
        began = {
            "worker": "apps.worker: ",
            "sender": "apps.worker: ",
            "beat": "beat is up",
        }
        for name in self.pids:
            if line := began.get(name.partition("-")[0]):
                pattern = rf"(?m)^{name} *\| .*{line}"
                await_true(partial(self._has_logged, pattern), f"{name} has begun")

    def _has_logged(self, pattern: str) -> bool:
        return re.search(pattern, self.log) is not None

    def stop(self, signum: int = signal.SIGTERM, seconds: float = 90.0) -> int:
        """Stop in order; return the exit code of `manage.py up`."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(timeout=seconds)


def start_up(
    data_dir: Path,
    port: int,
    log: Path,
    env: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
) -> Stack:
    """Start `manage.py up` without waiting; its output goes to `log`."""
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                # A test run that is killed takes its stacks along.
                *(sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())),
                *(sys.executable, "manage.py", "up"),
                *("--data", str(data_dir), "--port", str(port), *arguments),
            ],
            cwd=PROJECT_DIR,
            env={**inherited, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Stack(process, data_dir, port, log)


@contextlib.contextmanager
def running_stack(
    data_dir: Path,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[Stack]:
    """Start `manage.py up`, wait until every process has begun its work, stop it at the end.

    `env` comes on top of this process's environment without Backbeat's own variables;
    `arguments` go to `up`, for example ("--workers", "2").
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    stack = start_up(data_dir, port or free_port(), data_dir / "up.log", env, arguments)
    try:
        await_true(
            lambda: READY in stack.log or stack.process.poll() is not None,
            "the stack runs",
            START_SECONDS,
        )
        assert stack.process.poll() is None, f"up ended early:\n{stack.log}"
        stack.await_settled()
        yield stack
    finally:
        try:
            stack.stop()
        finally:
            stack.process.kill()
            stack.process.wait()
