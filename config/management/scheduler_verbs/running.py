"""`scheduler start` and `stop`: Backbeat without its web side."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import scheduler_service
from config.supervisor.console import Console, wants_colour
from config.supervisor.exceptions import SupervisorError
from config.supervisor.options import Options
from config.supervisor.plan import data_folder
from pages.commands import CommandError, CommandParser, Verb
from scheduling.conf import is_user_id

#: Option -> the setting that it is for this start.
_SETTING_OF = {
    "poll_interval": "SCHEDULING_BEAT_POLL_SECONDS",
    "max_concurrent": "SCHEDULING_WORKER_CAPACITY",
    "timeout": "SCHEDULING_LONGEST_RUN_SECONDS",
    "user_id": "SCHEDULING_SERVE_USER",
}
_MOST = 100_000


class Start(Verb):
    """Asks nothing of the settings: the secrets they need are made on the way."""

    name = "start"
    help = (
        "Start worker, sender and beat (and Valkey, unless REDIS_URL names another), without the "
        "web side. A second start in the same data folder is refused."
    )
    examples = (
        "manage.py scheduler start --background",
        "manage.py scheduler start --max-concurrent 20 --timeout 600 --user-id 3",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("-b", "--background", action="store_true", help="Go on when this command ends; the log is a file.")  # fmt: skip
        where.add_argument("--foreground", dest="background", action="store_false", help="Stay until Ctrl-C (so it is without either).")  # fmt: skip
        parser.add_argument(
            "-i", "--poll-interval", type=_number(0.05, 3600), metavar="SECONDS",
            help="Longest sleep of beat (1). Slots fire on time whatever it is; an edit whose wake-up was lost is seen so late.",
        )  # fmt: skip
        parser.add_argument(
            "-c", "--max-concurrent", type=_number(1, _MOST), metavar="N",
            help="Runs at the same time (600).",
        )  # fmt: skip
        parser.add_argument(
            "-t", "--timeout", type=_number(1, 7 * 24 * 3600), metavar="SECONDS",
            help="No run takes longer, whatever the deadline of its task (no such limit).",
        )  # fmt: skip
        parser.add_argument(
            "-u", "--user-id", metavar="USER", type=_user_id,
            help="Serve the tasks of this owner only, by id; others' slots and runs are left alone.",
        )  # fmt: skip
        parser.add_argument("-v", "--verbose", action="store_true", help="Log everything (LOG_LEVEL=DEBUG).")  # fmt: skip
        _add_data(parser)

    def handle(self, options: dict[str, Any]) -> None:
        data_dir = data_folder(options["data"])
        try:
            if options["background"]:
                self._in_background(options, data_dir)
                return
            console = Console(sys.stdout, colours=wants_colour(sys.stdout, os.environ))
            chosen = Options(data_dir=data_dir, webs=0)
            code = scheduler_service.run(chosen, _environment(options), console)
        except SupervisorError as error:
            raise CommandError(str(error), returncode=error.exit_code) from error
        if code:
            sys.exit(code)

    def _in_background(self, options: dict[str, Any], data_dir: Path) -> None:
        scheduler_service.refuse_second(data_dir)
        self.command.tell("Starting; this takes some seconds.")
        arguments = ["--data", str(data_dir), *_arguments(options)]
        pid = scheduler_service.start_in_background(arguments, data_dir)
        log = scheduler_service.log_file(data_dir)
        self.command.stdout.write(f"The scheduler runs in the background: pid {pid}, log {log}")  # fmt: skip


class Stop(Verb):
    """The drain is that of the supervisor: beat first, then workers, then senders."""

    name = "stop"
    help = (
        "Stop what `scheduler start` has started here; runs under way may finish first."
    )
    examples = ("manage.py scheduler stop",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience", type=_number(0, 3600), default=30, metavar="SECONDS",
            help="After so long it is killed (30); its runs are taken on by others.",
        )  # fmt: skip
        _add_data(parser)

    def handle(self, options: dict[str, Any]) -> None:
        data_dir = data_folder(options["data"])
        try:
            stopped = scheduler_service.stop(
                data_dir, options["patience"], self.command.tell
            )
        except SupervisorError as error:
            raise CommandError(str(error)) from error
        if not stopped:
            raise CommandError(f"No scheduler runs in {data_dir}.")
        self.command.stdout.write("The scheduler has stopped.")


def _add_data(parser: CommandParser) -> None:
    parser.add_argument("--data", help="Folder of all data (DATA_DIR, ./data).")


def _environment(options: dict[str, Any]) -> dict[str, str]:
    own = {name: str(options[key]) for key, name in _SETTING_OF.items() if options[key] is not None}  # fmt: skip
    return {**os.environ, **own, **({"LOG_LEVEL": "DEBUG"} if options["verbose"] else {})}  # fmt: skip


def _arguments(options: dict[str, Any]) -> list[str]:
    """Return what the process in the background is given of what this command was."""
    found = ["--verbose"] if options["verbose"] else []
    for key in _SETTING_OF:
        if options[key] is not None:
            found += [f"--{key.replace('_', '-')}", str(options[key])]
    return found


def _number(least: float, most: float) -> Callable[[str], int | float]:
    """Return a reader of numbers for argparse; whole ones where `least` is whole."""

    def read(text: str) -> int | float:
        try:
            value = int(text) if isinstance(least, int) else float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text[:40]}: give {least} to {most}.")
        return value

    return read


def _user_id(text: str) -> str:
    if not is_user_id(text):
        raise argparse.ArgumentTypeError(f"{text[:40]}: give the id of a user, a whole number.")  # fmt: skip
    return str(int(text))
