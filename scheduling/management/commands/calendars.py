"""`manage.py calendars`: which there are, and one more from an .ics file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.calendar_file import MAX_BYTES
from scheduling.models import Calendar


class Command(BaseCommand):
    """List calendars, or read an .ics file into one."""

    help = "List calendars; `calendars import NAME FILE.ics` makes one or changes it."
    examples = (
        "manage.py calendars --json",
        "manage.py calendars import Holidays holidays.ics",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON.")
        verbs = parser.add_subparsers(dest="verb", metavar="import")
        reading = verbs.add_parser("import", help="Read an .ics file.")
        reading.add_argument("name", help="Name (or id) of the calendar.")
        reading.add_argument("file", type=Path, help="The .ics file.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "import":
            calendars = [_read(options["name"], options["file"])]
        else:
            calendars = list(Calendar.objects.defer("file"))
        if options["json"]:
            rows = [_row(calendar) for calendar in calendars]
            self.print_json(rows)
            return
        for calendar in calendars:
            days = len(calendar.listed)
            self.stdout.write(f"{calendar.id}  {calendar.name}  {days} dates")


def _read(name: str, path: Path) -> Calendar:
    """Save the calendar of that name or id, new or not, with the file at `path`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise wrong(f"{path}: larger than 1 MB.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(f"{path}: cannot be read: {error}") from error
    calendar = _named(name)
    calendar.file, calendar.file_name = text, path.name[:200]
    try:
        return services.save_calendar(calendar, user=None)
    except ValidationError as error:
        said = "; ".join(f"{at}: {' '.join(x)}" for at, x in error.message_dict.items())
        raise wrong(f"{path}: {said}") from error


def _named(name: str) -> Calendar:
    found = list(Calendar.objects.filter(name=name)[:2])
    if len(found) > 1:
        message = f"There are several calendars called {name!r}: give the id."
        raise wrong(message)
    by_id = Calendar.objects.filter(id=name).first()
    return found[0] if found else by_id or Calendar(name=name)


def _row(calendar: Calendar) -> dict[str, Any]:
    return {
        "id": calendar.id,
        "name": calendar.name,
        "weekdays": calendar.weekdays,
        "only": calendar.only,
        "dates": sorted(day.isoformat() for day in calendar.listed),
    }
