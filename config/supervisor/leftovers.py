"""Finds processes of an earlier start that nobody supervises any more.

Every child carries the data folder in its environment, and so do its own children, so that
they are found even when both the supervisor and the child in between were killed.
Linux only (/proc); elsewhere nothing is found.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

MARK = "BACKBEAT_SUPERVISED_DATA"


def find_leftovers(data_dir: Path, proc: Path = Path("/proc")) -> list[int]:
    """Return the pids of living processes that were started for `data_dir`, but this one."""
    wanted = f"{MARK}={data_dir}".encode()
    return sorted(
        int(entry.name)
        for entry in proc.glob("[0-9]*")
        if int(entry.name) != os.getpid() and wanted in _environment(entry)
    )


def _environment(entry: Path) -> list[bytes]:
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or it is somebody else's
        return []


def end_leftovers(
    data_dir: Path,
    say: Callable[[str], None],
    *,
    patience: float = 10.0,
    pause: float = 0.1,
) -> None:
    """End what an earlier start left behind: SIGTERM, `patience` seconds, then SIGKILL."""
    pids = find_leftovers(data_dir)
    if not pids:
        return
    listed = ", ".join(map(str, pids))
    say(f"ending {len(pids)} process(es) of an earlier start: {listed}")
    _signal_all(pids, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while pids and time.monotonic() < deadline:
        time.sleep(pause)
        pids = find_leftovers(data_dir)
    while pids:
        _signal_all(pids, signal.SIGKILL)
        time.sleep(pause)
        pids = find_leftovers(data_dir)


def _signal_all(pids: list[int], signum: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            pass
