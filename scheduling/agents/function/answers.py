"""What the child of a function says on its own pipe, and what it comes to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from anyio import to_thread

from scheduling.agents.base import (
    AgentError,
    AgentResult,
    InvalidOutput,
    Misconfigured,
    Recorder,
)
from scheduling.agents.child.process import ending_of

#: A longer message is refused: it would be stored, sent and shown.
MAX_MESSAGE_BYTES = 4_000_000
#: A longer one is not read on the loop that all runs share.
_LARGE_BYTES = 64 * 1024
#: So many lines of progress are handed on at full speed.
_MANY = 1_000


class Raised(Exception):
    """The child's own traceback, for the trace of the run."""

    def __str__(self) -> str:
        return f"in the child process:\n{self.args[0]}"


class Answers:
    """Takes the messages as they come (a `Sink`). Progress goes on at once."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._large: list[bytes] = []
        self._heard: dict[str, Any] = {}
        self._lines = 0
        self._too_long = False

    def __call__(self, data: bytes) -> bool:
        first, *others = data.split(b"\n")
        self._add(first)
        for line in others:
            self._take(b"".join(self._open))
            self._open, self._open_bytes = [], 0
            self._add(line)
        return self._lines < _MANY and not self._too_long

    def _add(self, part: bytes) -> None:
        self._open_bytes += len(part)
        if self._open_bytes <= MAX_MESSAGE_BYTES:
            self._open.append(part)
        else:
            self._too_long = True
            self._open.clear()

    def _take(self, line: bytes) -> None:
        if len(line) > _LARGE_BYTES:
            self._large = [*self._large[-2:], line]
            return
        said = _message(line)
        if "progress" in said:
            self._lines += 1
            self._recorder.progress(str(said["progress"]))
        else:
            self._heard |= said

    async def heard(self) -> Mapping[str, Any]:
        """Return all that was said; of each kind the last. Call it when the child has ended.

        Raises `InvalidOutput` when it said more than can be kept.
        """
        if self._too_long:
            raise InvalidOutput(
                f"the function answered with more than {MAX_MESSAGE_BYTES} bytes"
            )
        for line in self._large:
            self._heard |= await to_thread.run_sync(_message, line)
        return self._heard


def result_of(
    heard: Mapping[str, Any], *, code: int, tail: str, memory_mb: int | None
) -> AgentResult:
    """Return what the function returned. Raises `AgentError` when it did not.

    `code` is how its process ended, `tail` the end of what it wrote on stderr.
    """
    if words := heard.get("unfit"):
        raise Misconfigured(f"function: {words}")
    if raised := heard.get("raised"):
        raise _error_of(raised, memory_mb) from Raised(raised["trace"])
    if "returned" not in heard:
        raise AgentError(_sudden_end(code, tail))
    answer = heard["returned"]
    return AgentResult(
        output=answer["output"],
        output_type="json" if "data" in answer else "text",
        data=answer.get("data"),
        memory=heard.get("memory"),
        state=heard.get("state"),
    )


def _error_of(raised: Mapping[str, Any], memory_mb: int | None) -> AgentError:
    if raised["type"] == "MemoryError" and memory_mb:
        return AgentError(f"the function ran out of memory: memory_mb is {memory_mb}")
    if raised["retry"]:
        return AgentError(
            raised["message"], retryable=True, retry_after=raised["after"]
        )
    return AgentError(f"{raised['type']}: {raised['message']}")


def _sudden_end(code: int, tail: str) -> str:
    words = f"the function's process {ending_of(code)} before the function had returned"
    return f"{words}: {tail}" if tail else words


def _message(line: bytes) -> dict[str, Any]:
    """Read a line; one that is no message was written by somebody else, and says nothing."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
