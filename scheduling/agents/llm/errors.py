"""What went wrong between a model and us, as an `AgentError`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)

from scheduling.agents.base import (
    AgentError,
    AgentTimeout,
    BudgetExceeded,
    InvalidOutput,
    Usage,
)
from scheduling.agents.llm.options import Access
from scheduling.agents.web import MAX_RETRY_AFTER_SECONDS, excerpt, is_retryable


def as_agent_error(
    error: Exception, access: Access, model: str, usage: Usage
) -> AgentError:
    """Return the error in our words; the key never stands in it.

    Retrying helps against what may pass: a rate limit, a server's failure, a lost
    connection. It does not help against a wrong key, a wrong name or a quota used up.
    """
    asked = f"{access.provider} model {model!r}"
    said = excerpt(_words(error), secrets=(access.api_key,))
    match error:
        case UsageLimitExceeded():
            return BudgetExceeded(f"{asked}: {said}", usage=usage)
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
        case ModelAPIError():
            can_pass = _can_pass(error)
            return AgentError(
                f"{asked} answered {_status(error)}: {said}",
                retryable=can_pass,
                retry_after=_retry_after(error) if can_pass else None,
                usage=usage,
            )
        case _:
            return AgentError(f"{asked}: {said}", usage=usage)


def _can_pass(error: ModelAPIError) -> bool:
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


def _words(error: Exception) -> str:
    if isinstance(error, ModelHTTPError):
        return _message(error.body) or "no reason given"
    if isinstance(error, UsageLimitExceeded):
        # The library's hint points at its own manual, not at this product's options.
        return str(error).partition(". Consider raising")[0]
    if isinstance(error, UnexpectedModelBehavior) and "output retries" in str(error):
        # What is asked for is plain text, so the only thing wrong with it is its absence.
        return "the answer is empty"
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
