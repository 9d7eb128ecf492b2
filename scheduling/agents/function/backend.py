"""The `function` backend: its options, and what it asks of the child."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    Finding,
    Misconfigured,
    NoRecorder,
    Options,
    Recorder,
)
from scheduling.agents.child.permits import conf, function_refusal
from scheduling.agents.child.pipes import Lines
from scheduling.agents.child.process import Program, run_program
from scheduling.agents.child.surroundings import (
    run_document,
    run_variables,
    small_environment,
)
from scheduling.agents.function.answers import Answers, result_of

_MAIN = str(Path(__file__).with_name("main.py"))
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def _function_name(value: str) -> str:
    if _NAME.fullmatch(value) or _PATH.fullmatch(value):
        return value
    raise ValueError(
        _("must be the name of a registered function, or module.path:callable")
    )


def _as_list(value: object) -> object:
    """What other systems write: an object stands for its values, a lone value for itself."""
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def _as_object(value: object) -> object:
    return {} if value is None else value


class FunctionOptions(Options):
    """Which function, and what it is called with."""

    function: Annotated[str, AfterValidator(_function_name)] = Field(
        title=_("Function"),
        max_length=200,
        description=_(
            "The name it was registered under, or module.path:callable where"
            " SCHEDULING_ALLOWED_FUNCTIONS allows that."
        ),
    )
    args: Annotated[list[Any], BeforeValidator(_as_list)] = Field(
        title=_("Positional arguments"),
        default_factory=list,
        description=_("A JSON list; each task may have its own."),
    )
    kwargs: Annotated[dict[str, Any], BeforeValidator(_as_object)] = Field(
        title=_("Named arguments"),
        default_factory=dict,
        description=_("A JSON object; each task may have its own."),
    )
    memory_mb: int | None = Field(
        title=_("Memory in MB"),
        default=None,
        ge=64,
        le=1_048_576,
        description=_("Most address space of its process; empty: no limit."),
    )
    converses: bool = Field(
        title=_("Answers replies"),
        default=False,
        description=_(
            "It heeds the message and the history of its run, so that its target user may"
            " reply to it: each reply calls it again."
        ),
    )
    setup_django: bool = Field(
        title=_("Set up Django"),
        default=False,
        description=_(
            "Gives it this installation's models, settings and whole environment, its"
            " secrets among them."
        ),
    )


class FunctionBackend(AgentBackend[FunctionOptions]):
    """Calls a function. It runs in a process of its own, which ends with the run."""

    label = "Function"
    options_class = FunctionOptions
    staff_only = True
    task_options = frozenset({"args", "kwargs"})

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """See `AgentBackend.converses`: only where its own options say so."""
        return options.get("converses") is True

    async def invoke(self, request: AgentRequest[FunctionOptions]) -> AgentResult:
        """Call it and return its value. Raises `AgentError` for what it raises."""
        options = request.options
        order = _order(options, run=run_document(request))
        variables = run_variables(request)
        return await _obeyed(options, order, variables, request.recorder)

    async def preflight(
        self,
        options: FunctionOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """Import it in a child, without calling it."""
        try:
            found = await _obeyed(options, _order(options, check=True), {})
        except AgentError as error:
            words, passing = str(error), error.retryable
            return [Finding(name="function", ok=False, words=words, passing=passing)]
        words = f"{options.function} is there ({found.output})."
        return [Finding(name="function", ok=True, words=words)]

    @classmethod
    def refusal(cls, options: FunctionOptions) -> str:
        """See `AgentBackend.refusal`: it must be allowed by the settings."""
        return function_refusal(options.function)


async def _obeyed(
    options: FunctionOptions,
    order: Mapping[str, Any],
    variables: Mapping[str, str],
    recorder: Recorder | None = None,
) -> AgentResult:
    """Have a child do what `order` says. Raises `AgentError`."""
    if words := function_refusal(options.function):
        raise Misconfigured(words)
    recorder = recorder or NoRecorder()
    answers = Answers(recorder)
    out, err = Lines(recorder.progress), Lines(recorder.progress)
    program = Program(
        argv=(sys.executable, "-I", "-u", _MAIN),
        environment={**_environment(options), **variables},
        stdin=json.dumps(order).encode(),
        memory_mb=options.memory_mb,
    )
    code = await run_program(program, out=out, err=err, answer=answers)
    out.flush()
    err.flush()
    return result_of(
        await answers.heard(), code=code, tail=err.tail(), memory_mb=options.memory_mb
    )


def _environment(options: FunctionOptions) -> dict[str, str]:
    if options.setup_django:
        return dict(os.environ)
    return small_environment(conf().command_environment)


def _order(
    options: FunctionOptions,
    *,
    check: bool = False,
    run: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `main.py` reads on stdin."""
    return {
        "function": options.function,
        "exact": options.function in conf().allowed_functions,
        "modules": list(conf().function_modules),
        "path": [str(Path(each).absolute()) for each in sys.path],
        "setup_django": options.setup_django,
        "check": check,
        "args": options.args,
        "kwargs": options.kwargs,
        "run": run,
    }
