"""`manage.py dump_tasks`: tasks as a file that `load_tasks` reads back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from notifications.encryption import DecryptionError
from pages.commands import Command as BaseCommand
from pages.commands import CommandError, CommandParser, wrong
from scheduling.interop.dumping import UnknownTask, Unsaid, dump
from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.backbeat import BackbeatFormat


class Command(BaseCommand):
    help = (
        "Write tasks as a file for load_tasks, or for another system. Without TASK all of them, "
        "with the agents, calendars and the address book."
    )
    examples = (
        "manage.py dump_tasks --output backbeat.yaml",
        "manage.py dump_tasks morning-report --secrets --output report.yaml",
        "manage.py dump_tasks nightly --format sympozium",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tasks", nargs="*", metavar="TASK", help="Id of a task.")
        parser.add_argument("--format", choices=[*FORMATS], default=BackbeatFormat.name, help="Whose format; Backbeat's own by default.")  # fmt: skip
        parser.add_argument("--output", metavar="FILE", help="Write it there, for its owner's eyes only (0600).")  # fmt: skip
        parser.add_argument("--secrets", action="store_true", help="Write secrets too; else *** stands for them.")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = dump(
                options["tasks"], options["format"], secrets=options["secrets"]
            )
        except UnknownTask as error:
            raise wrong(str(error.args[0])) from error
        except Unsaid as error:
            for each in error.told:
                self.stderr.write(each)
            count = len(error.told)
            raise CommandError(f"{options['format']} cannot say {count} {'task' if count == 1 else 'tasks'}; nothing was written.") from error  # fmt: skip
        except (ValueError, DecryptionError) as error:
            raise CommandError(str(error)) from error
        for each in found.left_out:
            self.tell(f"left out: {each}")
        if not options["output"]:
            self.stdout.write(found.text, ending="")
            return
        path = Path(options["output"])
        try:
            write_private(path, found.text)
        except OSError as error:
            raise wrong(f"--output {path}: {error.strerror or error}") from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:100]}."
    )  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
