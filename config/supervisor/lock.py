"""One supervisor per data folder: an advisory lock that the kernel drops with its holder."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from config.supervisor.exceptions import AlreadyRunningError, CannotStartError

_FILE = "backbeat.lock"


@dataclass(frozen=True)
class Holder:
    """Who holds a data folder: the process, and the command that started it."""

    pid: int
    command: str


def holder(data_dir: Path) -> Holder | None:
    """Return who holds the folder now; None when nobody does, whatever was left behind."""
    try:
        fd = os.open(data_dir / _FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid, _, command = os.pread(fd, 100, 0).decode(errors="replace").partition(" ")
        return Holder(int(pid), command.strip()) if pid.strip().isdecimal() else None
    finally:
        os.close(fd)
    return None


class DataFolderLock:
    """Holds `backbeat.lock` in the data folder for as long as the context lasts.

    Entering raises AlreadyRunningError (with the holder's pid) when another process holds it,
    CannotStartError when the folder cannot be made or written. No stale state is possible:
    flock(2) ends with the process, however it ended. `command` tells others what holds it.
    """

    def __init__(self, data_dir: Path, command: str = "up") -> None:
        self._data_dir = data_dir
        self._command = command
        self._fd = -1

    def __enter__(self) -> DataFolderLock:
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            # Close-on-exec (the default) keeps the lock out of the children.
            self._fd = os.open(self._data_dir / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStartError(
                f"DATA_DIR={self._data_dir} cannot be used ({error.strerror}). "
                "Choose a folder that you may write to."
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            held = holder(self._data_dir)
            who = f"manage.py {held.command}, pid {held.pid}" if held else "pid ?"
            raise AlreadyRunningError(
                f"Backbeat is already running here ({who}). "
                "Stop it first, or choose another DATA_DIR."
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()} {self._command}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(
            self._fd
        )  # the file stays: unlinking it would race with a waiting `up`
