"""Becomes a command that ends when its parent ends: `python -I -S launcher.py PARENT COMMAND ...`.

Asks Linux to send SIGTERM on the parent's death (prctl(2), PR_SET_PDEATHSIG), then
replaces itself with COMMAND; the wish survives the exec. A program of its own rather than a
`preexec_fn`, which runs Python between fork and exec. Knows nothing of Backbeat.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, command: list[str]) -> None:
    """Replace this process by `command`, unless `parent` has died already.

    Raises OSError when the command cannot be run.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # The parent may have died before the wish was filed: then nobody would ever tell us.
    if os.getppid() != parent:
        raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 -- no shell is wanted: argv comes from plan.py


if __name__ == "__main__":
    try:
        become(int(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        sys.exit(f"{sys.argv[2]} cannot be started: {error.strerror}")
