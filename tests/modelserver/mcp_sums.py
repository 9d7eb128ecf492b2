"""An MCP server of the stock SDK: `python mcp_sums.py` on standard streams, or with a PORT.

Answers bearers of the token in SUMS_TOKEN only, when that is set.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("sums")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def note(text: str) -> str:
    """Write a note."""
    return f"noted: {text}"


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def surroundings() -> str:
    """Names of all environment variables."""
    return " ".join(sorted(os.environ))


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def hang() -> str:
    """Wait for ever."""
    await anyio.sleep_forever()
    return ""


def _guarded(app: Any, token: str) -> Any:
    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"").decode()
            if given != f"Bearer {token}":
                await send(
                    {"type": "http.response.start", "status": 401, "headers": []}
                )
                await send({"type": "http.response.body", "body": b"who are you?"})
                return
        await app(scope, receive, send)

    return guarded


def main() -> None:
    if pid_file := os.environ.get("SUMS_PID_FILE"):
        Path(pid_file).write_text(str(os.getpid()))
    if os.environ.get("SUMS_STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Thread(target=threading.Event().wait).start()
    if len(sys.argv) == 1:
        server.run("stdio")
        return
    app = server.streamable_http_app()
    if token := os.environ.get("SUMS_TOKEN"):
        app = _guarded(app, token)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
