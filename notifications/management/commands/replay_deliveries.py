"""`manage.py replay_deliveries`: deliver a filtered set again."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from notifications import services
from notifications.delivery_sets import DeliverySet
from notifications.models import Delivery
from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong


class Command(BaseCommand):
    help = (
        "Deliver again what matches every filter given (at least one), under the old ids. What "
        "is unknown or delivered may then arrive twice in chats."
    )
    examples = (
        "manage.py replay_deliveries --status failed --since 2026-11-21T06:00 --dry-run",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        known = [str(each) for each in Delivery.FINAL]
        parser.add_argument("--status", choices=known, default="", help="How it ended.")
        parser.add_argument("--webhook", type=int, metavar="ID", help="Where to.")
        parser.add_argument("--task", default="", metavar="ID", help="Whose result.")
        parser.add_argument(
            "--since", metavar="MOMENT", help="Owed then or later: 2026-11-21T06:00."
        )
        parser.add_argument("--until", metavar="MOMENT", help="Owed before then.")
        parser.add_argument(
            "--id", type=uuid.UUID, action="append", default=[], help="Only this one."
        )
        parser.add_argument("--dry-run", action="store_true", help="Count only.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        meant = DeliverySet(
            status=options["status"],
            webhook_id=options["webhook"],
            task_id=options["task"],
            since=_moment("--since", options["since"]),
            until=_moment("--until", options["until"]),
            ids=tuple(options["id"]),
        )
        if not meant:
            raise wrong(
                "Give at least one filter: --status, --webhook, --task, --since, --until or --id."
            )
        matching, replayed = services.replayable(meant.rows()).count(), 0
        if not options["dry_run"]:
            replayed = services.replay_all(meant.rows(), user=None)
        if options["json"]:
            self.print_json({"matching": matching, "replayed": replayed})
        elif options["dry_run"]:
            self.stdout.write(f"{matching} would be replayed.")
        else:
            self.stdout.write(f"{replayed} replayed.")


def _moment(option: str, text: str | None) -> datetime | None:
    """Read a moment; without an offset it is of the installation's zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(
            f"{option}: {text!r} is no moment: write 2026-11-21T06:00."
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(
            tzinfo=ZoneInfo(settings.NOTIFICATIONS.default_timezone)
        )
    return moment
