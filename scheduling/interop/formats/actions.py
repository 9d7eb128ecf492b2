"""What omniagent's jobs do (CONTRACTS A3): its three actions as agents of Backbeat, in and out.

The jobs share an agent for each kind of action; what differs stands in the task's own options.
A call with a header that may be a secret has an agent of its own, which keeps it encrypted.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduling.interop.formats.base import Context, Entry
from scheduling.interop.formats.reading import Item, shown
from scheduling.interop.masks import MASK
from scheduling.interop.values import some_of
from scheduling.models import ScheduledTask
from scheduling.toolbox import TOOLS

TYPES = ("send_message", "call_webhook", "call_tool")
#: Kind of action -> the agent that its jobs share, and its backend.
SHARED = {
    "send_message": ("cron-message", "message"),
    "call_webhook": ("cron-webhook", "webhook_call"),
    "call_tool": ("cron-tool", "tool_call"),
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_HARMLESS = ("accept", "accept-language", "content-type", "user-agent", "cache-control")
_SET_HERE = ("content-type", "content-length", "host", "idempotency-key")
_BEARER = "bearer "


@dataclass(frozen=True, kw_only=True)
class Action:
    """Who does it, with which options of the task's own, and on which prompt."""

    agent: Entry
    options: dict[str, Any]
    message: str
    #: A chat session that must be there, by the path where it is named.
    session: str = ""
    others: list[Entry] = field(default_factory=list)


def read_action(item: Item, job_id: str, context: Context) -> Action | None:
    """Return what the action of a job asks for; None when it is at fault."""
    if not isinstance(item.get("action"), Mapping):
        item.fault("action", "a job needs an action: send_message, call_webhook or call_tool.")  # fmt: skip
        return None
    action = Item(item.reader, item.at("action"), item.mapping("action"))
    name = action.name_of("type", "action_type")
    kind = action.text("type", "action_type")
    if kind not in TYPES:
        action.fault(name, f"invalid action type: {kind[:100]}" if kind else "action_type is required")  # fmt: skip
        return None
    found = _READERS[kind](action, item, job_id, context)
    action.leave_out_others()
    return found


def _send_message(action: Item, item: Item, job_id: str, context: Context) -> Action:
    session = action.text("session_id", needed="session_id is required for send_message action")  # fmt: skip
    message = action.text("message", needed="message is required for send_message action")  # fmt: skip
    asked = action.text("agent_id") or context.agent_id
    if asked not in context.agents:
        known = some_of(context.agents)
        action.fault("agent_id", f"nobody here answers: choose an agent (--agent); there are: {known}.")  # fmt: skip
    return Action(
        agent=_shared(item, "send_message"),
        options={"agent_id": asked},
        message=message,
        session=session_id(session),
    )


def _call_webhook(action: Item, item: Item, job_id: str, context: Context) -> Action:
    url = action.text("url", "webhook_url", needed="webhook_url is required for call_webhook action")  # fmt: skip
    method = (action.text("method", "webhook_method") or "POST").upper()
    if method not in _METHODS:
        action.fault(action.name_of("method", "webhook_method"), f"invalid webhook method: {method[:20]}")  # fmt: skip
    options: dict[str, Any] = {"url": url, "method": method}
    if body := _body(action):
        options["body"] = body
    plain, secrets = _headers(action)
    if plain:
        options["headers"] = plain
    if not secrets:
        return Action(agent=_shared(item, "call_webhook"), options=options, message=_said(item))  # fmt: skip
    agent = _own_agent(item, job_id, options, secrets)
    return Action(agent=agent, options={}, message=_said(item))


def _call_tool(action: Item, item: Item, job_id: str, context: Context) -> Action:
    tool = action.text("tool_name", needed="tool_name is required for call_tool action")
    params = action.mapping("params", "tool_params")
    if tool and tool not in TOOLS:
        action.fault("tool_name", f"{shown(tool)} is no tool here; there are: {', '.join(TOOLS)}.")  # fmt: skip
    options = {"tool_name": tool, "params": params}
    return Action(
        agent=_shared(item, "call_tool"), options=options, message=_said(item)
    )


_READERS: dict[str, Callable[[Item, Item, str, Context], Action]] = {
    "send_message": _send_message,
    "call_webhook": _call_webhook,
    "call_tool": _call_tool,
}


def _said(item: Item) -> str:
    return item.text("description").strip() or item.text("name").strip()


def _body(action: Item) -> str:
    body = action.get("body", "webhook_body")
    if body is None or isinstance(body, str):
        return body or ""
    return json.dumps(body, ensure_ascii=False)


