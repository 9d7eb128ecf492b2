"""Hands the run to an agent behind an HTTP endpoint of its own and takes its answer.

With a callback the agent may say "accepted" instead, and answer at a one-time address later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, NoReturn

from anyio import to_thread
from pydantic import BaseModel, Field, ValidationError, model_validator

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    Finding,
    HttpAnswer,
    InvalidOutput,
    Options,
    Usage,
)
from scheduling.agents.web import (
    PlainHeaders,
    WebAddress,
    bearer,
    checked,
    decoded,
    excerpt,
    reach,
    status_error,
)

#: A longer answer is refused: it would be stored, sent and shown.
MAX_ANSWER_BYTES = 2_000_000
_LARGE_BYTES = 64 * 1024
#: An acceptance is short; only what is as short is looked at for one.
_ACCEPTED_BYTES = 1000


class HttpOptions(Options):
    """Where the agent lives."""

    url: WebAddress = Field(
        title=_("URL"), description=_("The agent's address; it gets a POST.")
    )
    headers: PlainHeaders = Field(
        title=_("Headers"),
        default_factory=dict,
        description=_("Sent along, readable to all who see the agent: no secrets."),
    )
    timeout_seconds: float | None = Field(
        title=_("Timeout in seconds"),
        default=None,
        gt=0,
        le=86_400,
        description=_(
            "Longest wait for the answer; empty: as long as the run may take."
        ),
    )
    callback: bool = Field(
        title=_("Answers later"),
        default=False,
        description=_(
            "The agent may accept the run with status 202 and POST its answer to the"
            " callback_url that it was given, until the deadline of the run."
        ),
    )


class HttpUsage(BaseModel):
    """What the agent says it took."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost: Decimal | None = Field(default=None, ge=0)
    model: str = ""


