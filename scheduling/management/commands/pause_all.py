"""`manage.py pause_all`: nothing fires until `resume_all`."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.management.moments import refused
from scheduling.moments import MomentError, read_moment


class Command(BaseCommand):
    help = (
        "Pause everything: no slot fires. --until without an offset is in the zone of "
        "SCHEDULING_DEFAULT_TIMEZONE."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument("--until", help="When it ends by itself, such as 2026-11-17T07:00.")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print a JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = ZoneInfo(settings.SCHEDULING.default_timezone)
        try:
            until = read_moment(options["until"], zone) if options["until"] else None
            made = services.pause_all(None, note=options["note"], until=until)
        except MomentError as error:
            raise CommandError(f"--until: {error}", returncode=2) from error
        except (Conflict, ValidationError) as error:
            raise refused(error) from error
        end = made.ends_at.astimezone(zone).isoformat() if made.ends_at else None
        if options["json"]:
            shown = {"id": made.pk, "note": made.note, "starts_at": made.starts_at.isoformat(), "ends_at": end}  # fmt: skip
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2))
            return
        lasts = f"until {end}" if end else "until `manage.py resume_all`"
        self.stdout.write(f"Everything is paused {lasts}: no slot fires.")
