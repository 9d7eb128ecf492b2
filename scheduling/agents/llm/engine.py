"""pydantic-ai with one pool of connections. Slow to import: see `LlmBackend`."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import anyio
import httpx2
from anyio import to_thread
from pydantic_ai import Agent
from pydantic_ai.exceptions import (
    AgentRunError,
    FallbackExceptionGroup,
    ModelAPIError,
    UserError,
)
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.run import AgentRunResult
from pydantic_ai.settings import ModelSettings
from pydantic_ai.toolsets import AbstractToolset, CombinedToolset
from pydantic_ai.usage import UsageLimits

from scheduling.agents.base import (
    AgentRequest,
    AgentResult,
    AgentTimeout,
    InvalidOutput,
    Usage,
)
from scheduling.agents.llm.access import PROVIDERS, Access
from scheduling.agents.llm.answers import build_agent, text_of
from scheduling.agents.llm.errors import (
    as_agent_error,
    can_help,
    chain_error,
    refusal_beneath,
)
from scheduling.agents.llm.guard import AddressCheck
from scheduling.agents.llm.history import as_messages
from scheduling.agents.llm.mcp_servers import mcp_toolsets
from scheduling.agents.llm.meter import Meter
from scheduling.agents.llm.options import LlmOptions
from scheduling.agents.llm.pools import Pools
from scheduling.agents.llm.tools import OwnTools
from scheduling.agents.llm.watching import Watch, WatchedModel, WatchedTools

#: Makes the model called by a name, with one provider and key.
ModelFactory = Callable[[str], Model]
_KEPT = 64
#: The meter has the limits: it also counts what the library does not.
_NO_LIMITS = UsageLimits(request_limit=None)


class Engine:
    """Asks models. Belongs to one event loop."""

    def __init__(self, check: AddressCheck) -> None:
        self.pools = Pools(check)
        self._factories: OrderedDict[Access, ModelFactory] = OrderedDict()
        self._agents: OrderedDict[str, Agent[Watch, Any]] = OrderedDict()
        self._connecting = anyio.Lock()

    async def ask(
        self,
        request: AgentRequest[LlmOptions],
        accesses: Sequence[Access],
    ) -> AgentResult:
        """Run the agent once. Raises `AgentError`, with what was spent until then."""
        options = request.options
        meter = Meter(options, request.limits)
        watch = Watch(options=options, meter=meter, recorder=request.recorder)
        with anyio.move_on_after(options.timeout_seconds) as limit:
            try:
                model = await self._model(accesses, watch)
                result = await self._run(model, request, watch)
            except Exception as error:  # noqa: BLE001 -- it is raised, told as ours
                # Without its cause, which quotes the provider's answer and the key.
                raise _as_told(error, accesses, watch) from None
            return _delivered(result, watch)
        if limit.cancelled_caught:
            raise AgentTimeout(
                f"{options.provider} model {options.model!r} took longer than"
                f" timeout_seconds ({options.timeout_seconds:g})",
                retryable=True,
                usage=meter.usage,
            )
        raise AssertionError("a run returns, raises or is cancelled")

    async def close(self) -> None:
        """Close the connections."""
        self._factories.clear()
        await self.pools.close()

    async def _run(
        self, model: Model, request: AgentRequest[LlmOptions], watch: Watch
    ) -> AgentRunResult[Any]:
        options = request.options
        return await self._agent(options).run(
            request.input_message,
            model=model,
            instructions=request.system_prompt or None,
            message_history=as_messages(request.history) or None,
            model_settings=_settings(
                options, request.call_seconds(options.timeout_seconds)
            ),
            toolsets=self._toolsets(request, watch),
            deps=watch,
            usage_limits=_NO_LIMITS,
            infer_name=False,
        )

    def _toolsets(
        self, request: AgentRequest[LlmOptions], watch: Watch
    ) -> list[AbstractToolset[Any]]:
        options = request.options
        toolsets: list[AbstractToolset[Any]] = []
        if options.tools:
            toolsets.append(OwnTools(request.tools, options.tools))
        toolsets += mcp_toolsets(
            options.mcp_servers,
            request.credentials,
            self.pools,
            seconds=request.deadline_seconds,
        )
        if not toolsets:
            return []
        return [WatchedTools(wrapped=CombinedToolset(toolsets), watch=watch)]

    def _agent(self, options: LlmOptions) -> Agent[Watch, Any]:
        """The one for this shape of answer; to make it takes milliseconds."""
        shape = json.dumps([options.output_schema, options.output_retries])
        if (agent := self._agents.get(shape)) is None:
            agent = self._agents[shape] = build_agent(options)
            _forget_oldest(self._agents)
        self._agents.move_to_end(shape)
        return agent

    async def _model(self, accesses: Sequence[Access], watch: Watch) -> Model:
        models = []
        for access, choice in zip(accesses, watch.options.choices, strict=True):
            factory = await self._factory(access)
            in_words = partial(_in_words, access, choice.model)
            models.append(WatchedModel(factory(choice.model), watch, in_words))
        if len(models) == 1:
            return models[0]
        return FallbackModel(*models, fallback_on=_falls_back(models[0]))

    async def _factory(self, access: Access) -> ModelFactory:
        if (known := self._factories.get(access)) is not None:
            self._factories.move_to_end(access)
            return known
        async with self._connecting:
            # Imports the provider's SDK (up to two seconds) at its first use.
            factory = await to_thread.run_sync(self._connect, access)
            self._factories[access] = factory
            _forget_oldest(self._factories)
            return factory

    def _connect(self, access: Access) -> ModelFactory:
        connector = import_module(PROVIDERS[access.provider].connector)
        factory: ModelFactory = connector.connect(access, self.http_of(access))
        return factory

    def http_of(self, access: Access) -> httpx2.AsyncClient:
        """Return the client for an address: guarded, unless it is known to be good."""
        return self.pools.known if access.is_known_place else self.pools.guarded


def _forget_oldest(kept: OrderedDict[Any, Any]) -> None:
    if len(kept) > _KEPT:
        kept.popitem(last=False)


def _falls_back(first: Model) -> Callable[[Exception], bool]:
    """Whether the next model is asked: the first one's trouble can pass, or it has passed it on."""

    def falls_back(error: Exception) -> bool:
        if not isinstance(error, ModelAPIError) or refusal_beneath(error):
            return False
        return can_help(error) or error.model_name != first.model_name

    return falls_back


