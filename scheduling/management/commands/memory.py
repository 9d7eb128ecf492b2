"""`manage.py memory TASK`: what a task or an agent remembers, shown or set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.models import Agent, ScheduledTask


class Command(BaseCommand):
    help = "Show what a task or an agent remembers, or let it remember something else."
    examples = (
        "manage.py memory morning-report-vn",
        "manage.py memory morning-report-vn --file notes.md",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task", metavar="TASK", help="The task's id.")
        parser.add_argument("--agent", action="store_true", help="TASK is an agent's id.")  # fmt: skip
        given = parser.add_mutually_exclusive_group()
        given.add_argument("--set", metavar="TEXT", help="Remember this instead; empty: nothing.")  # fmt: skip
        given.add_argument("--file", help="Remember the text of this file instead; -: of the input.")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        thing = _thing(options["task"], of_agent=options["agent"])
        memory = services.memory_of(thing)
        text = _read(options["file"]) if options["file"] else options["set"]
        if text is not None:
            try:
                memory = services.save_memory(
                    thing, text, user=None, note="By manage.py memory."
                )
            except ValidationError as error:
                words = " ".join(error.messages)
                raise wrong(f"the memory: {words}") from error
        if options["json"]:
            written = memory.updated_at.isoformat() if memory.version else None
            shown = {"content": memory.content, "version": memory.version, "updated_at": written}  # fmt: skip
            self.print_json(shown)
        elif text is not None:
            self.stdout.write(f"Remembered as version {memory.version}.")
        else:
            self.stdout.write(memory.content)


def _thing(ref: str, *, of_agent: bool) -> Agent | ScheduledTask:
    found = (Agent if of_agent else ScheduledTask).objects.filter(pk=ref).first()
    if found is None:
        kind = "agent" if of_agent else "task"
        raise wrong(f"There is no {kind} {ref!r}.")
    return found


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(f"--file: {error}") from error
