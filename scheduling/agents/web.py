"""PURE: what the backends that speak HTTP by themselves agree on.

Addresses come from options, where anybody who may see the agent can read them, so they
carry no passwords; an answer that is not 2xx becomes an `AgentError` in one way only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from pages.sentence import Sentence
from scheduling.agents.base import AgentError, HttpAnswer

#: Statuses below 500 after which the same request can succeed later (RFC 9110, RFC 6585,
#: RFC 8470): request timeout, too early, too many requests.
RETRYABLE_STATUSES = frozenset({408, 425, 429})
MAX_RETRY_AFTER_SECONDS = 3600.0
EXCERPT_CHARS = 300


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port  # raises when it is no port number
    except ValueError as error:
        raise ValueError(Sentence("is no URL: %(error)s", error=error)) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(Sentence("must be an http:// or https:// URL with a host"))
    if "@" in parts.netloc:
        raise ValueError(Sentence("must not hold a user name or password"))
    if any(character.isspace() for character in value):
        raise ValueError(Sentence("must not hold white space"))
    return value


#: An http or https address with a host and no password in it.
WebAddress = Annotated[str, AfterValidator(_web_address)]


def is_retryable(status: int) -> bool:
    """Whether the same request can succeed later."""
    return status in RETRYABLE_STATUSES or status >= 500


def retry_after_seconds(value: str | None) -> float | None:
    """Return a `Retry-After` in seconds, capped at an hour; `None` when it is no number.

    The other form of RFC 9110, a date, is ignored: the task's own ladder serves as well.
    """
    text = (value or "").strip()
    if not text.isascii() or not text.isdecimal():
        return None
    return min(float(text), MAX_RETRY_AFTER_SECONDS)


def status_error(
    answer: HttpAnswer, asked: str, *, secrets: Iterable[str] = ()
) -> AgentError:
    """Return the error for an answer whose status is not 2xx.

    `asked` names who was asked; `secrets` are blotted out where the answer repeats them.
    """
    message = f"{asked} answered with status {answer.status}"
    if 300 <= answer.status < 400:
        message += " (redirects are not followed; give the final address)"
    if words := excerpt(answer.body.decode("utf-8", "replace"), secrets=secrets):
        message += f": {words}"
    return AgentError(
        message,
        retryable=is_retryable(answer.status),
        retry_after=retry_after_seconds(answer.headers.get("retry-after")),
    )


def excerpt(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Return the beginning of `text` on one line, without the `secrets`."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARS else f"{line[:EXCERPT_CHARS]}…"