def _in_words(access: Access, model: str, error: Exception) -> str:
    if refusal := refusal_beneath(error):
        return str(refusal)
    return str(as_agent_error(error, access, model, Usage()))


def _as_told(error: Exception, accesses: Sequence[Access], watch: Watch) -> Exception:
    """Return the error as `AgentError` with what was spent; one of our own as it is."""
    usage, options = watch.meter.usage, watch.options
    if refusal := refusal_beneath(error):
        refusal.usage = usage
        return refusal
    if isinstance(error, FallbackExceptionGroup):
        names = [choice.model for choice in options.choices]
        asked = list(zip(accesses, names, strict=True))
        return chain_error(error, asked, usage)
    if isinstance(error, AgentRunError | UserError):
        return as_agent_error(error, accesses[0], options.model, usage, watch.misfit)
    return error


def _delivered(result: AgentRunResult[Any], watch: Watch) -> AgentResult:
    response, usage, output = result.response, watch.meter.usage, result.output
    metadata: dict[str, object] = {"model": response.model_name or usage.model}
    if response.finish_reason == "length":
        # Cut off at max_output_tokens: the reader must be able to tell.
        metadata["truncated"] = True
    if isinstance(output, Mapping):
        return AgentResult(
            output=text_of(output),
            output_type="json",
            data=dict(output),
            usage=usage,
            metadata=metadata,
        )
    if not output.strip():
        model = watch.options.model
        raise InvalidOutput(f"model {model!r} answered nothing", usage=usage)
    return AgentResult(
        output=output, output_type="markdown", usage=usage, metadata=metadata
    )


def _settings(options: LlmOptions, seconds: float) -> ModelSettings:
    # The runner's deadline is the limit; without this the SDKs would give up after 600 s.
    settings = ModelSettings(timeout=seconds)
    if options.temperature is not None:
        settings["temperature"] = options.temperature
    if options.max_output_tokens is not None:
        settings["max_tokens"] = options.max_output_tokens
    return settings
