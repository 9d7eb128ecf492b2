"""Calls a Python function of this installation's own, in a child process."""

from scheduling.agents.function.backend import FunctionBackend, FunctionOptions

__all__ = ["FunctionBackend", "FunctionOptions"]
