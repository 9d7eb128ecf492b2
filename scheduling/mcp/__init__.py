"""Backbeat as an MCP server: the tools of `scheduling.toolbox` for agents outside."""
