"""Keeps the credentials of an agent out of what is stored about its runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scheduling.agents.base import Recorder, StepHandle, Usage
from scheduling.models import Run

#: A shorter credential may be a part of any word.
_MIN_SECRET_CHARS = 6


def secrets_of(run: Run) -> list[str]:
    """Return the credentials of the run's agent, the longest first.

    From memory only: where they were not loaded, nothing can have quoted them.
    """
    return secrets_in(
        {} if run.agent is None else vars(run.agent).get("credentials") or {}
    )


def secrets_in(credentials: Mapping[str, object]) -> list[str]:
    """Return what of these credentials is long enough to be looked for, the longest first."""
    values = {value.strip() for value in credentials.values() if isinstance(value, str)}
    long_ones = (value for value in values if len(value) >= _MIN_SECRET_CHARS)
    return sorted(long_ones, key=len, reverse=True)


def blotted(text: str, secrets: Collection[str]) -> str:
    """Return `text` without `secrets`, which errors and tools like to quote."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


class BlottedRecorder:
    """A `Recorder` that keeps out what its own run does not know: the secrets of who is asked."""

    def __init__(self, recorder: Recorder, secrets: Collection[str]) -> None:
        self._recorder = recorder
        self._secrets = secrets

    def progress(self, text: str) -> None:
        """See `agents.base.Recorder.progress`."""
        self._recorder.progress(blotted(str(text), self._secrets))

    def begin(self, kind: str, name: str, text: str = "") -> StepHandle:
        """See `agents.base.Recorder.begin`."""
        said = blotted(str(text), self._secrets)
        return _BlottedStep(self._recorder.begin(kind, name, said), self._secrets)


class _BlottedStep:
    def __init__(self, step: StepHandle, secrets: Collection[str]) -> None:
        self._step = step
        self._secrets = secrets

    def end(self, result: str = "", *, usage: Usage | None = None) -> None:
        """See `agents.base.StepHandle.end`."""
        self._step.end(blotted(str(result), self._secrets), usage=usage)

    def fail(self, error: str, *, usage: Usage | None = None) -> None:
        """See `agents.base.StepHandle.fail`."""
        self._step.fail(blotted(str(error), self._secrets), usage=usage)
