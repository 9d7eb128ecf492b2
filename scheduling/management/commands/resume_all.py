"""`manage.py resume_all`: slots fire again."""

from __future__ import annotations

from typing import Any

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser
from scheduling import services


class Command(BaseCommand):
    help = "End what pauses everything now. Windows that come again by themselves stay."
    examples = ("manage.py resume_all",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        done = services.resume_all(None)
        still_on = done.still_on.name if done.still_on else None
        if options["json"]:
            shown = {"ended": [each.pk for each in done.ended], "still_on": still_on}
            self.print_json(shown)
        elif still_on:
            self.stdout.write(f"Ended, but {still_on!r} is on, which comes again by itself.")  # fmt: skip
        else:
            self.stdout.write("Slots fire again.")
