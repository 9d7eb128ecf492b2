"""One child process: how it starts, how long it rests after a crash, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


class Role(StrEnum):
    """What a child is for; several children may share a role."""

    VALKEY = "valkey"
    PREPARE = "prepare"
    WEB = "web"
    WORKER = "worker"
    SENDER = "sender"
    BEAT = "beat"


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """A process to keep alive: what to run, and how much time its stop may take."""

    name: str
    role: Role
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    stop_seconds: float = 10.0
    """After SIGTERM and this long comes SIGKILL."""
    max_rss_bytes: int = 0
    """A child that grew beyond this is stopped in its own time and started anew; 0: never."""


@dataclass
class Backoff:
    """The rest before the next start: 1, 2, 4 .. 30 s; a healthy while begins anew."""

    first: float = 1.0
    longest: float = 30.0
    healthy_after: float = 60.0
    crashes: int = 0
    """Crashes in a row, without a healthy while between them."""

    def rest(self, lived: float) -> float:
        """Return the seconds to wait after a child that lived for `lived` seconds."""
        self.crashes = 1 if lived >= self.healthy_after else self.crashes + 1
        return float(min(self.longest, self.first * 2 ** min(self.crashes - 1, 16)))


class Child:
    """A `ChildSpec` and the process that runs it now, if any.

    The process leads a session and process group of its own: a Ctrl-C at the terminal
    reaches the supervisor alone, and one signal reaches all that the child has started.
    """

    def __init__(
        self,
        spec: ChildSpec,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.backoff = backoff or Backoff()
        self.start_at: float | None = None
        """When it is due to start again; None while it runs or is not wanted."""
        self.kill_at: float | None = None
        """When a child that was asked to stop is killed."""
        self.started_at = 0.0
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def stopping(self) -> bool:
        return self.kill_at is not None

    def start(self) -> tuple[int, int]:
        """Start the process; return the read ends of its output and its error output.

        The caller owns both. Call from the main thread: the wish to die with the parent is
        bound to the thread that spawned (prctl(2)).
        """
        self.start_at = self.kill_at = None
        self.started_at = self._clock()
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- argv comes from plan.py
                self._argv(),
                cwd=self.spec.cwd,
                env=dict(self.spec.env),
                stdin=subprocess.DEVNULL,
                stdout=out_end,
                stderr=err_end,
                start_new_session=True,
            )
        finally:
            os.close(out_end)
            os.close(err_end)
        return out, err

    def _argv(self) -> list[str]:
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())]
        return [*launcher, *self.spec.argv]

    def poll(self) -> int | None:
        """Return the exit code if the process has just ended, having ended its group too."""
        if self._process is None or not _has_ended(self._process.pid):
            return None
        # Before it is reaped: until then its number cannot belong to anybody else.
        self._signal_group(signal.SIGKILL)
        code = self._process.wait()
        self._process = None
        return code

    def rest_after_crash(self) -> float:
        """Set `start_at` by the back-off; return the seconds until then."""
        now = self._clock()
        rest = self.backoff.rest(now - self.started_at)
        self.start_at = now + rest
        return rest

    def ask_to_stop(self) -> None:
        """SIGTERM, to the process alone: it knows best how to stop its own children."""
        self.start_at = None
        if self._process is not None and not self.stopping:
            self.kill_at = self._clock() + self.spec.stop_seconds
            # Not Popen.terminate(), which may reap the process before poll() has seen its end.
            os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self._process is not None:
            self._signal_group(signal.SIGKILL)

    def rss_bytes(self) -> int:
        """Return the resident memory of the process (proc(5), statm); 0 if unknown."""
        try:
            statm = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii")
        except OSError:
            return 0
        return int(statm.split()[1]) * _PAGE_SIZE

    def _signal_group(self, signum: signal.Signals) -> None:
        assert self._process is not None  # noqa: S101 -- callers have checked; this is for mypy
        try:
            os.killpg(self._process.pid, signum)
        except (ProcessLookupError, PermissionError):
            pass  # nobody is left in it


def _has_ended(pid: int) -> bool:
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, options) is not None


def describe_exit(code: int) -> str:
    """Say how a process ended: `exit code 3`, `signal SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
