"""`manage.py calendars`: which there are, and one more from an .ics file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, Verb, add_verbs, wrong
from scheduling import services
from scheduling.calendar_file import MAX_BYTES
from scheduling.models import Calendar


class Import(Verb):
    name = "import"
    help = "Make or change a calendar from an .ics file."
    examples = ("manage.py calendars import Holidays holidays.ics",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", metavar="NAME", help="Name (or id) of the calendar."
        )
        parser.add_argument("file", metavar="FILE", type=Path, help="The .ics file.")


class Command(BaseCommand):
    """List calendars, or read an .ics file into one."""

    help = "List calendars; `calendars import NAME FILE.ics` makes one or changes it."
    examples = ("manage.py calendars --json", *Import.examples)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON.")
        add_verbs(parser, self, [Import], required=False)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == Import.name:
            calendars = [_read(options["name"], options["file"])]
        else:
            calendars = list(Calendar.objects.defer("file"))
        if options["json"]:
            self.print_json([_row(calendar) for calendar in calendars])
            return
        self.print_table(
            ["ID", "Name", "Dates"],
            [(each.id, each.name, len(each.listed)) for each in calendars],
            empty=f"No calendar yet: {Import.examples[0]}",
        )


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
