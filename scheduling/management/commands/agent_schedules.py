"""`manage.py agent_schedules`: what agents scheduled by themselves, and the switch that stops it."""

from __future__ import annotations

from typing import Any

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser
from scheduling import services
from scheduling.lineage import made_by_agents
from scheduling.models import ScheduledTask


class Command(BaseCommand):
    help = (
        "List the schedules that agents made. --pause-all pauses them all: no agent can resume "
        "them, a person can."
    )
    examples = (
        "manage.py agent_schedules",
        'manage.py agent_schedules --pause-all --note "Too many"',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pause-all", action="store_true", help="Stop them all.")
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pause_all"]:
            shown = services.stop_agent_made(user=None, note=options["note"])
        else:
            shown = list(made_by_agents().order_by("lineage", "id"))
        if options["json"]:
            told = [_json(task) for task in shown]
            self.print_json(told)
            return
        for task in shown:
            self.stdout.write(_line(task))
        verb = "paused" if options["pause_all"] else "made by agents"
        self.stdout.write(f"{len(shown)} {verb}.")


def _line(task: ScheduledTask) -> str:
    state = "active" if task.active else "paused"
    return f"{task.id}  {state}  {task.lineage}  depth {task.depth}"


def _json(task: ScheduledTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "active": task.active,
        "lineage": task.lineage,
        "depth": task.depth,
        "made_by_run": str(task.made_by_run) if task.made_by_run else None,
        "next_run_at": task.next_run_at.isoformat() if task.next_run_at else None,
        "end_at": task.end_at.isoformat() if task.end_at else None,
    }
