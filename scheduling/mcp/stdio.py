"""The server on standard input and output, for an agent that starts it as its own process."""

from __future__ import annotations

from mcp.server.stdio import stdio_server

from scheduling.mcp.server import build_server


async def serve(user_id: int) -> None:
    """Serve the agent of that person until its end of file. All other output goes to stderr."""
    server = build_server(lambda _context: user_id)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
