"""`manage.py resume_all`: slots fire again."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.management.moments import refused


class Command(BaseCommand):
    help = "End what pauses everything now. Windows that come again by themselves stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = services.resume_all(None)
        except Conflict as error:
            raise refused(error) from error
        still_on = done.still_on.name if done.still_on else None
        if options["json"]:
            shown = {"ended": [each.pk for each in done.ended], "still_on": still_on}
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2))
        elif still_on:
            self.stdout.write(f"Ended, but {still_on!r} is on, which comes again by itself.")  # fmt: skip
        else:
            self.stdout.write("Slots fire again.")
