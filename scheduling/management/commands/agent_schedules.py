"""`manage.py agent_schedules`: what agents scheduled by themselves, and the switch that stops it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from scheduling import services
from scheduling.lineage import made_by_agents
from scheduling.management.moments import refused
from scheduling.models import ScheduledTask


class Command(BaseCommand):
    help = (
        "List the schedules that agents made. --pause-all pauses them all: no agent can resume "
        "them, a person can."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pause-all", action="store_true", help="Stop them all.")
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pause_all"]:
            try:
                shown = services.stop_agent_made(user=None, note=options["note"])
            except ValidationError as error:
                raise refused(error) from error
        else:
            shown = list(made_by_agents().order_by("lineage", "id"))
        if options["json"]:
            told = [_json(task) for task in shown]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
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
