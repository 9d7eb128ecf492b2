"""What an agent backend gets, returns and raises. Backends know nothing else of Backbeat.

AgentError
  |- AgentTimeout       the agent's own limit ended it
  |- BudgetExceeded     it reached its limit of requests or tokens
  |- InvalidOutput      it answered, but not in the shape that was asked for
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Base of every backend's options: an unknown option is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


OptionsT = TypeVar("OptionsT", bound=Options)


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


class AgentContext(Protocol):
    """What the runner lends to a backend."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
    ) -> HttpAnswer:
        """One HTTP request: checked address, no redirects, `timeout` seconds in all.

        Raises `AgentError`: retryable when trying again can help.
        """
        ...

    def check_address(self, host: str, port: int, ip: str) -> None:
        """For backends with a client of their own: may `ip` be connected for `host`?

        Raises `AgentError` when it may not: it is not public, and nobody has allowed it.
        """
        ...

    async def health_report(self) -> dict[str, Any]:
        """The state of this installation (see `scheduling.selectors.health_report`)."""
        ...


@dataclass(frozen=True, kw_only=True)
class ParentOutput:
    """What came of a task that this run came after."""

    task_name: str
    #: `succeeded`, `failed` or `cancelled`.
    status: str
    #: Of one that failed: its error.
    output: str
    #: The typed output, when there was one.
    data: Any = None


@dataclass(frozen=True, kw_only=True)
class AgentRequest(Generic[OptionsT]):
    """One invocation."""

    run_id: str
    task_id: str
    task_name: str
    user_id: str
    attempt: int
    #: The slot, or the instant at which the run was asked for; aware.
    scheduled_for: datetime
    system_prompt: str
    input_message: str
    options: OptionsT
    #: Decrypted. Never log it, never put it into an error.
    credentials: Mapping[str, str]
    #: What this agent returned as `state` in the task's last successful run.
    state: Mapping[str, Any]
    #: Seconds that the run has left.
    deadline_seconds: float
    context: AgentContext
    #: By task id: the tasks that this run came after in its cycle.
    parents: Mapping[str, ParentOutput] = field(default_factory=dict)


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
class AgentResult:
    """What a run returned."""

    output: str
    output_type: str = "text"
    #: The same as typed JSON, when the agent has it.
    data: Any = None
    usage: Usage = field(default_factory=Usage)
    #: Goes to every webhook, and into template variables and signal fields.
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: Kept for this task's next run; `None` leaves what is there.
    state: Mapping[str, Any] | None = None


class AgentError(Exception):
    """An agent failed. `retryable` says whether trying again can help.

    `retry_after` is the provider's own wish, in seconds; `usage` is what was spent until then.
    """

    failure_reason: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after
        self.usage = usage


class AgentTimeout(AgentError):
    """The agent's own time limit ended it."""

    failure_reason = "timeout"


class BudgetExceeded(AgentError):
    """The agent reached its limit of requests or tokens."""

    failure_reason = "budget"


class InvalidOutput(AgentError):
    """The agent answered, but not in the shape that was asked for."""

    failure_reason = "invalid_output"


class AgentBackend(ABC, Generic[OptionsT]):
    """A class that invokes one kind of agent. One instance serves a whole worker process."""

    #: Shown in the admin.
    label: ClassVar[str]
    #: Validates, describes and documents the options.
    options_class: type[OptionsT]
    #: Names that `credentials` may hold.
    credential_names: ClassVar[frozenset[str]] = frozenset()
    #: It tells about everybody's tasks, so only staff may give one to it.
    staff_only: ClassVar[bool] = False

    @abstractmethod
    async def invoke(self, request: AgentRequest[OptionsT]) -> AgentResult:
        """Do the work. Raises `AgentError`; anything else counts as an error of the agent.

        Must not block the event loop: hundreds of runs share it.
        """

    async def close(self) -> None:
        """Release what is held open; called once, when the worker stops."""
