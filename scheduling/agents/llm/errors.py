"""What went wrong between a model and us, as an `AgentError`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic_ai.exceptions import (
    ContentFilterError,
    FallbackExceptionGroup,
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
)

from scheduling.agents.base import (
    AgentError,
    AgentTimeout,
    InvalidOutput,
    Misconfigured,
    Usage,
)
from scheduling.agents.llm.access import Access
from scheduling.agents.web import MAX_RETRY_AFTER_SECONDS, excerpt, is_retryable


def as_agent_error(
    error: Exception, access: Access, model: str, usage: Usage, misfit: str = ""
) -> AgentError:
    """Return the error in our words; the key never stands in it.

    `misfit` says what was wrong with the answer when it was to fit a schema.
    Retrying helps against what may pass: a rate limit, a server's failure, a lost
    connection. It does not help against a wrong key, a wrong name or a quota used up.
    """
    asked = f"{access.provider} model {model!r}"
    said = excerpt(_words(error, misfit), secrets=(access.api_key,))
    match error:
        case ContentFilterError():
            return InvalidOutput(f"{asked} refused to answer: {said}", usage=usage)
        case UnexpectedModelBehavior():
            return InvalidOutput(f"{asked}: {said}", usage=usage)
        case ModelRequestTimeout():
            return AgentTimeout(f"{asked}: {said}", retryable=True, usage=usage)
        case ModelConnectionError():
            host = urlsplit(access.base_url).netloc
            message = f"{asked} could not be reached at {host}: {said}"
            return AgentError(message, retryable=True, usage=usage)
        case ModelAPIError() if type(error) is ModelAPIError:
            # No category at all: the body could not be decoded, often a gateway's doing.
            message = f"{asked} gave an answer that cannot be read: {said}"
            return InvalidOutput(message, retryable=True, usage=usage)
        case ModelNotFoundError() | ModelHTTPError(status_code=401):
            # The same until somebody mends it, however often it is tried.
            message = f"{asked} answered {_status(error)}: {said}"
            return Misconfigured(message, usage=usage)
        case ModelAPIError():
            can_pass = can_help(error)
            return AgentError(
                f"{asked} answered {_status(error)}: {said}",
                retryable=can_pass,
                retry_after=_retry_after(error) if can_pass else None,
                usage=usage,
            )
        case _:
            return AgentError(f"{asked}: {said}", usage=usage)


def chain_error(
    group: FallbackExceptionGroup, asked: Sequence[tuple[Access, str]], usage: Usage
) -> AgentError:
    """Return the error of models that were asked in turn and have all failed.

    Trying all of them again can help when it can with one; not before the first of these
    is ready.
    """
    errors = [
        as_agent_error(error, access, model, usage)
        for error, (access, model) in zip(group.exceptions, asked, strict=False)
    ]
    waits = [error.retry_after for error in errors if error.retryable]
    known = [wait for wait in waits if wait is not None]
    return AgentError(
        "; then ".join(map(str, errors)),
        retryable=bool(waits),
        retry_after=min(known) if known and len(known) == len(waits) else None,
        usage=usage,
    )


def refusal_beneath(error: BaseException) -> AgentError | None:
    """Return what our own checks said, beneath what the libraries made of it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, AgentError):
            return each
        if each is None or id(each) in seen:  # they may go round in circles
            continue
        seen.add(id(each))
        waiting.append(each.__cause__ or each.__context__)
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
    return None


def can_help(error: ModelAPIError) -> bool:
    """Whether the same request can succeed later, or elsewhere."""
    if isinstance(error, ModelConnectionError):
        return True
    if isinstance(error, ModelQuotaExceededError):
        return False
    if isinstance(error, ModelHTTPError) and is_retryable(error.status_code):
        return True
    # Errors inside an answer that had begun have no status of their own.
    passing = (ModelRateLimitError, ModelServerError, ModelUnavailableError)
    return isinstance(error, passing)


def _retry_after(error: ModelAPIError) -> float | None:
    if error.retry_after is None:
        return None
    return min(error.retry_after, MAX_RETRY_AFTER_SECONDS)


def _status(error: ModelAPIError) -> str:
    if isinstance(error, ModelHTTPError):
        return f"with status {error.status_code}"
    return "with an error"


def _words(error: Exception, misfit: str) -> str:
    if isinstance(error, ModelHTTPError):
        return _message(error.body) or "no reason given"
    if isinstance(error, UnexpectedModelBehavior) and "output retries" in str(error):
        # Of text, which is all right unless it is not there; of an object see `misfit`.
        return misfit or "the answer is empty"
    return str(error)


def _message(body: Any) -> str:
    """Return the provider's own words from `{"error": {"message": ...}}` and its kin."""
    if isinstance(body, dict):
        for name in ("error", "message", "detail"):
            if words := _message(body.get(name)):
                return words
        return ""
    if isinstance(body, list) and body:
        return _message(body[0])
    return body if isinstance(body, str) else ""
