"""PURE: what a run lends to its agent, and the small values that go to and fro.

Backends take all of it from `scheduling.agents.base`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol


class HttpAnswer(Protocol):
    """What `AgentContext.request` returns; header names are lower case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def truncated(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a run took. `cost` is in US dollars, `None` when the price is not known."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    tool_calls: int = 0
    cost: Decimal | None = None
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One thing that was said in a conversation."""

    #: `user` or `assistant`.
    role: str
    content: str


class StepHandle(Protocol):
    """A step that goes on."""

    def end(self, result: str = "", *, usage: Usage | None = None) -> None:
        """It has succeeded. `usage` is what this step alone took."""
        ...

    def fail(self, error: str, *, usage: Usage | None = None) -> None:
        """It has failed, for the reason `error`."""
        ...


class Recorder(Protocol):
    """Keeps what a run does on its way, for those who watch. Never raises and never waits."""

    def progress(self, text: str) -> None:
        """Keep a line for people."""
        ...

    def begin(self, kind: str, name: str, text: str = "") -> StepHandle:
        """A step begins: `kind` is `model` or `tool`, `text` is what it was given."""
        ...


class NoRecorder:
    """Keeps nothing; for preflights and tests."""

    def progress(self, text: str) -> None:
        """Drop it."""

    def begin(self, kind: str, name: str, text: str = "") -> StepHandle:
        """Return a handle that drops it too."""
        return _DROPPED


class _Dropped:
    def end(self, result: str = "", *, usage: Usage | None = None) -> None: ...
    def fail(self, error: str, *, usage: Usage | None = None) -> None: ...


_DROPPED = _Dropped()


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool of Backbeat's own that an agent may call."""

    name: str
    description: str
    #: JSON schema of the arguments, an object.
    parameters: Mapping[str, Any]
    #: It changes something outside the run.
    changes_world: bool = False


class Tools(Protocol):
    """The tools of Backbeat's own that this run may use."""

    def specs(self) -> Sequence[ToolSpec]:
        """Those that are there for this run."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call one; returns text or JSON. Raises `ToolError` with words for the agent."""
        ...


class ToolError(Exception):
    """A tool refused, or was called wrongly: the agent is told these words and goes on."""


class NoTools:
    """None at all."""

    def specs(self) -> Sequence[ToolSpec]:
        """Return none."""
        return ()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Raise `ToolError`."""
        raise ToolError(f"there is no tool {name!r}")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What this try may use at most; `None`: no limit. What earlier tries took is off already."""

    tokens: int | None = None
    #: US dollars.
    cost: Decimal | None = None
    tool_calls: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a preflight has looked at."""

    #: What was looked at: `key`, `address`, `model`, `tools`, ...
    name: str
    ok: bool
    #: In a sentence for people, the reason when it is not well.
    words: str
    #: Not well, but only for now: a task is not blocked for that.
    passing: bool = False


@dataclass(frozen=True, kw_only=True)
class ParentOutput:
    """What came of a task that this run came after."""

    task_name: str
    #: `succeeded`, `failed` or `cancelled`; `waiting` or `rejected`: a person has not approved
    #: its output, which is not given.
    status: str
    #: Of one that failed: its error.
    output: str
    #: The typed output, when there was one.
    data: Any = None
