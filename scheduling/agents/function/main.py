"""The child process in which a function runs: `python -I -u main.py`, its order on stdin.

What it has to say goes as JSON lines into the pipe of BACKBEAT_ANSWER_FD, for stdout and
stderr are the function's own. It imports nothing of Backbeat but `scheduling.functions`, and
Django only when asked to. It ends as soon as the function has: threads are not waited for.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any


class Unfit(Exception):
    """The function cannot be called as things are set up."""


class Speaker:
    """Writes messages, each a line; any thread may."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 -- os's own
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace")
        self._lock = threading.Lock()

    def say(self, message: dict[str, Any]) -> None:
        line = json.dumps(message)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def main() -> None:
    """Do what the order on stdin says, and end the process."""
    speaker = Speaker(int(os.environ.pop("BACKBEAT_ANSWER_FD")))
    order = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[:] = order["path"]
    try:
        speaker.say(obey(order, speaker.say))
    except BaseException as error:  # noqa: BLE001 -- whatever the function raises is its answer
        speaker.say(_raised(error))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def obey(
    order: dict[str, Any], say: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Return the last message: what the function returned, or why it was not called."""
    try:
        function = find(order)
    except Unfit as error:
        return {"unfit": str(error)}
    if order["check"]:
        name = getattr(function, "__qualname__", type(function).__name__)
        return returned(f"{getattr(function, '__module__', '?')}:{name}")
    kwargs = dict(order["kwargs"])
    if (taker := context_parameter(function)) and taker not in kwargs:
        kwargs[taker] = _context(order["run"], say)
    value = function(*order["args"], **kwargs)
    if inspect.isawaitable(value):
        import asyncio  # noqa: PLC0415 -- it costs more than all the rest

        value = asyncio.run(_wait_for(value))
    return returned(value)


async def _wait_for(value: Any) -> Any:
    return await value


def find(order: dict[str, Any]) -> Callable[..., Any]:
    """Import and return the function. Raises `Unfit`."""
    if order["setup_django"]:
        _setup_django()
    module, colon, path = order["function"].partition(":")
    if not colon:
        return _registered(module, order["modules"])
    found: Any = _import(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    if not callable(found):
        raise Unfit(f"{module} has no callable {path!r}")
    # Else all that the module has imported for itself could be called through it.
    if not order["exact"] and getattr(found, "__module__", None) != module:
        raise Unfit(
            f"{module} does not define {path!r} itself: allow {order['function']} by name"
        )
    return found  # type: ignore[no-any-return]


def _registered(name: str, modules: list[str]) -> Callable[..., Any]:
    from scheduling.functions import REGISTERED  # noqa: PLC0415 -- sys.path is set by now

    for module in modules:
        _import(module)
    if name not in REGISTERED:
        known = ", ".join(sorted(REGISTERED)) or "none"
        raise Unfit(
            f"no function is registered as {name!r} by {', '.join(modules)}; there are: {known}"
        )
    return REGISTERED[name]


def _import(module: str) -> Any:
    try:
        return import_module(module)
    except BaseException as error:
        raise Unfit(
            f"{module} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _setup_django() -> None:
    try:
        import django  # noqa: PLC0415 -- only when asked to

        django.setup()
    except Exception as error:
        raise Unfit(
            f"Django cannot be set up: {type(error).__name__}: {error}"
        ) from error


def context_parameter(function: Callable[..., Any]) -> str:
    """Return the name of the parameter that takes the context, or ""."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some that are written in C
        return ""
    for each in parameters:
        kind = each.annotation
        annotated = kind if isinstance(kind, str) else getattr(kind, "__name__", "")
        if each.name == "context" or annotated.rpartition(".")[2] == "FunctionContext":
            return each.name
    return ""


def _context(run: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> Any:
    from scheduling.functions import FunctionContext  # noqa: PLC0415 -- sys.path is set by now

    moment = datetime.fromisoformat(run["scheduled_for"])
    return FunctionContext(**{**run, "scheduled_for": moment}, _say=say)


def returned(value: Any) -> dict[str, Any]:
    """Return the message for a function's value: what is JSON is kept as JSON too."""
    if isinstance(value, dict | list | tuple | bool | int | float):
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
            return {"returned": {"output": text, "data": json.loads(text)}}
        except (TypeError, ValueError, RecursionError):
            pass
    return {"returned": {"output": str(value)}}


def _raised(error: BaseException) -> dict[str, Any]:
    public = sys.modules.get("scheduling.functions")
    retry = public is not None and isinstance(error, public.Retry)
    after = getattr(error, "after", None) if retry else None
    return {
        "raised": {
            "type": type(error).__name__,
            "message": str(error),
            "trace": "".join(traceback.format_exception(error)),
            "retry": retry,
            "after": None if after is None else max(0.0, float(after)),
        }
    }


if __name__ == "__main__":
    main()
