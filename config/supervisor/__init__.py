"""Backbeat on one machine: starts the processes, watches them, stops them in order.

`startup.py` is the file to read first. The supervisor is one thread without Django: every
signal, line of output and ended child wakes the same loop (`supervisor.py`).
"""

from __future__ import annotations
