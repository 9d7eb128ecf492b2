"""Programs that stand outside Django: the gate, the virtual environment, containers."""

from __future__ import annotations
