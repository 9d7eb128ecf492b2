"""What the backends that speak HTTP by themselves agree on.

Addresses and headers come from options, where anybody who may see the agent can read them, so
they carry no passwords; an answer that is not 2xx becomes an `AgentError` in one way only.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from pages.sentence import Sentence
from scheduling.agents.base import (
    AgentContext,
    AgentError,
    Finding,
    HttpAnswer,
    Misconfigured,
)

#: Statuses below 500 after which the same request can succeed later (RFC 9110, RFC 6585,
#: RFC 8470): request timeout, too early, too many requests.
RETRYABLE_STATUSES = frozenset({408, 425, 429})
MAX_RETRY_AFTER_SECONDS = 3600.0
EXCERPT_CHARS = 300
#: Longest wait of a preflight for a connection, in seconds.
CONNECT_SECONDS = 5.0
#: RFC 9110 5.6.2: what a header's name may be made of.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Python's own codecs, which no page is written in; the first takes hours for some megabytes.
_NO_CHARSETS = frozenset(
    {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"}
)
#: Set by Backbeat or by the transport, or fit for credentials only.
_OWN_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "connection",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "transfer-encoding",
    }
)


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
#: The same, or an empty text.
MaybeWebAddress = Annotated[
    str, AfterValidator(lambda value: value and _web_address(value))
]


def header_error(name: str, text: str) -> str:
    """Return what is wrong with a header, or ""."""
    if not _HEADER_NAME.fullmatch(name):
        return Sentence("%(name)r is no header name", name=name)
    if not text.isprintable() or not text.isascii():
        return Sentence("the value of %(name)r must be printable ASCII", name=name)
    return ""


def _plain_headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if name.lower() in _OWN_HEADERS:
            raise ValueError(
                Sentence(
                    "%(name)r is not for options: the bearer token belongs into"
                    " credentials.bearer_token, the others are set by Backbeat",
                    name=name,
                )
            )
        if message := header_error(name, text):
            raise ValueError(message)
    return value


#: Headers to send along, none of them secret.
PlainHeaders = Annotated[dict[str, str], AfterValidator(_plain_headers)]


def decoded(body: bytes, charset: str, errors: str = "strict") -> str:
    """Return `body` as text. Raises `LookupError` for an unknown charset, `ValueError`."""
    if codecs.lookup(charset).name in _NO_CHARSETS:
        raise LookupError(charset)
    return body.decode(charset, errors)


def bearer(token: str) -> dict[str, str]:
    """Return the header for `credentials.bearer_token`. Raises `AgentError` without quoting it."""
    if not token:
        return {}
    if not token.isascii() or not token.isprintable():
        raise AgentError("credentials.bearer_token must be printable ASCII")
    return {"Authorization": f"Bearer {token}"}


def is_retryable(status: int) -> bool:
    """Whether the same request can succeed later."""
    return status in RETRYABLE_STATUSES or status >= 500


def error_class(status: int) -> type[AgentError]:
    """What an answer with this status, not 2xx, is raised as: a wrong key is for people to mend."""
    return Misconfigured if status == 401 else AgentError


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
    return error_class(answer.status)(
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


async def reach(url: str, context: AgentContext) -> Finding:
    """Say whether the server of `url` can be connected; nothing is sent to it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await _connect(host, port, context)
    except AgentError as error:
        return Finding(name="address", ok=False, words=f"{error}.")
    except (OSError, UnicodeError) as error:
        why = str(error) or f"no answer within {CONNECT_SECONDS:g} s"
        words = f"{host}:{port} cannot be connected: {why}."
        return Finding(name="address", ok=False, words=words, passing=True)
    return Finding(name="address", ok=True, words=f"{host}:{port} can be connected.")


async def _connect(host: str, port: int, context: AgentContext) -> None:
    found = await asyncio.get_running_loop().getaddrinfo(host, port)
    # As the transport does: one that is not allowed is never connected.
    for *_, address in found:
        context.check_address(host, port, str(address[0]))
    for *_, address in found[:1]:
        _reader, writer = await asyncio.open_connection(str(address[0]), port)
        writer.close()


async def checked(
    name: str, check: Callable[[], Awaitable[None] | None], well: str
) -> Finding:
    """Return what a check that raises `AgentError` has found; `well` is said when it does not."""
    try:
        waiting = check()
        if waiting is not None:
            await waiting
    except AgentError as error:
        return Finding(name=name, ok=False, words=f"{error}.", passing=error.retryable)
    return Finding(name=name, ok=True, words=well)
