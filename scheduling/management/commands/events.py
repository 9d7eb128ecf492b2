"""`manage.py events`: what was late, missed, paused or silent, newest first."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling.events import as_json
from scheduling.models import Event
from scheduling.moments import MomentError, read_moment

MOST = 1000


class Command(BaseCommand):
    help = "List events. Times are in the zone of SCHEDULING_DEFAULT_TIMEZONE."
    examples = ("manage.py events --kind missed --since 2026-11-17",)

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kind.value for kind in Event.Kind]
        parser.add_argument("--kind", choices=kinds, help="Only those of this kind.")
        parser.add_argument("--task", help="Only those of the task of this id.")
        parser.add_argument("--since", help="Not before this moment, such as 2026-11-17.")  # fmt: skip
        parser.add_argument("--limit", type=int, default=50, help=f"1 to {MOST}.")
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = ZoneInfo(settings.SCHEDULING.default_timezone)
        if not 1 <= options["limit"] <= MOST:
            message = f"--limit {options['limit']}: give 1 to {MOST}."
            raise wrong(message)
        found = _found(options, zone)[: options["limit"]]
        if options["json"]:
            shown = [{"id": each.pk, **as_json(each)} for each in found]
            self.print_json(shown)
            return
        for each in found:
            at = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            words = (at, each.kind, each.task_ref or "-", each.note)
            self.stdout.write("  ".join(words).rstrip())


def _found(options: dict[str, Any], zone: ZoneInfo) -> QuerySet[Event]:
    events = Event.objects.all()
    if options["kind"]:
        events = events.filter(kind=options["kind"])
    if options["task"]:
        events = events.filter(task_ref=options["task"])
    if options["since"]:
        try:
            events = events.filter(at__gte=read_moment(options["since"], zone))
        except MomentError as error:
            raise wrong(f"--since: {error}") from error
    return events
