"""`manage.py incidents`: what is wrong at present, newest first."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from notifications.alert_words import as_json
from notifications.models import Incident
from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong

MOST = 1000


class Command(BaseCommand):
    help = "List open incidents. Times are in the zone of SCHEDULING_DEFAULT_TIMEZONE."
    examples = ("manage.py incidents --all --limit 20",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="Resolved ones too.")
        parser.add_argument("--kind", choices=Incident.Kind.values, help="Only those of this kind.")  # fmt: skip
        parser.add_argument("--task", help="Only those of the task of this id.")
        parser.add_argument("--limit", type=int, default=50, help=f"1 to {MOST}.")
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["limit"] <= MOST:
            message = f"--limit {options['limit']}: give 1 to {MOST}."
            raise wrong(message)
        rows = Incident.objects.select_related("acknowledged_by", "resolved_by")
        if not options["all"]:
            rows = rows.filter(resolved_at__isnull=True)
        if options["kind"]:
            rows = rows.filter(kind=options["kind"])
        if options["task"]:
            rows = rows.filter(task_id=options["task"])
        found = rows.order_by("-opened_at", "-id")[: options["limit"]]
        if options["json"]:
            shown = [as_json(each) for each in found]
            self.print_json(shown)
            return
        zone = ZoneInfo(settings.SCHEDULING.default_timezone)
        if not found:  # not on the output, which may be a program's input
            self.stderr.write("No such incident.", style_func=str)
        for each in found:
            at = f"{each.opened_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            seen = f"{each.count}x"
            words = (str(each.pk), at, each.state, each.kind, seen, each.title)
            self.stdout.write("  ".join(words))
