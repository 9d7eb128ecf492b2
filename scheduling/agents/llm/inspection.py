"""Looks at what an agent needs before it runs; asks nothing that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
import httpx2
from pydantic_ai.usage import RequestUsage

from scheduling.agents.base import AgentError, Finding
from scheduling.agents.llm.access import NO_KEY, Access, token_name
from scheduling.agents.llm.answers import build_agent
from scheduling.agents.llm.engine import Engine
from scheduling.agents.llm.errors import refusal_beneath
from scheduling.agents.llm.mcp_servers import connection
from scheduling.agents.llm.options import LlmOptions, McpServer
from scheduling.agents.llm.pools import Pools
from scheduling.agents.web import excerpt, is_retryable

#: For each address, and for each server.
_SECONDS = 6.0
_ANTHROPIC_VERSION = "2023-06-01"
_REFUSED = frozenset({401, 403})


async def inspect(
    engine: Engine,
    options: LlmOptions,
    credentials: Mapping[str, str],
    accesses: Sequence[Access],
) -> list[Finding]:
    """Return what was found, in the order of the options. Never raises."""
    found: list[Finding | None] = [_shape(options), _price(options, accesses[0])]
    places = list(zip(accesses, options.choices, strict=True))
    looks: list[Finding | None] = [None] * (len(places) + len(options.mcp_servers))

    async def look_at_model(number: int) -> None:
        access, choice = places[number]
        looks[number] = await _model(engine.http_of(access), access, choice.model)

    async def look_at_server(number: int) -> None:
        server = options.mcp_servers[number]
        token = credentials.get(token_name(server.name), "").strip()
        looks[len(places) + number] = await _server(server, token, engine.pools)

    async with anyio.create_task_group() as group:
        for number in range(len(places)):
            group.start_soon(look_at_model, number)
        for number in range(len(options.mcp_servers)):
            group.start_soon(look_at_server, number)
    return [finding for finding in (*looks, *found) if finding is not None]


def _shape(options: LlmOptions) -> Finding | None:
    try:
        build_agent(options)
    except AgentError as error:
        return Finding(name="output_schema", ok=False, words=str(error))
    return None


def _price(options: LlmOptions, access: Access) -> Finding | None:
    """A limit that cannot be kept stops nothing, but somebody should know."""
    if options.cost_limit is None:
        return None
    from genai_prices import calc_price  # noqa: PLC0415 -- its data are for whoever asks

    try:
        calc_price(
            RequestUsage(input_tokens=1, output_tokens=1),
            options.model,
            provider_id=access.provider,
        )
    except LookupError:
        words = f"the price of {options.model} is not known: cost_limit cannot be kept"
        return Finding(name="cost", ok=True, words=words)
    return Finding(name="cost", ok=True, words=f"the price of {options.model} is known")


async def _model(http: httpx2.AsyncClient, access: Access, model: str) -> Finding:
    """Ask for the model's description, or else for the list of all."""
    host = urlsplit(access.base_url).netloc
    address, headers = _models_of(access)
    try:
        with anyio.fail_after(_SECONDS):
            one = await http.get(f"{address}/{quote(model)}", headers=headers)
            if one.status_code in (400, 404, 405):
                one = await http.get(address, headers=headers)
                return _listed(one, host, model)
    except (httpx2.HTTPError, TimeoutError, AgentError) as error:
        if refusal := refusal_beneath(error):
            return Finding(name="address", ok=False, words=str(refusal))
        words = (
            f"{host} cannot be reached: {excerpt(str(error)) or type(error).__name__}"
        )
        return Finding(name="address", ok=False, words=words, passing=True)
    if one.is_success:
        return Finding(name="model", ok=True, words=f"{host} has the model {model}")
    return _unwell(one, access, host)


def _unwell(answer: httpx2.Response, access: Access, host: str) -> Finding:
    status = answer.status_code
    if status in _REFUSED and access.api_key != NO_KEY:
        words = f"{host} refuses the key (status {status})"
        return Finding(name="key", ok=False, words=words)
    if is_retryable(status):
        words = f"{host} answers with status {status} just now"
        return Finding(name="address", ok=False, words=words, passing=True)
    return _silent(host)


def _listed(answer: httpx2.Response, host: str, model: str) -> Finding:
    names = _names(answer) if answer.is_success else set()
    if not names:
        return _silent(host)
    if model in names or f"models/{model}" in names:
        return Finding(name="model", ok=True, words=f"{host} has the model {model}")
    some = ", ".join(sorted(names)[:10])
    words = f"{host} has no model {model}; it has {some}"
    return Finding(name="model", ok=False, words=words)


def _silent(host: str) -> Finding:
    words = f"{host} can be reached; it does not tell which models it has"
    return Finding(name="address", ok=True, words=words)


def _names(answer: httpx2.Response) -> set[str]:
    try:
        body: Any = answer.json()
    except ValueError:
        return set()
    listed = (
        (body.get("data") or body.get("models")) if isinstance(body, dict) else body
    )
    names = set()
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            names.add(str(each.get("id") or each.get("name") or ""))
    return names - {""}


def _models_of(access: Access) -> tuple[str, dict[str, str]]:
    base = access.base_url.rstrip("/")
    match access.provider:
        case "anthropic":
            headers = {
                "X-Api-Key": access.api_key,
                "Anthropic-Version": _ANTHROPIC_VERSION,
            }
            return f"{base}/v1/models", headers
        case "google":
            return f"{base}/v1beta/models", {"X-Goog-Api-Key": access.api_key}
        case _:
            return f"{base}/models", {"Authorization": f"Bearer {access.api_key}"}


async def _server(server: McpServer, token: str, pools: Pools) -> Finding:
    name = f"mcp {server.name}"
    try:
        with anyio.fail_after(_SECONDS):
            async with connection(server, token, pools, seconds=_SECONDS) as connected:
                names = await connected.names()
    except TimeoutError:
        words = f"MCP server {server.name} does not answer in {_SECONDS:g} s"
        return Finding(name=name, ok=False, words=words, passing=True)
    except AgentError as error:
        return Finding(name=name, ok=False, words=str(error), passing=error.retryable)
    missing = sorted(set(server.tools or ()) - set(names))
    if missing:
        words = f"MCP server {server.name} has no tool {', '.join(missing)}"
        return Finding(name=name, ok=False, words=words)
    words = f"MCP server {server.name} has the tools {', '.join(names)}"
    return Finding(name=name, ok=True, words=words)
