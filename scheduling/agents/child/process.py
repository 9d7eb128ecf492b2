"""Starts a program for a run, and ends it with the run. Never waits on the event loop's time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio

from scheduling.agents.base import AgentError
from scheduling.agents.child.pipes import End, Reader, Sink

_KEEPER = Path(__file__).with_name("keeper.py")
#: Seconds after which a keeper that was told to stop is killed with all of its group.
_STOP_SECONDS = 1.4
#: Seconds for what is left in the pipes of a program that has ended.
_DRAIN_SECONDS = 0.2
#: One thread that lives as long as this process: the wish to die with the parent is bound to
#: the thread that spawned (prctl(2)).
_STARTER = ThreadPoolExecutor(1, "child-starter")
#: Names the pipe for an answer that is not the program's output.
ANSWER_VARIABLE = "BACKBEAT_ANSWER_FD"


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `argv[0]` is an absolute path; there is no shell."""

    argv: tuple[str, ...]
    #: All that it sees; HOME and TMPDIR, a folder of its own, come on top.
    environment: Mapping[str, str]
    stdin: bytes = b""
    #: Where it works; "" is that folder.
    directory: str = ""
    #: Most address space of each of its processes.
    memory_mb: int | None = None


async def run_program(
    program: Program, *, out: Sink, err: Sink, answer: Sink | None = None
) -> int:
    """Run it to its end; return its exit code, or minus the signal that ended it.

    Its output goes to the sinks. Whatever it has started ends with it. When this is cancelled,
    all of it ends within 1.5 s, however it resists. Raises `AgentError` when no process can be
    started just now.
    """
    try:
        if answer is None:
            process, ours = await _started(program, None), None
        else:
            process, ours = await _with_answer_pipe(program)
    except OSError as error:
        words = f"no process can be started: {error.strerror}"
        raise AgentError(words, retryable=True) from error
    sources = [(out, process.stdout), (err, process.stderr)]
    if answer:
        sources.append((answer, ours))
    ends: list[tuple[asyncio.BaseTransport, End]] = []
    try:
        for sink, file in sources:
            ends.append(await _read(file, sink))
        readers = [end.closed for _, end in ends]
        if process.stdin:
            ends.append(await _write(process.stdin, program.stdin))
        await _await_end(process.pid)
        await asyncio.wait(readers, timeout=_DRAIN_SECONDS)
    finally:
        try:
            with anyio.CancelScope(shield=True):
                await _stop(process)
        finally:
            _close(ends, [file for _, file in sources] + [process.stdin])
    return process.wait()  # it has ended


async def _with_answer_pipe(
    program: Program,
) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start the keeper with one pipe more; return our end of it too."""
    ours, theirs = os.pipe()
    file = os.fdopen(ours, "rb", buffering=0)
    try:
        return await _started(program, theirs), file
    except BaseException:
        file.close()
        raise
    finally:
        os.close(theirs)


async def _started(program: Program, answer: int | None) -> subprocess.Popen[bytes]:
    """Start the keeper, in another thread: on a busy machine that takes milliseconds."""
    starting = _STARTER.submit(_start, program, answer)
    started = asyncio.wrap_future(starting)
    try:
        await asyncio.wait([started])
    except asyncio.CancelledError:
        if not starting.cancel():  # it is being started at this moment
            with anyio.CancelScope(shield=True):
                await asyncio.wait([started])
                if started.exception() is None:
                    await _stop(process := started.result())
                    _close([], [process.stdin, process.stdout, process.stderr])
        raise
    return started.result()


def _start(program: Program, answer: int | None) -> subprocess.Popen[bytes]:
    environment = dict(program.environment)
    if answer is not None:
        environment[ANSWER_VARIABLE] = str(answer)
    return subprocess.Popen(  # noqa: S603 -- argv was allowed by permits.py
        keeper_argv(program),
        env=environment,
        stdin=subprocess.PIPE if program.stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=() if answer is None else (answer,),
        bufsize=0,
        start_new_session=True,
    )


def keeper_argv(program: Program) -> list[str]:
    """Return the command that runs `program` under a keeper of its own."""
    memory = (program.memory_mb or 0) * 2**20
    keeper = [sys.executable, "-I", "-S", str(_KEEPER), str(os.getpid()), str(memory)]
    return [*keeper, tempfile.gettempdir(), program.directory, *program.argv]


async def _read(
    file: IO[bytes] | None, sink: Sink
) -> tuple[asyncio.BaseTransport, End]:
    loop = asyncio.get_running_loop()
    return await loop.connect_read_pipe(lambda: Reader(sink), file)


async def _write(file: IO[bytes], data: bytes) -> tuple[asyncio.BaseTransport, End]:
    """Begin to write, as the program reads; it need not read at all."""
    loop = asyncio.get_running_loop()
    transport, end = await loop.connect_write_pipe(End, file)
    transport.write(data)
    transport.write_eof()
    return transport, end


async def _await_end(pid: int) -> None:
    """Wait until the process has ended. It is not reaped: its number stays its own."""
    if sys.platform != "linux":
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            await asyncio.sleep(0.02)
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the keeper, which ends the rest; at once if it has ended already. Reaps it."""
    os.kill(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await _await_end(process.pid)
    except TimeoutError:
        _kill_group(process.pid)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                await _await_end(process.pid)
    # Before it is reaped: until then its number cannot belong to anybody else.
    _kill_group(process.pid)
    process.poll()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left in it


def _close(
    ends: Sequence[tuple[asyncio.BaseTransport, End]],
    files: Sequence[IO[bytes] | None],
) -> None:
    """Close the ends; of files that came to no transport, the files."""
    for transport, end in ends:
        if isinstance(transport, asyncio.WriteTransport) and not end.closed.done():
            transport.abort()  # nobody reads any more
        elif not end.closed.done():
            transport.close()
    for file in files[len(ends) :]:
        if file is not None:
            file.close()


def ending_of(code: int) -> str:
    """Return in words how a process ended: `ended with exit code 3`, `was killed (SIGKILL)`."""
    if code >= 0:
        return f"ended with exit code {code}"
    if -code == signal.SIGKILL:
        return "was killed (SIGKILL), as the kernel does when memory runs out,"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