class HttpOutput(BaseModel):
    """The answer's JSON; names that are not here are left alone."""

    output: str
    output_type: str = Field(default="text", min_length=1, max_length=50)
    data: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    usage: HttpUsage = Field(default_factory=HttpUsage)

    @model_validator(mode="before")
    @classmethod
    def _take_the_output_by_any_of_its_names(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be an object")  # noqa: TRY004 -- pydantic reports ValueErrors only
        # Some languages write what is not there as null.
        kept = {name: part for name, part in value.items() if part is not None}
        for name in ("content", "text"):
            if "output" not in kept and name in kept:
                kept["output"] = kept[name]
        return kept


class HttpBackend(AgentBackend[HttpOptions]):
    """POSTs the run as JSON. `credentials.bearer_token` goes into `Authorization`.

    The same run always carries the same `Idempotency-Key`, so an agent that gets a
    second try can tell (draft-ietf-httpapi-idempotency-key-header).
    """

    label = "HTTP endpoint"
    options_class = HttpOptions
    credential_names = frozenset({"bearer_token"})

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """See `AgentBackend.converses`."""
        return True

    async def invoke(self, request: AgentRequest[HttpOptions]) -> AgentResult:
        """Send the run, wait for the answer. Raises `AgentError`, `InvalidOutput`."""
        answer = await self._answer(request)
        secrets = (request.credentials.get("bearer_token", ""),)
        if len(answer.body) > _LARGE_BYTES:
            # Reading it takes too long for the loop that all runs share.
            return await to_thread.run_sync(
                partial(read_answer, answer, secrets=secrets)
            )
        return read_answer(answer, secrets=secrets)

    async def _answer(self, request: AgentRequest[HttpOptions]) -> HttpAnswer:
        options, context = request.options, request.context
        address: str | None = ""
        if options.callback:
            address = await context.open_callback(
                request.run_id, seconds=request.deadline_seconds
            )
            if address is None:  # it answered while no worker waited for it
                return await context.await_callback(request.run_id)
        answer = await context.request(
            "POST",
            options.url,
            headers=_headers(request),
            body=_body(request, address),
            timeout=request.call_seconds(options.timeout_seconds),
        )
        if address and _is_accepted(answer):
            return await context.await_callback(request.run_id)
        return answer

    async def preflight(
        self,
        options: HttpOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """See `AgentBackend.preflight`. The endpoint is connected, and sent nothing."""
        findings = [await reach(options.url, context)]
        if options.callback:
            well = "This installation knows the address at which agents answer later."
            findings.append(await checked("callback", context.check_callback, well))
        return findings


def _is_accepted(answer: HttpAnswer) -> bool:
    """Whether the agent will answer at its callback address."""
    if answer.status != 200:
        return answer.status == 202
    if len(answer.body) > _ACCEPTED_BYTES:
        return False
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(said, dict)
        and said.get("status") == "accepted"
        and not ({"output", "content", "text", "error"} & set(said))
    )


def _headers(request: AgentRequest[HttpOptions]) -> dict[str, str]:
    headers = {
        **request.options.headers,
        "Content-Type": "application/json",
        "Idempotency-Key": request.run_id,
        **bearer(request.credentials.get("bearer_token", "")),
    }
    if not any(name.lower() == "accept" for name in headers):
        headers["Accept"] = "application/json, text/markdown, text/plain;q=0.9"
    return headers


def _body(request: AgentRequest[HttpOptions], address: str | None) -> bytes:
    return json.dumps(
        {
            **({"callback_url": address} if address else {}),
            "run_id": request.run_id,
            "task_id": request.task_id,
            "task_name": request.task_name,
            "user_id": request.user_id,
            "attempt": request.attempt,
            "scheduled_for": request.scheduled_for.isoformat(),
            "system_prompt": request.system_prompt,
            "input_message": request.input_message,
            "parents": {
                task_id: {
                    "task_name": parent.task_name,
                    "status": parent.status,
                    "output": parent.output,
                    "data": parent.data,
                }
                for task_id, parent in request.parents.items()
            },
            **(_conversation(request) if request.session_id else {}),
        }
    ).encode()


def _conversation(request: AgentRequest[HttpOptions]) -> dict[str, Any]:
    history = [{"role": turn.role, "content": turn.content} for turn in request.history]
    return {"session_id": request.session_id, "history": history}


def read_answer(answer: HttpAnswer, *, secrets: tuple[str, ...] = ()) -> AgentResult:
    """Return what the agent said: JSON with `output`, or a text body as it stands.

    Raises `AgentError` for a status that is not 2xx and for JSON with an `error` instead of an
    output, `InvalidOutput` for an answer that cannot be read. `secrets` never come back in one.
    """
    if answer.status == 202:
        raise AgentError(
            "the agent accepted the run (status 202) to answer later;"
            " the option callback lets it"
        )
    if not 200 <= answer.status < 300:
        raise status_error(answer, "the agent", secrets=secrets)
    if answer.truncated or len(answer.body) > MAX_ANSWER_BYTES:
        raise InvalidOutput(
            f"the agent's answer is too long: at least {len(answer.body)} bytes, where"
            f" {MAX_ANSWER_BYTES} are read at most"
        )
    kind, charset = _content_type(answer)
    is_json = kind == "application/json" or kind.endswith("+json")
    if not is_json and kind and not kind.startswith("text/"):
        raise InvalidOutput(
            f"the agent answered with {kind[:80]!r}: JSON or text is needed"
        )
    text = _decode(answer.body, charset)
    result = _from_json(text, secrets) if is_json else _from_text(text, kind)
    if not result.output.strip() and result.data is None:
        raise InvalidOutput("the agent's answer is empty")
    return result


def _content_type(answer: HttpAnswer) -> tuple[str, str]:
    kind, *parameters = answer.headers.get("content-type", "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.strip().lower(), value.strip().strip('"').lower()
    return kind.strip().lower(), "utf-8"


def _decode(body: bytes, charset: str) -> str:
    try:
        return decoded(body, charset).removeprefix("\ufeff")
    except LookupError:
        raise InvalidOutput(
            f"the agent's answer has the unknown charset {charset[:40]!r}"
        ) from None
    except ValueError:
        raise InvalidOutput(f"the agent's answer is not {charset[:40]}") from None


def _from_text(text: str, kind: str) -> AgentResult:
    subtype = kind.removeprefix("text/")
    output_type = subtype if subtype in {"markdown", "html"} else "text"
    return AgentResult(output=text, output_type=output_type, usage=Usage(requests=1))


def _from_json(text: str, secrets: tuple[str, ...]) -> AgentResult:
    try:
        document = json.loads(text, parse_constant=_no_number)
        _raise_its_error(document, secrets)
        said = HttpOutput.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise InvalidOutput(
            f"the agent's JSON does not fit: {where}: {first['msg']}"
            " (needed: a text as output, content or text)"
        ) from None
    except (ValueError, RecursionError):
        raise InvalidOutput(
            f"the agent's answer is not valid JSON: {excerpt(text, secrets=secrets)}"
        ) from None
    usage = Usage(requests=1, **said.usage.model_dump())
    return AgentResult(
        output=said.output,
        output_type=said.output_type,
        data=said.data,
        usage=usage,
        metadata=said.metadata,
    )


def _raise_its_error(document: object, secrets: tuple[str, ...]) -> None:
    if not isinstance(document, dict) or any(
        document.get(name) is not None for name in ("output", "content", "text")
    ):
        return
    if isinstance(words := document.get("error"), str) and words.strip():
        raise AgentError(f"the agent failed: {excerpt(words, secrets=secrets)}")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
