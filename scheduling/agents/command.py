"""Runs a program of this machine, without a shell, and takes what it prints."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from anyio import to_thread
from pydantic import AfterValidator, Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    Finding,
    InvalidOutput,
    Misconfigured,
    Options,
)
from scheduling.agents.child.permits import (
    command_refusal,
    conf,
    fit_variables,
    may_be_variable,
    program_path,
    refuse_nul,
)
from scheduling.agents.child.pipes import Collected, Lines
from scheduling.agents.child.process import Program, ending_of, run_program
from scheduling.agents.child.surroundings import (
    run_document,
    run_variables,
    small_environment,
)

#: What it prints beyond this is cut, with a mark.
MAX_OUTPUT_BYTES = 1_000_000
#: sysexits.h, EX_TEMPFAIL: trying again can help.
TRY_AGAIN = 75
_NO_MEMORY = re.compile(
    r"MemoryError|bad_alloc|out of memory|cannot allocate memory|memory exhausted",
    re.IGNORECASE,
)


def _command(value: list[str]) -> list[str]:
    if not Path(value[0]).is_absolute():
        raise ValueError(
            _("%(given)r must be the absolute path of a program", given=value[0])
        )
    refuse_nul(value)
    return value


def _directory(value: str) -> str:
    if value and not Path(value).is_absolute():
        raise ValueError(_("%(given)r must be an absolute path", given=value))
    refuse_nul([value])
    return value


class CommandOptions(Options):
    """What is run, and what it gets."""

    command: Annotated[list[str], AfterValidator(_command)] = Field(
        title=_("Command"),
        min_length=1,
        max_length=200,
        description=_(
            "The program, as an absolute path that SCHEDULING_ALLOWED_COMMANDS names,"
            " and its arguments. There is no shell, and nothing is filled in."
        ),
    )
    environment: Annotated[dict[str, str], AfterValidator(fit_variables)] = Field(
        title=_("Environment"),
        default_factory=dict,
        description=_(
            "Variables for it, readable to all who see the agent: secrets go into"
            " credentials, which become variables too."
        ),
    )
    working_directory: Annotated[str, AfterValidator(_directory)] = Field(
        title=_("Working directory"),
        default="",
        max_length=1000,
        description=_(
            "Empty: a folder of its own, which is removed when the run has ended."
        ),
    )
    stdin: Literal["none", "input_message", "json"] = Field(
        title=_("Standard input"),
        default="input_message",
        description=_(
            "What it can read: nothing, the input message, or the whole run."
        ),
    )
    output: Literal["text", "json"] = Field(
        title=_("Output"),
        default="text",
        description=_("What it prints: text, or one JSON value."),
    )
    memory_mb: int | None = Field(
        title=_("Memory in MB"),
        default=None,
        ge=16,
        le=1_048_576,
        description=_("Most address space of each of its processes; empty: no limit."),
    )


class CommandBackend(AgentBackend[CommandOptions]):
    """Runs a command. It and all that it starts end with the run."""

    label = "Command"
    options_class = CommandOptions
    staff_only = True
    other_credentials = _("environment variables (A-Z, 0-9 and _)")

    @classmethod
    def takes_credential(cls, name: str) -> bool:
        """See `AgentBackend.takes_credential`: they become environment variables."""
        return may_be_variable(name)

    @classmethod
    def refusal(cls, options: CommandOptions) -> str:
        """See `AgentBackend.refusal`: the program must be allowed by the settings."""
        return command_refusal(options.command[0])

    async def invoke(self, request: AgentRequest[CommandOptions]) -> AgentResult:
        """Run it; what it prints is the output. Raises `AgentError` for another code than 0."""
        options = request.options
        # Paths may lie on a disk that takes its time.
        for each in await to_thread.run_sync(findings, options):
            if not each.ok:
                raise Misconfigured(each.words)
        out, err = Collected(MAX_OUTPUT_BYTES), Lines(request.recorder.progress)
        program = Program(
            argv=(program_path(options.command[0]), *options.command[1:]),
            environment={
                **small_environment(conf().command_environment),
                **options.environment,
                **request.credentials,
                **run_variables(request),
            },
            stdin=_stdin(request),
            directory=options.working_directory,
            memory_mb=options.memory_mb,
        )
        code = await run_program(program, out=out, err=err)
        err.flush()
        if code != 0:
            raise _error(options, code, err.tail())
        return await to_thread.run_sync(_result, options, out)

    async def preflight(
        self,
        options: CommandOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """Look whether the program is there and allowed, without running it."""
        return await to_thread.run_sync(findings, options)


def findings(options: CommandOptions) -> list[Finding]:
    """Look at the program and its folder. Asks the disk."""
    path = options.command[0]
    if words := command_refusal(path):
        return [Finding(name="command", ok=False, words=words)]
    if not Path(path).is_file():
        words = f"command: there is no program {path}"
    elif not os.access(path, os.X_OK):
        words = f"command: {path} may not be executed by this user"
    found = [Finding(name="command", ok=not words, words=words or f"{path} is there.")]
    if folder := options.working_directory:
        there = os.access(folder, os.X_OK) and Path(folder).is_dir()
        words = f"{folder} is there." if there else f"there is no folder {folder}"
        words = words if there else f"working_directory: {words}"
        found.append(Finding(name="working_directory", ok=there, words=words))
    return found


def _stdin(request: AgentRequest[CommandOptions]) -> bytes:
    if request.options.stdin == "json":
        return json.dumps(run_document(request)).encode()
    if request.options.stdin == "input_message":
        return request.input_message.encode(errors="replace")
    return b""


def _result(options: CommandOptions, out: Collected) -> AgentResult:
    text = out.text().rstrip("\n")
    metadata = {"truncated": True} if out.cut else {}
    if options.output == "text":
        return AgentResult(output=text, metadata=metadata)
    if out.cut:
        raise InvalidOutput(
            f"the command printed {out.total} bytes: JSON may have {MAX_OUTPUT_BYTES}"
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        words = f"the command printed no JSON ({error}): {text[:200]}"
        raise InvalidOutput(words) from error
    return AgentResult(output=text, output_type="json", data=data)


def _error(options: CommandOptions, code: int, tail: str) -> AgentError:
    name = Path(options.command[0]).name
    words = f"{name} {ending_of(code)}"
    if options.memory_mb and _NO_MEMORY.search(tail):
        words = f"{name} ran out of memory: memory_mb is {options.memory_mb}"
    if tail:
        words = f"{words}: {tail}"
    return AgentError(words, retryable=code == TRY_AGAIN)
