"""`manage.py up`: the whole of Backbeat with one command."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from config.supervisor.console import Console, wants_colour
from config.supervisor.exceptions import CannotStartError
from config.supervisor.options import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    Options,
    read_port,
)
from config.supervisor.plan import data_folder
from config.supervisor.startup import up
from pages.commands import Command as BaseCommand
from pages.commands import CommandError, CommandParser


def _count(value: str) -> int:
    number = int(value)
    if not 0 <= number <= 64:
        raise argparse.ArgumentTypeError(f"{value} is not a number from 0 to 64")
    return number


class Command(BaseCommand):
    """Reads the options; `config.supervisor.startup` does the work.

    Asks nothing of the settings: the secrets they need are made on the way.
    """

    help = (
        "Start Backbeat: Valkey, web, worker, sender and beat. An argument goes before "
        "the variable of the environment. DATABASE_URL and REDIS_URL, when set, replace "
        "the SQLite database and the embedded Valkey."
    )
    examples = (
        "manage.py up",
        "manage.py up --port 9000 --data /srv/backbeat --workers 2",
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", help="address to listen on (HOST, 127.0.0.1)")
        parser.add_argument("--port", help="port to listen on (PORT, 8000)")
        parser.add_argument("--data", help="folder of all data (DATA_DIR, ./data)")
        for role in ("webs", "workers", "senders", "beats"):
            parser.add_argument(
                f"--{role}",
                type=_count,
                default=1,
                metavar="N",
                help=f"how many {role}",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(sys.stdout, colours=wants_colour(sys.stdout, os.environ))
        try:
            chosen = Options(
                data_dir=data_folder(options["data"]),
                host=options["host"] or os.environ.get("HOST") or DEFAULT_HOST,
                port=read_port(
                    "PORT", options["port"] or os.environ.get("PORT") or DEFAULT_PORT
                ),
                **{r: options[r] for r in ("webs", "workers", "senders", "beats")},
            )
        except CannotStartError as error:
            raise CommandError(str(error), returncode=error.exit_code) from error
        code = up(chosen, os.environ, console)
        if code:
            sys.exit(code)
