"""Programs that stand outside Django: the gate, the environment, containers."""

from __future__ import annotations
