"""`manage.py backfill`: run slots of the past, see how far it has come, cancel it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import services
from scheduling.backfill_progress import as_json, progress_of
from scheduling.ledger_words import moment, zone_of
from scheduling.management.moments import moment_of, task_named
from scheduling.models import Backfill, ScheduledTask
from scheduling.services.backfills import DEFAULT_PER_MINUTE, MAX_PER_MINUTE

POLL_SECONDS = 1.0


class Command(BaseCommand):
    """Bad input is told in one line, with exit status 2."""

    help = (
        "Run a task's slots of the past. Moments without an offset are in the task's zone; "
        "slots that have succeeded or are under way are left out."
    )
    examples = (
        "manage.py backfill morning-report-vn --from 2026-11-01 --until 2026-11-07 --wait",
        "manage.py backfill --cancel 0d1e9c1c-3c5a-4a57-9d3c-0b9a4f7f0a11",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task", nargs="?", help="Id of the task.")
        parser.add_argument("--from", dest="start", help="First moment of the range.")
        parser.add_argument(
            "--until", help="Last moment, included; a date is the whole day."
        )
        parser.add_argument(
            "--per-minute",
            type=int,
            default=DEFAULT_PER_MINUTE,
            help=f"Starts a minute, 1 to {MAX_PER_MINUTE} ({DEFAULT_PER_MINUTE}).",
        )
        parser.add_argument(
            "--again", action="store_true", help="Also slots that have succeeded."
        )
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say which slots would run."
        )
        parser.add_argument(
            "--wait", action="store_true", help="Show the progress until it is over."
        )
        parser.add_argument("--cancel", metavar="ID", help="Cancel this backfill.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cancel"]:
            self._say(_cancelled(options["cancel"]), options)
            return
        self._make(options)

    def _make(self, options: dict[str, Any]) -> None:
        for name, option in (("task", "TASK"), ("start", "--from"), ("until", "--until")):  # fmt: skip
            if not options[name]:
                message = f"{option} is missing; give TASK, --from and --until, or --cancel ID."  # fmt: skip
                raise wrong(message)
        task = task_named(options["task"])
        asked = {
            "from_at": moment_of("--from", options["start"], task),
            "until_at": moment_of("--until", options["until"], task, end=True),
            "per_minute": options["per_minute"],
            "again": options["again"],
        }
        if options["dry_run"]:
            self._say_planned(task, asked, options)
            return
        backfill = services.create_backfill(
            task, **asked, note=options["note"], user=None
        )
        if options["wait"]:
            self._follow(backfill, options)
        self._say(backfill, options)

    def _say_planned(
        self, task: ScheduledTask, asked: dict[str, Any], options: dict[str, Any]
    ) -> None:
        planned, zone = services.plan_backfill(task, **asked), zone_of(task)
        if options["json"]:
            slots = [slot.astimezone(zone).isoformat() for slot in planned.slots]
            shown = {"slots": slots, "left_out": planned.left_out}
            self.print_json(shown)
            return
        for slot in planned.slots:
            self.stdout.write(moment(slot, zone))
        self.stdout.write(
            f"{len(planned.slots)} slots would run, {planned.left_out} are left out; "
            f"the last starts {planned.lasts.total_seconds():.0f} s after the first."
        )

    def _follow(self, backfill: Backfill, options: dict[str, Any]) -> None:
        """Print a line for each change, until nothing of it is under way."""
        last = ""
        while True:
            progress = progress_of([backfill.id])[backfill.id]
            line = _counts(progress.counts())
            if line != last and not options["json"]:
                self.stdout.write(line)
                self.stdout.flush()
            if progress.is_over:
                return
            last = line
            time.sleep(POLL_SECONDS)

    def _say(self, backfill: Backfill, options: dict[str, Any]) -> None:
        progress = progress_of([backfill.id])[backfill.id]
        if options["json"]:
            shown = as_json(backfill, progress)
            self.print_json(shown)
            return
        self.stdout.write(
            f"{backfill.id}  {backfill.made} runs, {backfill.left_out} left out  "
            f"{_counts(progress.counts())}"
        )


def _cancelled(text: str) -> Backfill:
    try:
        backfill = Backfill.objects.filter(id=uuid.UUID(text)).first()
    except ValueError:
        backfill = None
    if backfill is None:
        raise wrong(f"--cancel: there is no backfill {text!r}.")
    return services.cancel_backfill(backfill, user=None)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items())
