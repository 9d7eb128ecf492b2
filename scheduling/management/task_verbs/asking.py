"""What several verbs ask for: a task, a person, how many, in which form."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model

from pages.commands import CommandParser, wrong
from scheduling.management.moments import task_named
from scheduling.models import ScheduledTask
from scheduling.moments import MomentError, read_moment

Options = dict[str, Any]
DEFAULT_LIMIT = 100
MOST = 1000


def add_task(parser: CommandParser) -> None:
    parser.add_argument("task", metavar="TASK", help="Id of the task.")


def add_person(parser: CommandParser) -> None:
    parser.add_argument(
        "--as", dest="user", metavar="USERNAME",
        help="In whose name it is done, and is noted; else the system's.",
    )  # fmt: skip


def add_form(parser: CommandParser) -> None:
    """`--json`, and `-f json` as APFlow has it."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("-f", "--format", choices=("table", "json"), default="table", help="For people (table) or for programs.")  # fmt: skip
    forms.add_argument("--json", dest="format", action="store_const", const="json", help="The same as -f json.")  # fmt: skip


def add_limit(parser: CommandParser, default: int = DEFAULT_LIMIT) -> None:
    parser.add_argument(
        "-l", "--limit", type=limited, default=default, metavar="N",
        help=f"At most so many, 1 to {MOST} ({default}).",
    )  # fmt: skip


def add_filters(parser: CommandParser) -> None:
    """Whose tasks, and of which schedule."""
    parser.add_argument("-u", "--user-id", metavar="USER", help="Only those of this owner: id or username.")  # fmt: skip
    types = ScheduledTask.Type.values
    parser.add_argument("-t", "--schedule-type", "--type", choices=types, help="Only those.")  # fmt: skip


def is_json(options: Options) -> bool:
    return bool(options["format"] == "json")


def the_task(options: Options) -> ScheduledTask:
    """Return the task that was named; exit code 2 when there is none."""
    return task_named(options["task"])


def the_person(options: Options) -> Any:
    """Return who acts; None: the system."""
    name = options["user"]
    return None if name is None else _found("--as", username=name)


def person_named(text: str) -> Any:
    """Return the user of that id or username."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return _found("--user-id", pk=int(text))
    return _found("--user-id", username=text)


def moment(option: str, text: str, zone: ZoneInfo | None = None) -> datetime:
    """Read a moment, in the installation's zone unless another is given."""
    zone = zone or ZoneInfo(settings.SCHEDULING.default_timezone)
    try:
        return read_moment(text, zone)
    except MomentError as error:
        raise wrong(f"{option}: {error}") from error


def _found(option: str, **by: Any) -> Any:
    user = get_user_model().objects.filter(**by).first()
    if user is None:
        raise wrong(f"{option}: there is no user {next(iter(by.values()))!r}.")
    return user


def limited(text: str) -> int:
    """Read a number of rows for argparse."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST:
        raise argparse.ArgumentTypeError(f"{text[:40]}: give 1 to {MOST}.")
    return int(text[:9])
