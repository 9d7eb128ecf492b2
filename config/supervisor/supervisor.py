"""The loop that keeps the children alive and ends them in order."""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from config.supervisor.console import Console, LineReader
from config.supervisor.exceptions import StartFailedError, StopRequestedError
from config.supervisor.interrupts import Interrupts
from config.supervisor.processes import (
    Backoff,
    Child,
    ChildSpec,
    Role,
    describe_exit,
)

# Nothing new falls due, then runs end or are given back, then their results go out; people can
# look on until the last moment, and the broker outlives everybody who speaks to it.
STOP_ORDER = (
    Role.PREPARE,
    Role.BEAT,
    Role.WORKER,
    Role.SENDER,
    Role.WEB,
    Role.VALKEY,
)
HURRY_SECONDS = 2.0
_MEMORY_CHECK_SECONDS = 15.0
_PROGRESS_SECONDS = 5.0
_GIVE_UP_CRASHES = 3


class Supervisor:
    """Starts children, prints what they say, restarts the fallen, and stops all in order.

    A context manager: entering takes over the process's signals, leaving gives them back. Use
    it in the main thread. `pid_file` is kept up to date as `{"supervisor": pid, name: pid}`.
    """

    def __init__(
        self,
        console: Console,
        pid_file: Path | None = None,
        new_backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self.children: dict[str, Child] = {}
        self._console = console
        self._pid_file = pid_file
        self._new_backoff = new_backoff
        self._interrupts = Interrupts()
        self._selector = selectors.DefaultSelector()
        self._readers: dict[str, list[LineReader]] = {}
        self._recycled: set[str] = set()
        self._stopping = False
        self._memory_checked_at = time.monotonic()

    def __enter__(self) -> Supervisor:
        self._interrupts.__enter__()
        self._selector.register(self._interrupts.fd, selectors.EVENT_READ)
        self._write_pids()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._selector.close()
            self._interrupts.__exit__(kind, error, trace)
            if self._pid_file is not None:
                self._pid_file.unlink(missing_ok=True)

    # -- starting

    def start(self, spec: ChildSpec) -> None:
        """Start a child that is to live until `stop`."""
        child = Child(spec, self._new_backoff())
        self.children[spec.name] = child
        self._spawn(child)

    def run_once(self, spec: ChildSpec) -> list[str]:
        """Run a step to its end; return the lines of its standard output.

        Its error output is shown as it comes. Raises StartFailedError if it fails, StopRequestedError
        if the person wants to stop meanwhile.
        """
        answer: list[str] = []
        child = Child(spec)
        self.children[spec.name] = child
        self._spawn(child, on_output=answer.append)
        while True:
            code = self._round(0.5, watch=child)
            if code is not None:
                break
            if self._interrupts.count:
                raise StopRequestedError
        del self.children[spec.name]
        if code != 0:
            for line in answer:
                self._console.line(spec.name, line)
            raise StartFailedError(
                f"{spec.name} failed ({describe_exit(code)}): its lines above say why."
            )
        return answer

    def wait_until(
        self, ready: Callable[[], bool], *, what: str, seconds: float
    ) -> None:
        """Run the loop until `ready()`; `what` is awaited, for the messages.

        Raises StartFailedError after `seconds`, or as soon as a child has crashed three times in a
        row; StopRequestedError if the person wants to stop meanwhile.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self._interrupts.count:
                raise StopRequestedError
            for child in self.children.values():
                if child.backoff.crashes >= _GIVE_UP_CRASHES:
                    raise StartFailedError(
                        f"{child.name} ended {child.backoff.crashes} times while "
                        "starting: its lines above say why."
                    )
            if time.monotonic() > deadline:
                raise StartFailedError(f"{what} did not answer within {seconds:g} s.")
            self._round(0.1)

    def run(self) -> None:
        """Keep the children alive until Ctrl-C or SIGTERM."""
        while not self._interrupts.count:
            self._round(1.0)

    # -- stopping

    def stop(self) -> None:
        """Stop every child in STOP_ORDER, each within its own time limit.

        A further Ctrl-C shortens all limits to two seconds, one more ends them.
        """
        self._stopping = True
        self._recycled.clear()
        wishes = self._interrupts.count
        for role in STOP_ORDER:
            group = [c for c in self.children.values() if c.spec.role is role]
            for child in group:
                child.start_at = None
            self._stop_group([c for c in group if c.pid], wishes)

    def _stop_group(self, group: list[Child], wishes: int) -> None:
        if not group:
            return
        names = ", ".join(child.name for child in group)
        self._console.say(f"stopping {names}")
        for child in group:
            child.ask_to_stop()
        asked_at = time.monotonic()
        progress_at = asked_at + _PROGRESS_SECONDS
        while any(child.pid for child in group):
            now = time.monotonic()
            if self._interrupts.count > wishes:
                self._hurry(now, self._interrupts.count - wishes)
            if now >= progress_at:
                progress_at = now + _PROGRESS_SECONDS
                limit = max(child.spec.stop_seconds for child in group)
                self._console.say(
                    f"{names}: still finishing ({now - asked_at:.0f} s of at most "
                    f"{limit:.0f} s; Ctrl-C hurries)"
                )
            self._round(0.2)

    def _hurry(self, now: float, further_wishes: int) -> None:
        grace = HURRY_SECONDS if further_wishes == 1 else 0.0
        for child in self.children.values():
            # The broker still goes last, so that the others can put away what they hold.
            if child.spec.role is not Role.VALKEY or child.stopping:
                child.ask_to_stop()
                if child.kill_at is not None:
                    child.kill_at = min(child.kill_at, now + grace)

    # -- one round of the loop

    def _round(self, longest: float, watch: Child | None = None) -> int | None:
        """Wait for whatever comes next, `longest` seconds at most, and deal with it.

        Returns the exit code of `watch` if that child has just ended.
        """
        for key, _ in self._selector.select(self._pause(longest)):
            if key.data is None:
                self._interrupts.drain()
            elif not key.data.read():
                self._close(key.data)
        watched: int | None = None
        for child in list(self.children.values()):
            code = child.poll()
            if code is not None:
                self._close_readers(child.name)
                self._write_pids()
                if child is watch:
                    watched = code
                else:
                    self._ended(child, code)
            self._mind_time(child)
        self._mind_memory()
        return watched

    def _pause(self, longest: float) -> float:
        now = time.monotonic()
        due = [
            at - now
            for child in self.children.values()
            for at in (child.start_at, child.kill_at)
            if at is not None
        ]
        return max(0.0, min([longest, *due]))

    def _ended(self, child: Child, code: int) -> None:
        if self._stopping:
            note = "" if code == 0 else f" ({describe_exit(code)})"
            self._console.say(f"{child.name} stopped{note}")
        elif child.name in self._recycled:
            self._recycled.discard(child.name)
            self._spawn(child)
        else:
            rest = child.rest_after_crash()
            self._console.say(
                f"{child.name} ended ({describe_exit(code)}); "
                f"starting it again in {rest:g} s"
            )

    def _mind_time(self, child: Child) -> None:
        now = time.monotonic()
        if child.start_at is not None and now >= child.start_at:
            self._spawn(child)
        if child.pid and child.kill_at is not None and now >= child.kill_at:
            self._console.say(f"{child.name} did not stop in time: killing it")
            child.kill_at = now + 1.0
            child.kill()

    def _mind_memory(self) -> None:
        now = time.monotonic()
        if self._stopping or now - self._memory_checked_at < _MEMORY_CHECK_SECONDS:
            return
        self._memory_checked_at = now
        for child in self.children.values():
            limit = child.spec.max_rss_bytes
            if limit and child.pid and not child.stopping and child.rss_bytes() > limit:
                self._console.say(
                    f"{child.name} holds more than {limit // 2**20} MB: starting it anew "
                    "once its work is done"
                )
                self._recycled.add(child.name)
                child.ask_to_stop()

    # -- processes and their output

    def _spawn(
        self, child: Child, on_output: Callable[[str], None] | None = None
    ) -> None:
        def show(line: str) -> None:
            if line.strip():
                self._console.line(child.name, line)

        out, err = child.start()
        readers = [LineReader(out, on_output or show), LineReader(err, show)]
        self._readers[child.name] = readers
        for reader in readers:
            self._selector.register(reader.fd, selectors.EVENT_READ, reader)
        self._write_pids()

    def _close(self, reader: LineReader) -> None:
        self._selector.unregister(reader.fd)
        reader.close()
        for readers in self._readers.values():
            if reader in readers:
                readers.remove(reader)

    def _close_readers(self, name: str) -> None:
        for reader in list(self._readers.pop(name, [])):
            self._close(reader)

    def _write_pids(self) -> None:
        if self._pid_file is None:
            return
        pids = {"supervisor": os.getpid()} | {
            child.name: child.pid for child in self.children.values() if child.pid
        }
        # Replaced whole: a reader never sees half a file.
        fresh = self._pid_file.with_suffix(".new")
        fresh.write_text(json.dumps(pids, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._pid_file)
