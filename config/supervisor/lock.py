"""One supervisor per data folder: an advisory lock that the kernel drops with its holder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from config.supervisor.exceptions import CannotStartError


class DataFolderLock:
    """Holds `backbeat.lock` in the data folder for as long as the context lasts.

    Entering raises CannotStartError (with the holder's pid) when another process holds it, or
    when the folder cannot be made or written. No stale state is possible: flock(2) ends
    with the process, however it ended.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._fd = -1

    def __enter__(self) -> DataFolderLock:
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            # Close-on-exec (the default) keeps the lock out of the children.
            self._fd = os.open(
                self._data_dir / "backbeat.lock", os.O_RDWR | os.O_CREAT, 0o600
            )
        except OSError as error:
            raise CannotStartError(
                f"DATA_DIR={self._data_dir} cannot be used ({error.strerror}). "
                "Choose a folder that you may write to."
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "?"
            os.close(self._fd)
            raise CannotStartError(
                f"Backbeat is already running here (pid {pid}). "
                "Stop it first, or choose another DATA_DIR."
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
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
