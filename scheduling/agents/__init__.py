"""The agent backends: kind -> (label, dotted path), imported on first use."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from pages.sentence import Sentence as _
from scheduling.agents.base import AgentBackend, AgentError, Options

AGENT_BACKENDS: dict[str, tuple[str, str]] = {
    "llm": (_("Language model"), "scheduling.agents.llm.LlmBackend"),
    "http": (_("HTTP endpoint"), "scheduling.agents.http.HttpBackend"),
    "function": (_("Function"), "scheduling.agents.function.FunctionBackend"),
    "command": (_("Command"), "scheduling.agents.command.CommandBackend"),
    "webhook_call": (
        _("Webhook call"),
        "scheduling.agents.webhook_call.WebhookCallBackend",
    ),
    "tool_call": (_("Tool call"), "scheduling.agents.tool_call.ToolCallBackend"),
    "message": (
        _("Message in a chat session"),
        "scheduling.agents.message.MessageBackend",
    ),
    "health": (
        _("Health of this installation"),
        "scheduling.agents.health.HealthBackend",
    ),
    "watch": (_("Page watcher"), "scheduling.agents.watch.WatchBackend"),
    "echo": (_("Echo (tests and benchmarks)"), "scheduling.agents.echo.EchoBackend"),
}


class UnknownBackend(LookupError):
    """No backend has that name."""


def backend_class(kind: str) -> type[AgentBackend[Any]]:
    """Return the backend called `kind`. Raises `UnknownBackend` listing those that exist."""
    if kind not in AGENT_BACKENDS:
        known = ", ".join(AGENT_BACKENDS)
        raise UnknownBackend(f"{kind!r} is no agent backend: choose one of {known}.")
    module, _, name = AGENT_BACKENDS[kind][1].rpartition(".")
    backend: type[AgentBackend[Any]] = getattr(import_module(module), name)
    return backend


def is_staff_only(kind: str) -> bool:
    """Whether only staff may give tasks to the backend called `kind`; an unknown one, no."""
    return kind in AGENT_BACKENDS and backend_class(kind).staff_only


def converses(kind: str, options: Mapping[str, Any]) -> bool:
    """Whether people may reply to an agent of the backend `kind` with these options."""
    return kind in AGENT_BACKENDS and backend_class(kind).converses(options)


_opened: dict[str, AgentBackend[Any]] = {}
_opening = threading.Lock()


def get_backend(kind: str) -> AgentBackend[Any]:
    """Return this process's one instance of the backend called `kind`; may import for seconds."""
    with _opening:
        if kind not in _opened:
            _opened[kind] = backend_class(kind)()
        return _opened[kind]


def opened_backend(kind: str) -> AgentBackend[Any] | None:
    """Return the instance if `get_backend` has made it before; never blocks."""
    return _opened.get(kind)


def opened_backends() -> list[AgentBackend[Any]]:
    """The instances that are to be closed when the process ends."""
    return list(_opened.values())


def parse_options(kind: str, options: Mapping[str, Any]) -> Options:
    """Return the options as the backend's model. Raises pydantic's `ValidationError`."""
    parsed: Options = backend_class(kind).options_class.model_validate(dict(options))
    return parsed


def merged_options(
    kind: str,
    options: Mapping[str, Any],
    own: Mapping[str, Any],
    *,
    credentials: Collection[str] = (),
) -> Options:
    """Return an agent's options with a task's own over them; `credentials` are the agent's names.

    Raises `AgentError` for one that is not for tasks, pydantic's `ValidationError`.
    """
    if message := _not_for_tasks(kind, options, own, credentials):
        raise AgentError(f"The task's own options: {message}")
    return parse_options(kind, {**options, **own})


def task_options_errors(
    kind: str, options: object, own: object, *, credentials: Collection[str] = ()
) -> list[str]:
    """Return what is wrong with the options that a task sets for itself; of its agent's nothing."""
    if not isinstance(own, dict):
        return [_("Must be a JSON object of options.")]
    if kind not in AGENT_BACKENDS or not isinstance(options, dict):
        return []
    if message := _not_for_tasks(kind, options, own, credentials):
        return [message]
    if message := _left_out(kind, options, own, credentials):
        return [message]
    if not own:
        return []
    try:
        parse_options(kind, {**options, **own})
    except ValidationError as error:
        return [
            _in_words(detail)
            for detail in error.errors()
            if not detail["loc"] or detail["loc"][0] in own
        ]
    return []


def _not_for_tasks(
    kind: str,
    options: Mapping[str, Any],
    own: Mapping[str, Any],
    credentials: Collection[str],
) -> str:
    allowed = backend_class(kind).task_options_of(options, credentials)
    if not (refused := sorted(set(own) - allowed)):
        return ""
    return _(
        "%(names)s cannot be set by a task of this agent; it may set: %(allowed)s.",
        names=", ".join(refused),
        allowed=", ".join(sorted(allowed)) or "-",
    )


def _left_out(
    kind: str,
    options: Mapping[str, Any],
    own: Mapping[str, Any],
    credentials: Collection[str],
) -> str:
    needed = left_to_tasks(kind, options)
    allowed = backend_class(kind).task_options_of(options, credentials)
    if not needed or needed not in allowed or own.get(needed):
        return ""
    return _("%(name)s is needed: the agent names none.", name=needed)


def left_to_tasks(kind: str, options: Mapping[str, Any]) -> str:
    """Return the option that an agent with these leaves to each of its tasks to name, or ""."""
    needed = backend_class(kind).task_option_needed
    return "" if options.get(needed) else needed


def options_errors(kind: str, options: object, credentials: object) -> dict[str, Any]:
    """Return errors by field (`backend`, `options`, `credentials`); empty when all is well."""
    try:
        backend = backend_class(kind)
    except UnknownBackend as error:
        return {"backend": str(error)}
    errors: dict[str, Any] = {}
    if not isinstance(options, dict):
        errors["options"] = "Must be a JSON object of options."
    else:
        try:
            backend.options_class.model_validate(options)
        except ValidationError as error:
            errors["options"] = [_in_words(detail) for detail in error.errors()]
    if message := _credential_error(backend, credentials):
        errors["credentials"] = message
    return errors


def options_refusal(kind: str, options: Mapping[str, Any]) -> str:
    """Return why this installation lets no agent run with these valid options; "": it does."""
    return backend_class(kind).refusal(parse_options(kind, options))


def _in_words(detail: Any) -> str:
    name = ".".join(str(part) for part in detail["loc"]) or "options"
    given = "" if detail["type"] == "missing" else f" (given: {detail['input']!r:.80})"
    words = detail["msg"].removeprefix("Value error, ")
    return f"{name}: {words}{given}"


def _credential_error(backend: type[AgentBackend[Any]], credentials: object) -> str:
    if not isinstance(credentials, dict) or not all(
        isinstance(value, str) for value in credentials.values()
    ):
        return "Must be a JSON object of texts."
    if unknown := sorted(
        each for each in credentials if not backend.takes_credential(each)
    ):
        known = [*sorted(backend.credential_names), backend.other_credentials]
        allowed = ", ".join(filter(None, known)) or "none"
        return f"Unknown: {', '.join(unknown)}. This backend takes: {allowed}."
    return ""
