"""What a cron job does: omniagent's three actions, as agents and their options for one task.

Each action is done by an agent row that all such jobs share; what differs stands in the task's
own options. It holds no credentials, so none can go to an address that an agent chose.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifications.models import ChatSession
from notifications.ssrf import safe_origin
from scheduling.agents.base import ToolError
from scheduling.models import Agent, ScheduledTask
from scheduling.services import create_agent
from scheduling.toolbox import TOOLS
from scheduling.tools import making
from scheduling.tools.acts import Refused, Root
from scheduling.tools.arguments import text

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@dataclass(frozen=True, kw_only=True)
class Action:
    """What of a task says what it does."""

    agent_id: str
    options: dict[str, Any]
    #: The prompt; only `send_message` has one of its own.
    message: str


def read_action(root: Root, arguments: Mapping[str, Any]) -> Action:
    """Return what these arguments ask for. Raises `ToolError` in the words of the contract."""
    kind = text(arguments, "action_type")
    if kind not in _READERS:
        raise ToolError(f"invalid action type: {kind[:100]}")
    return _READERS[kind](root, arguments)


def action_json(task: ScheduledTask) -> dict[str, Any]:
    """Return the action of a task as omniagent writes it; its agent is loaded."""
    options = {**task.agent.options, **task.agent_options}
    match task.agent.backend:
        case "message":
            session = options.get("session_id")
            return {"type": "send_message", "session_id": session, "message": task.input_message}  # fmt: skip
        case "webhook_call":
            method = options.get("method", "POST")
            return {"type": "call_webhook", "url": options.get("url"), "method": method}
        case "tool_call":
            params = options.get("params", {})
            return {"type": "call_tool", "tool_name": options.get("tool_name"), "params": params}  # fmt: skip
        case _:
            return {"type": "run_task", "agent_id": task.agent_id, "message": task.input_message}  # fmt: skip


def _send_message(root: Root, arguments: Mapping[str, Any]) -> Action:
    session, message = text(arguments, "session_id"), text(arguments, "message")
    if not session:
        raise ToolError("session_id is required for send_message action")
    if not message:
        raise ToolError("message is required for send_message action")
    user = root.task.target_user_id if root.task else str(root.user.pk)
    if not _is_session_of(user, session):
        raise ToolError(f"session not found: {session[:100]}")
    options = {"session_id": session}
    if root.task is not None and root.task.agent.backend == "message":
        own = {**root.task.agent_options, **options}
        return Action(agent_id=root.task.agent_id, options=own, message=message)
    return Action(
        agent_id=_shared("cron-message", "message"),
        options={"agent_id": making.thinker(root), **options},
        message=message,
    )


def _call_webhook(root: Root, arguments: Mapping[str, Any]) -> Action:
    url = text(arguments, "webhook_url")
    method = (text(arguments, "webhook_method") or "POST").upper()
    if not url:
        raise ToolError("webhook_url is required for call_webhook action")
    if method not in _METHODS:
        raise ToolError(f"invalid webhook method: {method[:20]}")
    _check_origin(root, url)
    return Action(
        agent_id=_shared("cron-webhook", "webhook_call"),
        options={"url": url, "method": method},
        message=_said(arguments),
    )


def _call_tool(root: Root, arguments: Mapping[str, Any]) -> Action:
    name, params = text(arguments, "tool_name"), arguments.get("tool_params") or {}
    if not name:
        raise ToolError("tool_name is required for call_tool action")
    if name not in TOOLS:
        raise ToolError(f"tool not found: {name[:100]}")
    if not isinstance(params, dict):
        raise ToolError("tool_params must be an object")
    return Action(
        agent_id=_shared("cron-tool", "tool_call"),
        options={"tool_name": name, "params": params},
        message=_said(arguments),
    )


_READERS: dict[str, Callable[[Root, Mapping[str, Any]], Action]] = {
    "send_message": _send_message,
    "call_webhook": _call_webhook,
    "call_tool": _call_tool,
}


def _said(arguments: Mapping[str, Any]) -> str:
    return text(arguments, "description") or text(arguments, "name")


def _is_session_of(user_id: str, session: str) -> bool:
    try:
        key = uuid.UUID(session)
    except ValueError:
        return False
    return bool(user_id) and ChatSession.objects.filter(pk=key, user_id=user_id).exists()  # fmt: skip


def _check_origin(root: Root, url: str) -> None:
    """An agent may call where its root reports to anyway; new addresses are for people to add."""
    if root.task is None:
        known = root.user.is_staff and root.user.has_perm("scheduling.add_taskwebhook")
    else:
        webhooks = root.task.webhooks.filter(active=True)
        known = safe_origin(url) in {safe_origin(each.url) for each in webhooks}
    if not known:
        raise Refused(
            "url", f"{safe_origin(url)} is no place that this task reports to: a person must add it"
        )  # fmt: skip


def _shared(agent_id: str, backend: str) -> str:
    """Return the id of the agent row that does such jobs; it is made when it is first needed."""
    row = Agent.objects.filter(id=agent_id).only("id", "backend").first()
    if row is None:
        fields = {"id": agent_id, "name": agent_id, "backend": backend}
        create_agent(fields=fields, user=None)
    elif row.backend != backend:
        raise ToolError(f"the agent {agent_id} is of another backend than {backend}")
    return agent_id
