"""A hook of the installation's own that judges who triggers a task.

    from scheduling.interop.trigger.hook import Verification, register_verify_hook

    @register_verify_hook
    def judge(context): ...

It is found by registering, or by `SCHEDULING_TRIGGER_VERIFY_HOOK=module:callable`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings

from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

REFUSED = "Refused by the verify hook"
_ERROR_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class VerifyContext:
    """What a hook may look at; `headers` by their names in lower case."""

    task_id: str
    signature: str
    timestamp: str
    client_ip: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a hook found. `user_id` is the id or the name of the user who asks, if it is one."""

    valid: bool
    user_id: str = ""
    error: str = ""


VerifyHook = Callable[[VerifyContext], Any]
Hook = TypeVar("Hook", bound=VerifyHook)


class _Registered:
    hook: VerifyHook | None = None


def register_verify_hook(hook: Hook) -> Hook:
    """Let `hook` judge. It returns a `Verification`, a dict like it, a bool, or None: no opinion."""
    _Registered.hook = hook
    return hook


def forget() -> None:
    """Let no registered hook judge any more (for tests)."""
    _Registered.hook = None


def judge(context: VerifyContext) -> Verification | None:
    """Ask the hook. None: there is none, or it has no opinion; one that fails refuses."""
    try:
        named = settings.SCHEDULING.trigger_verify_hook
        hook = load(named) if named else _Registered.hook
        return _read(hook(context)) if hook else None
    except Exception:  # a guest's code; whatever it was, nobody is let in by it
        logger.exception("the verify hook failed for task %.100r", context.task_id)
        return Verification(valid=False, error=REFUSED)


@lru_cache(maxsize=4)
def load(named: str) -> VerifyHook:
    """Return the callable that `module:callable` names. Raises what importing it raises."""
    module, _, name = named.partition(":")
    hook: VerifyHook = getattr(import_module(module), name)
    if not callable(hook):
        raise TypeError(f"{named} cannot be called")
    return hook


def _read(said: Any) -> Verification | None:
    if said is None:
        return None
    if isinstance(said, bool):
        said = {"valid": said}
    if not isinstance(said, Mapping):
        said = {
            name: getattr(said, name, None) for name in ("valid", "user_id", "error")
        }
    user_id, error = said.get("user_id"), said.get("error")
    return Verification(
        # Not whatever is truthy: the word "false" must let nobody in.
        valid=said.get("valid") is True,
        user_id="" if user_id is None else clean_text(str(user_id)),
        error=clean_text(str(error or REFUSED))[:_ERROR_CHARS],
    )
