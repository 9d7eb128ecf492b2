"""pydantic-ai with one pool of connections. Slow to import: see `LlmBackend`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module

import anyio
import httpx2
from anyio import to_thread
from pydantic_ai import Agent
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.models import Model, create_async_httpx2_client
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits

from scheduling.agents.base import (
    AgentError,
    AgentRequest,
    AgentResult,
    AgentTimeout,
    InvalidOutput,
    Usage,
)
from scheduling.agents.llm.errors import as_agent_error
from scheduling.agents.llm.guard import AddressCheck, GuardedTransport
from scheduling.agents.llm.options import PROVIDERS, Access, LlmOptions

#: Makes the model called by a name, with one provider and key.
ModelFactory = Callable[[str], Model]
_KEPT_FACTORIES = 64


class Engine:
    """Asks models. Belongs to one event loop.

    All providers and keys share one pool of connections, so nothing is connected twice and
    a key that is no longer used leaves nothing open. The pool follows no redirects (a key
    would go along) and keeps no cookies (runs of different owners must not meet in one).

    Addresses that agents brought have a pool of their own, in which `check` judges what is
    connected; it is apart, so that no connection is reused which it would have refused.
    """

    def __init__(self, check: AddressCheck) -> None:
        self._known = _client(None)
        self._guarded = _client(GuardedTransport(check))
        self._factories: OrderedDict[Access, ModelFactory] = OrderedDict()
        self._connecting = anyio.Lock()

    async def ask(
        self, request: AgentRequest[LlmOptions], access: Access
    ) -> AgentResult:
        """Run the agent once. Raises `AgentError`, with what was spent until then."""
        options = request.options
        spent = RunUsage()
        with anyio.move_on_after(options.timeout_seconds) as limit:
            try:
                model = (await self._factory(access))(options.model)
                return await _run(model, request, spent)
            except (AgentRunError, UserError) as error:
                if refusal := _refusal(error):
                    raise refusal from None
                usage = _usage(spent, options.model)
                # Without its cause, which quotes the provider's answer and the key.
                raise as_agent_error(error, access, options.model, usage) from None
        if limit.cancelled_caught:
            raise AgentTimeout(
                f"{access.provider} model {options.model!r} took longer than"
                f" timeout_seconds ({options.timeout_seconds:g})",
                retryable=True,
                usage=_usage(spent, options.model),
            )
        raise AssertionError("a run returns, raises or is cancelled")

    async def close(self) -> None:
        """Close the connections."""
        self._factories.clear()
        await self._known.aclose()
        await self._guarded.aclose()

    async def _factory(self, access: Access) -> ModelFactory:
        async with self._connecting:
            if (factory := self._factories.get(access)) is None:
                # Imports the provider's SDK (up to two seconds) at its first use.
                factory = await to_thread.run_sync(self._connect, access)
                self._factories[access] = factory
                if len(self._factories) > _KEPT_FACTORIES:
                    self._factories.popitem(last=False)
            self._factories.move_to_end(access)
            return factory

    def _connect(self, access: Access) -> ModelFactory:
        connector = import_module(PROVIDERS[access.provider].connector)
        http = self._known if access.is_known_place else self._guarded
        factory: ModelFactory = connector.connect(access, http)
        return factory


def _client(transport: GuardedTransport | None) -> httpx2.AsyncClient:
    client = create_async_httpx2_client(transport=transport)
    client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _refusal(error: BaseException | None) -> AgentError | None:
    """Return what the address check said, beneath what the SDKs made of it."""
    while error is not None and not isinstance(error, AgentError):
        error = error.__cause__ or error.__context__
    return error


async def _run(
    model: Model, request: AgentRequest[LlmOptions], spent: RunUsage
) -> AgentResult:
    options = request.options
    # An empty answer is told, not paid for twice: the task's own retries decide.
    agent = Agent(
        model, instructions=request.system_prompt or None, retries={"output": 0}
    )
    result = await agent.run(
        request.input_message,
        model_settings=_settings(options, request.deadline_seconds),
        usage_limits=UsageLimits(
            request_limit=options.request_limit,
            total_tokens_limit=options.total_tokens_limit,
        ),
        usage=spent,
    )
    response = result.response
    answered_by = response.model_name or options.model
    usage = _usage(spent, answered_by)
    if not result.output.strip():
        raise InvalidOutput(f"model {options.model!r} answered nothing", usage=usage)
    metadata: dict[str, object] = {"model": answered_by}
    if response.finish_reason == "length":
        # Cut off at max_output_tokens: the reader must be able to tell.
        metadata["truncated"] = True
    return AgentResult(
        output=result.output, output_type="markdown", usage=usage, metadata=metadata
    )


def _settings(options: LlmOptions, deadline_seconds: float) -> ModelSettings:
    # The runner's deadline is the limit; without this the SDKs would give up after 600 s.
    settings = ModelSettings(timeout=options.timeout_seconds or deadline_seconds)
    if options.temperature is not None:
        settings["temperature"] = options.temperature
    if options.max_output_tokens is not None:
        settings["max_tokens"] = options.max_output_tokens
    return settings


def _usage(spent: RunUsage, model: str) -> Usage:
    return Usage(
        requests=spent.requests,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        tool_calls=spent.tool_calls,
        cost=spent.cost,
        model=model,
    )
