"""Runs one command and ends with it all that it has started.

    python -I -S keeper.py PARENT MEMORY_BYTES TEMPORARY DIRECTORY COMMAND ...

Whatever the command leaves running, in whatever session, becomes a child of this process
(prctl(2), PR_SET_CHILD_SUBREAPER) and is killed at the end. The end is that of the command; or
SIGTERM, which the kernel sends too when the parent dies (PR_SET_PDEATHSIG): the command gets
SIGTERM and a second, then SIGKILL. HOME and TMPDIR are a folder that is made under TEMPORARY
and goes with the command; it works there when DIRECTORY is empty. The exit status is that of
the command. Knows nothing of Backbeat.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

#: Seconds that a command has after SIGTERM.
GRACE = 1.0
#: What sh(1) says of a command that cannot be run.
_NOT_RUN = 127
_SIGNALS = {signal.SIGTERM, signal.SIGCHLD}


def keep(parent: int, memory: int, temporary: str, place: str, argv: list[str]) -> int:
    """Run `argv` to its end; return its wait status.

    `memory` is the most address space that each of its processes gets, in bytes; 0: no limit.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    _ask_kernel(PR_SET_PDEATHSIG, signal.SIGTERM)
    _ask_kernel(PR_SET_CHILD_SUBREAPER, 1)
    # The parent may have died before the wish was filed: then nobody would ever tell us.
    if os.getppid() != parent:
        raise SystemExit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    home = f"{temporary}/backbeat-{os.getpid()}-{time.time_ns():x}"
    os.mkdir(home, 0o700)  # noqa: PTH102 -- pathlib doubles the start-up time
    command = os.fork()
    if command == 0:
        _become(memory, home, place, argv)
    _let_go_of_pipes()
    try:
        return _await(command)
    finally:
        _end_rest()
        _remove(home)


def _become(memory: int, home: str, place: str, argv: list[str]) -> None:
    """Replace this process by `argv`. Never returns."""
    try:
        _ask_kernel(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        signal.signal(
            signal.SIGPIPE, signal.SIG_DFL
        )  # Python ignores it, and exec keeps that
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        os.environ["HOME"] = os.environ["TMPDIR"] = home
        os.chdir(place or home)
        os.execv(argv[0], argv)  # noqa: S606 -- no shell is wanted
    except (OSError, ValueError) as error:
        words = f"{argv[0]} cannot be started: {error}\n"
        os.write(2, words.encode(errors="replace"))
    finally:
        os._exit(_NOT_RUN)


def _let_go_of_pipes() -> None:
    """Hold nothing open: whoever reads from the command waits for its end, not for ours."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _await(command: int) -> int:
    """Wait for the command; stop it when this process is told to stop."""
    kill_at: float | None = None
    while True:
        status = _reaped(command)
        if status is not None:
            return status
        left = 3600.0 if kill_at is None else kill_at - time.monotonic()
        got = signal.sigtimedwait(_SIGNALS, max(0.0, left))
        if got is not None and got.si_signo == signal.SIGTERM and kill_at is None:
            kill_at = time.monotonic() + GRACE
            os.killpg(0, signal.SIGTERM)
        elif got is None and kill_at is not None:
            os.kill(command, signal.SIGKILL)
            return os.waitpid(command, 0)[1]


def _reaped(command: int) -> int | None:
    """Reap all that have ended; return the command's wait status if it is among them."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == command:
            return status
        if pid == 0:
            return None


def _end_rest() -> None:
    """Kill what is left; its own children become ours then, until there are none."""
    while True:
        children = _children()
        for pid in children:
            os.kill(
                pid, signal.SIGKILL
            )  # ours, and not reaped yet: no stranger's number
        try:
            os.waitpid(-1, 0 if children else os.WNOHANG)
        except ChildProcessError:
            return
        if not children:
            return


def _children() -> list[int]:
    own = os.getpid()
    try:
        with open(f"/proc/{own}/task/{own}/children", encoding="ascii") as listed:  # noqa: PTH123 -- see above
            return [int(pid) for pid in listed.read().split()]
    except OSError:  # a kernel that does not tell
        return []


def _remove(folder: str) -> None:
    for root, folders, files in os.walk(folder, topdown=False):
        for name in files + folders:
            path = f"{root}/{name}"
            try:
                if name in files or os.path.islink(path):  # noqa: PTH114 -- see above
                    os.unlink(path)  # noqa: PTH108
                else:
                    os.rmdir(path)  # noqa: PTH106
            except OSError:
                continue
    try:
        os.rmdir(folder)  # noqa: PTH106
    except OSError:
        return


def _ask_kernel(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_like(status: int) -> None:
    """End this process as one with this wait status has ended. Never returns."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else _NOT_RUN)


if __name__ == "__main__":
    end_like(
        keep(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
    )
