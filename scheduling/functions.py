"""What a function needs to be an agent: `@agent_function`, `FunctionContext`, `Retry`. PURE.

    from scheduling.functions import FunctionContext, Retry, agent_function

    @agent_function
    def price_report(city: str, context: FunctionContext) -> str: ...

Modules that register functions are named in SCHEDULING_FUNCTION_MODULES. They are imported in
a child process for each run, so they should be light; this module is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., Any])

#: The functions that were registered in this process, by name.
REGISTERED: dict[str, Callable[..., Any]] = {}


class Retry(Exception):
    """Raised by a function: it did not work now, trying again can help.

    `after` is the shortest time to wait, in seconds; the task's own settings say how often.
    """

    def __init__(
        self, message: str = "try again", *, after: float | None = None
    ) -> None:
        super().__init__(message)
        self.after = after


@overload
def agent_function(name: Function, /) -> Function: ...
@overload
def agent_function(name: str = "", /) -> Callable[[Function], Function]: ...
def agent_function(name: Any = "", /) -> Any:
    """Register a function for agents under `name`; without one, under its own.

    Raises `ValueError` when another function has that name.
    """
    if callable(name):
        return _register(name, getattr(name, "__name__", ""))
    return lambda function: _register(function, name or function.__name__)


def _register(function: Function, name: str) -> Function:
    known = REGISTERED.setdefault(name, function)
    if known is not function:
        raise ValueError(
            f"two agent functions are called {name!r}: one in {known.__module__}, one in"
            f" {function.__module__}; give one of them another name"
        )
    return function


@dataclass(kw_only=True)
class FunctionContext:
    """What a function gets that has a parameter called `context`, or annotated with this."""

    run_id: str
    task_id: str
    task_name: str
    user_id: str
    #: 1 for the first try.
    attempt: int
    #: The slot, aware.
    scheduled_for: datetime
    system_prompt: str
    input_message: str
    #: What is remembered; None when the task has no memory.
    memory: str | None
    #: What was kept in the task's last successful run.
    state: Mapping[str, Any]
    #: By task id, the tasks that this run came after: task_name, status, output, data.
    parents: Mapping[str, Mapping[str, Any]]
    #: The chat session in which it answers a reply, which is its `input_message`; "": in none.
    session_id: str
    #: What was said there before, oldest first: role (user, assistant) and content.
    history: Sequence[Mapping[str, str]]
    _say: Callable[[dict[str, Any]], None] = field(repr=False)

    def progress(self, text: object) -> None:
        """Show a line to those who watch the run."""
        self._say({"progress": str(text)})

    def remember(self, text: str) -> None:
        """Make this the memory when the run succeeds, instead of what it was."""
        self.memory = str(text)
        self._say({"memory": self.memory})

    def keep(self, state: Mapping[str, Any]) -> None:
        """Make this JSON object the next run's `state` when this run succeeds.

        Raises `TypeError` when it is no JSON.
        """
        self.state = dict(state)
        self._say({"state": self.state})
