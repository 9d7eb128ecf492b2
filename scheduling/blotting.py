"""Keeps the credentials of an agent out of what is stored about its runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
