"""`scheduler status`: what runs in this data folder, and which processes are alive anywhere."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from config import scheduler_service
from config.supervisor.leftovers import find_leftovers
from config.supervisor.lock import holder
from pages.commands import CommandParser, Verb
from scheduling import overview
from scheduling.management.task_verbs import asking
from scheduling.models import Process

_PAUSE = 0.3
_ROLES = ("worker", "sender", "beat")


class Status(Verb):
    """The lock says what runs here, the rows of the processes what is at work."""

    name = "status"
    help = (
        "Say whether Backbeat runs: what this data folder holds, and which processes are alive, "
        "since when, and which beat leads. Ends with 0 when it runs, else 1."
    )
    examples = (
        "manage.py scheduler status",
        "manage.py scheduler status --wait 60 --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait so long for it to run.")  # fmt: skip
        asking.add_form(parser)

    def handle(self, options: dict[str, Any]) -> None:
        deadline = time.monotonic() + min(options["wait"], 3600)
        while (found := look())["state"] != "running" and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        if asking.is_json(options):
            self.command.print_json(found)
        else:
            self._tell(found)
        if found["state"] != "running":
            self.command.stdout.flush()
            sys.exit(1)

    def _tell(self, found: dict[str, Any]) -> None:
        here = f" (manage.py {found['command']}, pid {found['pid']})" * bool(found["pid"])  # fmt: skip
        self.command.stdout.write(f"Backbeat: {found['state']}{here}")
        self.command.stdout.write(f"Data folder: {found['data_dir']}")
        if found["state"] == "abandoned":
            self.command.stdout.write("Its supervisor was killed: `manage.py scheduler stop` ends what is left.")  # fmt: skip
        if found["stale_pid_file"]:
            self.command.stdout.write(f"{found['pid_file']} is left from an earlier start.")  # fmt: skip
        rows = [
            (each["name"], each["kind"], ", ".join(each["queues"]) or "leads" * each["leads"], each["pid"], each["started_at"], each["seen_at"])
            for each in found["processes"]
        ]  # fmt: skip
        headings = ("PROCESS", "KIND", "DOES", "PID", "SINCE", "SEEN")
        self.command.print_table(headings, rows, empty="No process is alive.")


def look() -> dict[str, Any]:
    """Return how things stand now, for programs."""
    held, now = holder(settings.DATA_DIR), timezone.now()
    alive = overview.alive(now)
    living = [each for each in alive.beats + alive.workers if not _is_gone(each)]
    pid_file = scheduler_service.pid_file(settings.DATA_DIR)
    if held:
        state = "running" if _are_at_work(living) else "starting"
    elif find_leftovers(settings.DATA_DIR):
        state = "abandoned"  # their supervisor was killed
    else:
        kinds = {each.kind for each in living}
        # Not from this folder, but by others on the same database.
        state = "running" if len(kinds) == len(Process.Kind) else "stopped"
    return {
        "state": state,
        "pid": held.pid if held else None,
        "command": held.command if held else None,
        "data_dir": str(settings.DATA_DIR),
        "pid_file": str(pid_file),
        "log_file": str(scheduler_service.log_file(settings.DATA_DIR)),
        "stale_pid_file": held is None and pid_file.exists(),
        "processes": [_process_json(each) for each in living],
    }


def _are_at_work(living: list[Process]) -> bool:
    """Whether all that the supervisor has started here have announced themselves."""
    try:
        text = (settings.DATA_DIR / "pids.json").read_text(encoding="utf-8")
        pids: dict[str, int] = json.loads(text)
    except (OSError, ValueError):
        return False
    started = {pid for name, pid in pids.items() if name.split("-")[0] in _ROLES}
    return bool(started) and started <= {each.pid for each in living}


def _is_gone(process: Process) -> bool:
    """Whether it was of this machine and has ended without a farewell."""
    _, _, host = process.name.rpartition("@")
    if host.partition(":")[0] != socket.gethostname():
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's, but there
    return False


def _process_json(process: Process) -> dict[str, Any]:
    return {
        "name": process.name,
        "kind": str(process.kind),
        "queues": process.queues,
        "leads": process.leads,
        "pid": process.pid,
        "started_at": _shown(process.started_at),
        "seen_at": _shown(process.seen_at),
    }


def _shown(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
