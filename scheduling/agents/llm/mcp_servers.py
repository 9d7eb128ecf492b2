"""Tools of MCP servers: connected for one run, and gone with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Self

import httpx2
from fastmcp.client import Client
from fastmcp.client.transports import ClientTransport, StreamableHttpTransport
from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool, WrapperToolset

from scheduling.agents.base import AgentError
from scheduling.agents.llm.access import token_name
from scheduling.agents.llm.errors import refusal_beneath
from scheduling.agents.llm.mcp_program import ProgramTransport
from scheduling.agents.llm.options import McpServer
from scheduling.agents.llm.pools import Pools
from scheduling.agents.llm.tools import MOST_RETRIES
from scheduling.agents.web import excerpt

#: Seconds for a server to say hello.
_HELLO_SECONDS = 10.0
#: Seconds for a connection; the run's deadline ends what takes longer than it should.
_CONNECT_SECONDS = 10.0


def mcp_toolsets(
    servers: Iterable[McpServer],
    credentials: Mapping[str, str],
    pools: Pools,
    *,
    seconds: float,
) -> list[AbstractToolset[Any]]:
    """Return the tools of `servers` for one run that takes `seconds` at most.

    They are connected when they are entered, and closed when they are left.
    """
    toolsets: list[AbstractToolset[Any]] = []
    for server in servers:
        token = credentials.get(token_name(server.name), "").strip()
        tools = connection(server, token, pools, seconds=seconds)
        offered = (
            tools if server.tools is None else tools.filtered(_among(server.tools))
        )
        toolsets.append(offered.prefixed(server.name))
    return toolsets


def connection(
    server: McpServer, token: str, pools: Pools, *, seconds: float
) -> McpConnection:
    """Return the tools of one server, by the names that it gives them."""
    transport = _transport(server, token, pools)
    client = Client(transport, init_timeout=_HELLO_SECONDS, timeout=seconds)
    toolset: MCPToolset[Any] = MCPToolset(
        client,
        id=server.name,
        tool_error_behavior="failed",
        max_retries=MOST_RETRIES,
    )
    return McpConnection(toolset, transport, server=server.name, secret=token)


def _among(
    names: Collection[str],
) -> Callable[[RunContext[Any], ToolDefinition], bool]:
    def is_among(_ctx: RunContext[Any], tool: ToolDefinition) -> bool:
        return tool.name in names

    return is_among


def _transport(server: McpServer, token: str, pools: Pools) -> ClientTransport:
    if server.url is None:
        command = [server.command or "", *server.args]
        return ProgramTransport(command, server.environment)

    def client(
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
        **_others: Any,
    ) -> httpx2.AsyncClient:
        del timeout  # the run's deadline is the limit
        wait = httpx2.Timeout(None, connect=_CONNECT_SECONDS)
        return pools.client_of_a_session(headers=headers, auth=auth, timeout=wait)

    return StreamableHttpTransport(
        server.url, auth=token or None, httpx_client_factory=client
    )


class McpConnection(WrapperToolset[Any]):
    """The tools of one server. What goes wrong with it is an `AgentError` that names it."""

    def __init__(
        self,
        wrapped: MCPToolset[Any],
        transport: ClientTransport,
        *,
        server: str,
        secret: str,
    ) -> None:
        super().__init__(wrapped)
        self._transport = transport
        self._server = server
        self._secret = secret

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is this server's
            raise self._in_words(error) from None

    async def __aexit__(self, *args: Any) -> bool | None:
        if isinstance(self._transport, ProgramTransport):
            await self._transport.end()
        return await super().__aexit__(*args)

    async def get_tools(self, ctx: RunContext[Any]) -> dict[str, ToolsetTool[Any]]:
        """See `AbstractToolset.get_tools`."""
        try:
            return await self.wrapped.get_tools(ctx)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is this server's
            raise self._in_words(error) from None

    async def names(self) -> list[str]:
        """Return what its tools are called. It is connected."""
        toolset: Any = self.wrapped
        return [tool.name for tool in await toolset.list_tools()]

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[Any],
        tool: ToolsetTool[Any],
    ) -> Any:
        """See `AbstractToolset.call_tool`."""
        try:
            return await self.wrapped.call_tool(name, tool_args, ctx, tool)
        except (ModelRetry, ToolFailed):
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is this server's
            raise self._in_words(error) from None

    def _in_words(self, error: Exception) -> AgentError:
        if refusal := refusal_beneath(error):
            return refusal
        said = excerpt(f"{type(error).__name__}: {error}", secrets=(self._secret,))
        return AgentError(
            f"MCP server {self._server} cannot be used: {said}", retryable=True
        )