def _headers(action: Item) -> tuple[dict[str, str], dict[str, str]]:
    """The headers that everybody may see, and the others as credentials."""
    name = action.name_of("headers", "webhook_headers")
    plain: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for header, value in action.mapping("headers", "webhook_headers").items():
        place = f"{name}.{header}"
        if not isinstance(value, str):
            action.fault(place, "expected a text.")  # never the value
        elif header.lower() in _SET_HERE:
            action.reader.leave_out(action.at(place), "is set by Backbeat itself.")
        elif header.lower() in _HARMLESS:
            plain[header] = value
        elif header.lower() == "authorization" and value.lower().startswith(_BEARER):
            secrets["bearer_token"] = value[len(_BEARER) :].strip()
        elif "secret_header" not in secrets:
            # The mark of a dump without secrets stands for all of what is stored.
            secrets["secret_header"] = MASK if value == MASK else f"{header}: {value}"
        else:
            action.reader.leave_out(action.at(place), "an agent keeps one header beside the bearer token: this one is not carried over.")  # fmt: skip
    return plain, secrets


def _shared(item: Item, kind: str) -> Entry:
    key, backend = SHARED[kind]
    where = item.at("action")
    fields = {"id": key, "name": key, "backend": backend}
    line = item.reader.line_of(where)
    return Entry(key=key, path=where, fields=fields, line=line, only_if_missing=True)


def _own_agent(item: Item, job_id: str, options: dict[str, Any], secrets: dict[str, str]) -> Entry:  # fmt: skip
    key = f"{SHARED['call_webhook'][0]}-{job_id}"[:100]
    where = item.at("action")
    fields = {"id": key, "name": item.text("name")[:200], "backend": "webhook_call", "options": options, "credentials": secrets}  # fmt: skip
    item.remark("action", f"the agent {key} keeps its headers, encrypted.")
    return Entry(key=key, path=where, fields=fields, line=item.reader.line_of(where))


def session_id(text: object) -> str:
    """The id of a chat session as Backbeat writes it, "" for one that cannot be one."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) else ""
    except ValueError:
        return ""


def written_action(
    task: ScheduledTask, kept: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the action of a task, None for an agent that omniagent has no action for."""
    options = {**task.agent.options, **task.agent_options}
    names = {name: name for name in kept} | {"type": "type"}
    match task.agent.backend:
        case "message":
            session = options.get("session_id") or kept.get("session_id") or ""
            found = {"type": "send_message", "session_id": session, "message": task.input_message}  # fmt: skip
            if "agent_id" in kept:
                found["agent_id"] = options.get("agent_id", "")
        case "webhook_call":
            found = {"type": "call_webhook", "url": options.get("url"), "method": options.get("method", "POST")}  # fmt: skip
            found |= _written_body(options.get("body", ""), kept)
            if headers := _written_headers(task, options, kept):
                found["headers"] = headers
        case "tool_call":
            found = {"type": "call_tool", "tool_name": options.get("tool_name"), "params": options.get("params", {})}  # fmt: skip
        case _:
            return None
    return {**{name: kept[name] for name in names if name in kept and name not in _RENAMED}, **found}  # fmt: skip


#: Other names of what is written, and what is written only while it is there.
_RENAMED = frozenset({
    "action_type", "webhook_url", "webhook_method", "webhook_headers", "webhook_body", "tool_params",
    "headers", "body",
})  # fmt: skip


def _written_body(body: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    written = kept.get("body", kept.get("webhook_body"))
    if body and not isinstance(written, str) and json.dumps(written, ensure_ascii=False) == body:  # fmt: skip
        return {"body": written}
    return {"body": body} if body else {}


def _written_headers(
    task: ScheduledTask, options: Mapping[str, Any], kept: Mapping[str, Any]
) -> dict[str, str]:
    headers = dict(options.get("headers") or {})
    credentials = task.agent.credentials
    if token := credentials.get("bearer_token"):
        headers["Authorization"] = f"Bearer {token}"
    if secret := credentials.get("secret_header"):
        name, colon, value = secret.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
        else:  # masked, and with it the name
            headers[_secret_name(kept)] = secret
    return headers


def _secret_name(kept: Mapping[str, Any]) -> str:
    """What the secret header was called when it was read."""
    written = kept.get("headers") or kept.get("webhook_headers") or {}
    others = (*_HARMLESS, *_SET_HERE, "authorization")
    return next((name for name in written if name.lower() not in others), "X-Secret")
