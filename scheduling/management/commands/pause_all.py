"""`manage.py pause_all`: nothing fires until `resume_all`."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.moments import MomentError, read_moment


class Command(BaseCommand):
    help = (
        "Pause everything: no slot fires. --until without an offset is in the zone of "
        "SCHEDULING_DEFAULT_TIMEZONE."
    )
    examples = (
        'manage.py pause_all --note "Move of the database" --until 2030-11-22T06:00',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument("--until", help="When it ends by itself, such as 2026-11-17T07:00.")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = ZoneInfo(settings.SCHEDULING.default_timezone)
        try:
            until = read_moment(options["until"], zone) if options["until"] else None
        except MomentError as error:
            raise wrong(f"--until: {error}") from error
        made = services.pause_all(None, note=options["note"], until=until)
        end = made.ends_at.astimezone(zone).isoformat() if made.ends_at else None
        if options["json"]:
            shown = {"id": made.pk, "note": made.note, "starts_at": made.starts_at.isoformat(), "ends_at": end}  # fmt: skip
            self.print_json(shown)
            return
        lasts = f"until {end}" if end else "until `manage.py resume_all`"
        self.stdout.write(f"Everything is paused {lasts}: no slot fires.")
