"""`manage.py preview`: what a schedule, or a task, is about to do."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling.budgets import money
from scheduling.management.moments import task_named
from scheduling.models import ScheduledTask
from scheduling.outlook import MOST_ENTRIES, Line, Outlook, look_ahead
from scheduling.projection import DAYS, Basis, Projection, in_json, project
from scheduling.wall_clock import ScheduleError, load_zone

_BASES = {
    Basis.TASK: "at the cost of its latest",
    Basis.AGENT: "at the cost of its agent's latest",
    Basis.PRICES: "by the list prices of its model",
    Basis.UNKNOWN: "at a cost that is not known",
}


class Command(BaseCommand):
    """Print a schedule in words and its next times. Nothing is saved."""

    help = "Show the next times of a task (by its id) or of a cron line."
    examples = (
        "manage.py preview morning-report-vn",
        'manage.py preview --cron "0 7 * * 1-5" --timezone Asia/Ho_Chi_Minh --count 5',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task", nargs="?", help="Id of a task.")
        parser.add_argument("--cron", help='Instead of a task: "0 7 * * 1-5".')
        parser.add_argument(
            "--seconds", action="store_true", help="The cron line has six fields."
        )
        parser.add_argument("--timezone", help="Of the cron line.")
        parser.add_argument(
            "--reader-timezone", default="UTC", help="Shown beside it (UTC)."
        )
        parser.add_argument(
            "--count", type=int, default=10, help=f"1 to {MOST_ENTRIES} (10)."
        )
        parser.add_argument("--language", default="en", help="en or vi.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["count"] <= MOST_ENTRIES:
            raise wrong(f"--count {options['count']}: give 1 to {MOST_ENTRIES}.")
        if bool(options["task"]) == bool(options["cron"]):
            raise wrong("Give the id of a task, or --cron and its line.")
        try:
            reader = load_zone(options["reader_timezone"])
            task = task_named(options["task"]) if options["task"] else _written(options)
            outlook = look_ahead(task, options["count"], timezone.now(), reader)
            cost = project(task, timezone.now())
        except ScheduleError as error:
            raise wrong(str(error)) from error
        if options["json"]:
            self.print_json(_document(outlook) | in_json(cost))
            return
        self.stdout.write(outlook.words(options["language"]))
        for line in outlook.lines:
            self.stdout.write(_row(line, reader))
        if cost.cost is not None:
            self.stdout.write(_cost_row(cost))


def _written(options: dict[str, Any]) -> ScheduledTask:
    task = ScheduledTask(
        schedule_type=ScheduledTask.Type.CRON,
        cron_expression=options["cron"],
        cron_seconds=options["seconds"],
    )
    task.timezone = options["timezone"] or task.timezone
    return task


def _document(outlook: Outlook) -> dict[str, Any]:
    return {
        "words": {language: outlook.words(language) for language in ("en", "vi")},
        "entries": [
            {
                "slot": line.slot.isoformat(),
                "due": line.due.isoformat(),
                "local": line.local.isoformat(),
                "reader_local": line.reader_local.isoformat(),
                "is_open": line.is_open,
                "oddity": line.oddity,
                "why": line.why,
            }
            for line in outlook.lines
        ],
        "cautions": list(outlook.preview.cautions),
    }


def _cost_row(cost: Projection) -> str:
    said = f"About {money(cost.cost or 0)} US dollars in {DAYS} days ({cost.runs} runs, {_BASES[cost.basis]})"  # fmt: skip
    over = f": more than its limit of {money(cost.month_limit or 0)} a month"
    return f"{said}{over if cost.exceeds else ''}."


def _row(line: Line, reader: ZoneInfo) -> str:
    mark = " " if line.is_open else "x"
    row = f"{mark} {line.local:%Y-%m-%d %H:%M:%S %z}  {line.reader_local:%Y-%m-%d %H:%M:%S} {reader.key}"
    return f"{row}  {line.why}".rstrip()
