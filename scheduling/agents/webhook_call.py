"""Calls a webhook and says what came back (CONTRACTS A3, call_webhook)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from pydantic import Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentRequest,
    AgentResult,
    Finding,
    HttpAnswer,
    Misconfigured,
    Options,
    Usage,
)
from scheduling.agents.web import (
    MaybeWebAddress,
    PlainHeaders,
    bearer,
    error_class,
    excerpt,
    header_error,
    is_retryable,
    reach,
    retry_after_seconds,
)

TIMEOUT_SECONDS = 30.0
#: What comes after is not read.
MAX_ANSWER_BYTES = 1_000_000
_WITH_CONTENT_TYPE = frozenset({"POST", "PUT", "PATCH"})
_NO_ADDRESS = (
    "webhook_call has no url: neither the agent's options name one, nor the task's"
)


class WebhookCallOptions(Options):
    """What to call, and with what."""

    url: MaybeWebAddress = Field(
        title=_("URL"),
        default="",
        description=_("What is called. Empty: each task names its own."),
    )
    method: Literal["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD"] = Field(
        title=_("Method"), default="POST", description=_("The HTTP method.")
    )
    headers: PlainHeaders = Field(
        title=_("Headers"),
        default_factory=dict,
        description=_("Sent along, readable to all who see the agent: no secrets."),
    )
    body: str = Field(
        title=_("Body"), default="", description=_("Sent as it stands; may be empty.")
    )
    send_input: bool = Field(
        title=_("Send the prompt"),
        default=False,
        description=_("An empty body is the task's prompt, its variables filled in."),
    )


class WebhookCallBackend(AgentBackend[WebhookCallOptions]):
    """One request, 30 seconds, 1 MB of answer. `credentials.bearer_token` goes into
    `Authorization`, `credentials.secret_header` (`Name: value`) along with it.
    """

    label = "Webhook call"
    options_class = WebhookCallOptions
    credential_names = frozenset({"bearer_token", "secret_header"})
    task_options = frozenset({"url", "method", "headers", "body"})
    task_option_needed = "url"

    @classmethod
    def task_options_of(
        cls, options: Mapping[str, Any], credentials: Collection[str]
    ) -> frozenset[str]:
        """An address or a secret of the agent's own stays with it: neither is for elsewhere."""
        if options.get("url") or credentials:
            return cls.task_options - {"url", "headers"}
        return cls.task_options

    async def invoke(self, request: AgentRequest[WebhookCallOptions]) -> AgentResult:
        """Call it. Raises `AgentError` for a status that is not 2xx."""
        options = request.options
        if not options.url:
            raise Misconfigured(_NO_ADDRESS)
        body = options.body or (request.input_message if options.send_input else "")
        answer = await request.context.request(
            options.method,
            options.url,
            headers=_headers(request, body),
            body=body.encode() if body else None,
            timeout=request.call_seconds(TIMEOUT_SECONDS),
        )
        return _result(answer, tuple(request.credentials.values()))

    async def preflight(
        self,
        options: WebhookCallOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """See `AgentBackend.preflight`. The address is connected, and sent nothing."""
        if options.url:
            return [await reach(options.url, context)]
        if credentials:
            return [Finding(name="address", ok=False, words=f"{_NO_ADDRESS}.")]
        return [Finding(name="address", ok=True, words="Each task names its own.")]


def _headers(request: AgentRequest[WebhookCallOptions], body: str) -> dict[str, str]:
    options = request.options
    headers = {"Idempotency-Key": request.run_id, **options.headers}
    if body and options.method in _WITH_CONTENT_TYPE:
        headers["Content-Type"] = "application/json"
    headers |= bearer(request.credentials.get("bearer_token", ""))
    if secret := request.credentials.get("secret_header", ""):
        name, colon, value = (part.strip() for part in secret.partition(":"))
        if not colon or header_error(name, value):
            raise Misconfigured(
                "credentials.secret_header must be a header in printable ASCII: Name: value"
            )
        headers[name] = value
    return headers


def _result(answer: HttpAnswer, secrets: tuple[str, ...]) -> AgentResult:
    body = answer.body[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
    if not 200 <= answer.status < 300:
        raise error_class(answer.status)(
            f"webhook returned status {answer.status}: {excerpt(body, secrets=secrets)}",
            retryable=is_retryable(answer.status),
            retry_after=retry_after_seconds(answer.headers.get("retry-after")),
        )
    metadata: dict[str, Any] = {"status_code": answer.status}
    if answer.truncated or len(answer.body) > MAX_ANSWER_BYTES:
        metadata["truncated"] = True
    return AgentResult(
        output=body if body.strip() else f"Status {answer.status}, without a body.",
        data={"status_code": answer.status, "body": body},
        usage=Usage(requests=1),
        metadata=metadata,
    )
