"""Functions for the tests of the `function` backend; they run in child processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from subprocess import run as borrowed  # what `module:*` must not reach
from typing import Any

from scheduling.functions import FunctionContext, Retry, agent_function

__all__ = ["borrowed"]


@agent_function
def greet(name: str = "you", *, mark: str = ".") -> str:
    return f"Hello {name}{mark}"


@agent_function("later")
async def slowly(name: str) -> str:
    await asyncio.sleep(0)
    return f"Later, {name}"


@agent_function
def show_context(lines: FunctionContext) -> dict[str, Any]:
    lines.progress("half way")
    lines.remember(f"{lines.memory} and more")
    lines.keep({"count": lines.state.get("count", 0) + 1})
    return {
        "run_id": lines.run_id,
        "day": lines.scheduled_for.day,
        "zone": str(lines.scheduled_for.tzinfo),
        "message": lines.input_message,
        "parent": lines.parents["prices"]["data"],
        "environment": sorted(os.environ),
    }


@agent_function
def give(kind: str) -> Any:
    return {
        "list": [1, "ä"],
        "number": 1.5,
        "decimal": Decimal("1.50"),
        "none": None,
        "tuple": (1, 2),
        "keys": {(1, 2): 3},
        "surrogate": "a\ud800b",
        "large": "x" * 300_000,
        "huge": "x" * 5_000_000,
    }[kind]


@agent_function
def chatter() -> str:
    sys.stdout.write("on stdout\n")
    sys.stderr.write("on stderr\n")
    return "done"


@agent_function
def fail(how: str) -> str:
    match how:
        case "value":
            raise ValueError("not seven")
        case "retry":
            raise Retry("the shop is shut", after=40)
        case "exit":
            sys.exit("no more")
        case "os_exit":
            sys.stderr.write("about to go\n")
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            pass
    return "?"


@agent_function
def allocate(megabytes: int) -> str:
    return str(len(bytearray(megabytes * 2**20)))


@agent_function
def stubborn(folder: str) -> None:
    """Ignore SIGTERM, start a grandchild in a session of its own, close the pipes, block."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    grandchild = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal,time;signal.signal(15,1);time.sleep(600)",
        ],
        start_new_session=True,
    )
    Path(folder, "pids").write_text(f"{os.getpid()} {grandchild.pid}")
    os.closerange(0, 64)
    while True:
        time.sleep(60)


@agent_function
def hang(folder: str) -> None:
    with Path(folder, "effects").open("a") as effects:
        effects.write(f"{os.getpid()}\n")
    time.sleep(600)


@agent_function
def django_zone() -> str:
    from django.apps import apps
    from django.conf import settings

    return f"{settings.TIME_ZONE} {apps.ready}"


def unregistered() -> str:
    return "only by its path"


_private = unregistered
