"""What an agent backend gets, returns and raises. Backends know nothing else of Backbeat.

AgentError
  |- AgentTimeout       the agent's own limit ended it
  |- BudgetExceeded     it reached its limit of requests, tokens, tool calls or cost
  |- InvalidOutput      it answered, but not in the shape that was asked for
  |- Misconfigured      it cannot run as it is set up, and will not before somebody mends that
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from scheduling.agents.lent import (
    Finding,
    HttpAnswer,
    Limits,
    NoRecorder,
    NoTools,
    ParentOutput,
    Recorder,
    StepHandle,
    ToolError,
    Tools,
    ToolSpec,
    Turn,
    Usage,
)

__all__ = [
    "AgentBackend",
    "AgentContext",
    "AgentError",
    "AgentRequest",
    "AgentResult",
    "AgentTimeout",
    "BudgetExceeded",
    "Finding",
    "HttpAnswer",
    "InvalidOutput",
    "Limits",
    "Misconfigured",
    "NoRecorder",
    "NoTools",
    "Options",
    "OptionsT",
    "ParentOutput",
    "Recorder",
    "StepHandle",
    "ToolError",
    "ToolSpec",
    "Tools",
    "Turn",
    "Usage",
]


class Options(BaseModel):
    """Base of every backend's options: an unknown option is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


OptionsT = TypeVar("OptionsT", bound=Options)


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

    def check_callback(self) -> None:
        """Raise `Misconfigured` when the installation does not know its own address."""
        ...

    async def open_callback(self, run_id: str, *, seconds: float) -> str | None:
        """Return a one-time address at which the agent of this run may answer for `seconds`.

        The same run gets a new address with each try. None: it has answered an earlier try,
        and `await_callback` returns that. Raises as `check_callback` does.
        """
        ...

    async def await_callback(self, run_id: str) -> HttpAnswer:
        """Wait until the agent of this run has answered at its address; as `status` 200."""
        ...

    async def ask_agent(
        self,
        agent_id: str,
        request: AgentRequest[Any],
        *,
        message: str,
        history: Sequence[Turn] = (),
    ) -> AgentResult:
        """Have another agent answer `message` within the run of `request`, after `history`.

        Its deadline, tools and recorder are those of `request`, its limits the tighter of both;
        its options and credentials are its own, its system prompt stands before that of
        `request`. Raises `AgentError`.
        """
        ...

    async def check_agent(self, agent_id: str) -> None:
        """Raise `Misconfigured` when `ask_agent` cannot ask that agent."""
        ...

    def check_tool(self, name: str) -> None:
        """Raise `Misconfigured` when Backbeat has no tool called `name`."""
        ...

    async def session_turns(
        self, session_id: str, *, user_id: str, most: int
    ) -> list[Turn] | None:
        """The last `most` things said in a chat session of `user_id`, oldest first.

        None: there is no such session, or it is somebody else's.
        """
        ...


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
    #: The chat session in which it answers a reply, which is its `input_message`; "": it is none.
    session_id: str = ""
    #: What was said before in the same conversation, oldest first.
    history: Sequence[Turn] = ()
    #: What it remembers; it stands in `input_message` too. `None`: it has no memory.
    memory: str | None = None
    limits: Limits = field(default_factory=Limits)
    tools: Tools = field(default_factory=NoTools)
    recorder: Recorder = field(default_factory=NoRecorder)

    def call_seconds(self, own: float | None = None) -> float:
        """Seconds that one call may take: `own` where that is less than the run has left.

        Otherwise a second more than that: the run's deadline ends it, and is final.
        """
        if own is not None and own < self.deadline_seconds:
            return own
        return self.deadline_seconds + 1


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
    #: What it wants to remember instead of what it did; `None` leaves that.
    memory: str | None = None


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
    """The agent reached its limit of requests, tokens, tool calls or cost."""

    failure_reason = "budget"


class InvalidOutput(AgentError):
    """The agent answered, but not in the shape that was asked for."""

    failure_reason = "invalid_output"


class Misconfigured(AgentError):
    """The agent cannot run as it is set up: a key is missing, a name is wrong.

    Its tasks are blocked with these words until a preflight finds it well.
    """


class AgentBackend(ABC, Generic[OptionsT]):
    """A class that invokes one kind of agent. One instance serves a whole worker process."""

    #: Shown in the admin.
    label: ClassVar[str]
    #: Validates, describes and documents the options.
    options_class: type[OptionsT]
    #: Names that `credentials` may hold.
    credential_names: ClassVar[frozenset[str]] = frozenset()
    #: In words, what else `takes_credential` lets through; "": nothing.
    other_credentials: ClassVar[str] = ""
    #: It tells about everybody's tasks, or runs programs of this machine: only staff may give
    #: tasks to it.
    staff_only: ClassVar[bool] = False
    #: Options that each task may set for itself, over those of the agent.
    task_options: ClassVar[frozenset[str]] = frozenset()
    #: Of these the one that each task must name when its agent does not; "": there is none.
    task_option_needed: ClassVar[str] = ""

    @abstractmethod
    async def invoke(self, request: AgentRequest[OptionsT]) -> AgentResult:
        """Do the work. Raises `AgentError`; anything else counts as an error of the agent.

        Must not block the event loop: hundreds of runs share it.
        """

    async def preflight(
        self,
        options: OptionsT,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """Say whether an agent with these options could run now, without running it.

        Takes a few seconds at the most and costs nothing. Never raises for what it finds.
        """
        return []

    @classmethod
    def task_options_of(
        cls, options: Mapping[str, Any], credentials: Collection[str]
    ) -> frozenset[str]:
        """What tasks may set over these options of their agent; it has these credentials."""
        return cls.task_options

    @classmethod
    def takes_credential(cls, name: str) -> bool:
        """Whether `credentials` may hold `name`."""
        return name in cls.credential_names

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """Whether people may reply to what its runs say: it heeds the message and the history.

        One that does the same whatever it is told would do it once more with each reply.
        """
        return False

    @classmethod
    def refusal(cls, options: OptionsT) -> str:
        """Return why this installation lets no agent run with these options; "": it does.

        Looked at when an agent is saved; the backend does so itself when it runs.
        """
        return ""

    async def close(self) -> None:
        """Release what is held open; called once, when the worker stops."""
