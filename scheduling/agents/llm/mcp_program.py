"""An MCP server that is a program: started for one run, spoken to by its standard streams.

The SDK's own client leaves a server two seconds to end by itself and two more after SIGTERM;
a stopped run must be over within two in all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastmcp.client.transports import ClientTransport
from fastmcp.client.transports.base import TransportOptions
from mcp import ClientSession
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from scheduling.agents.base import AgentError, Misconfigured
from scheduling.agents.child.permits import command_refusal
from scheduling.agents.child.process import Program, keeper_argv
from scheduling.agents.child.surroundings import small_environment

#: Seconds for a server to end once its input is closed.
_LEAVE_SECONDS = 0.3
#: Seconds after SIGTERM, of which its keeper needs one.
_STOP_SECONDS = 1.3
_MOST_LINE_BYTES = 8 * 2**20

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


class ProgramTransport(ClientTransport):
    """Starts `command` when a session is connected; it ends with that session."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._process: Process | None = None

    async def end(self) -> None:
        """End the program now: the session would first see to what it has begun."""
        if self._process is not None:
            with anyio.CancelScope(shield=True):
                await _stop(self._process)

    @asynccontextmanager
    async def connect_session(
        self, *, transport_options: TransportOptions | None = None, **session: Any
    ) -> AsyncIterator[ClientSession]:
        """See `ClientTransport.connect_session`. Raises `Misconfigured` for what may not run."""
        if refusal := command_refusal(self._command[0]):
            raise Misconfigured(refusal)
        options = transport_options or TransportOptions()
        async with (
            self._running() as (incoming, outgoing),
            options.session_class(incoming, outgoing, **session) as connected,
        ):
            yield connected

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[Incoming, Outgoing]]:
        environment = {**small_environment(), **self._environment}
        program = Program(argv=self._command, environment=environment)
        process = await anyio.open_process(
            keeper_argv(program),
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )
        self._process = process
        to_session, incoming = anyio.create_memory_object_stream[
            SessionMessage | Exception
        ]()
        outgoing, from_session = anyio.create_memory_object_stream[SessionMessage]()
        async with anyio.create_task_group() as group:
            group.start_soon(_read, process, to_session)
            group.start_soon(_write, process, from_session)
            try:
                yield incoming, outgoing
            finally:
                await self.end()
                group.cancel_scope.cancel()
                for stream in (incoming, outgoing, to_session, from_session):
                    stream.close()


async def _read(
    process: Process, to_session: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    rest = b""
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        async with to_session:
            async for chunk in _output(process):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in filter(bytes.strip, lines):
                    await to_session.send(_message(line))
                if len(rest) > _MOST_LINE_BYTES:
                    raise AgentError("an MCP server sent a message of more than 8 MB")


async def _output(process: Process) -> AsyncIterator[bytes]:
    if process.stdout is None:
        raise ValueError("the process has no pipe")
    async for chunk in process.stdout:
        yield chunk


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line))
    except ValueError as error:
        return error  # for the session to say


async def _write(
    process: Process, from_session: MemoryObjectReceiveStream[SessionMessage]
) -> None:
    if process.stdin is None:
        raise ValueError("the process has no pipe")
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
        async for each in from_session:
            line = each.message.model_dump_json(by_alias=True, exclude_unset=True)
            await process.stdin.send(line.encode() + b"\n")


async def _stop(process: Process) -> None:
    """Close its input, then ask it, then make it. Does nothing the second time."""
    if process.stdin is not None:
        with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await process.stdin.aclose()
    for seconds, end in (
        (_LEAVE_SECONDS, process.terminate),
        (_STOP_SECONDS, process.kill),
    ):
        with anyio.move_on_after(seconds):
            await process.wait()
            return
        with suppress(ProcessLookupError):
            end()
    await process.aclose()
