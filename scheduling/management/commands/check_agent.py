"""`manage.py check_agent ID`: whether the agent could run now."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.agents.base import Finding
from scheduling.models import Agent


class Command(BaseCommand):
    """One line for each thing that was looked at."""

    help = (
        "Say whether an agent could run now, without running it. Ends with 0 when it could, "
        "1 when not, 2 when there is no such agent."
    )
    examples = ("manage.py check_agent echo",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent", help="Id of the agent.")
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        agent = Agent.objects.filter(pk=options["agent"]).first()
        if agent is None:
            message = f"There is no agent {options['agent']!r}."
            raise wrong(message)
        findings = services.check_agent(agent)
        is_well = all(each.ok for each in findings)
        if options["json"]:
            shown = {"ok": is_well, "findings": [asdict(each) for each in findings]}
            self.print_json(shown)
        else:
            for each in findings:
                self.stdout.write(_line(each))
        if not is_well:
            sys.exit(1)


def _line(found: Finding) -> str:
    word = "well" if found.ok else "not now" if found.passing else "not well"
    return f"{word:<9} {found.name:<12} {found.words}"
