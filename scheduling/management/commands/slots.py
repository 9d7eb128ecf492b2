"""`manage.py slots TASK`: what became of a slot, or of all in a range."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling import ledger
from scheduling.ledger import MAX_ANSWERS, Answer
from scheduling.ledger_words import LABELS, as_json, in_words, moment, zone_of
from scheduling.management.moments import moment_of, task_named
from scheduling.models import ScheduledTask

_DAY = timedelta(days=1)


class Command(BaseCommand):
    """One line for each slot; slots that were skipped together are one."""

    help = (
        "Say what happened to a task's slot, or to those of a range (the last 24 hours). "
        "Moments without an offset are in the task's zone."
    )
    examples = (
        "manage.py slots morning-report-vn --at 2026-11-17T07:00",
        "manage.py slots morning-report-vn --from 2026-11-01 --until 2026-11-07 --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task", help="Id of the task.")
        parser.add_argument("--at", help="One moment, such as 2026-11-17T07:00.")
        parser.add_argument("--from", dest="start", help="First moment of a range.")
        parser.add_argument(
            "--until", help="Last moment, included; a date is the whole day."
        )
        parser.add_argument(
            "--limit", type=int, default=MAX_ANSWERS, help=f"1 to {MAX_ANSWERS}."
        )
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")

    def handle(self, *args: Any, **options: Any) -> None:
        task = task_named(options["task"])
        answers = self._answers(task, options)
        if options["json"]:
            shown = [as_json(answer, task) for answer in answers]
            self.print_json(shown)
            return
        for answer in answers:
            self.stdout.write(_line(answer, task))
        if not answers:
            self.stdout.write("The task has no slot in this range.")

    def _answers(self, task: ScheduledTask, options: dict[str, Any]) -> list[Answer]:
        if not 1 <= options["limit"] <= MAX_ANSWERS:
            message = f"--limit {options['limit']}: give 1 to {MAX_ANSWERS}."
            raise wrong(message)
        if options["at"]:
            at = moment_of("--at", options["at"], task)
            return [ledger.what_happened(task, at)]
        until = timezone.now()
        if options["until"]:
            until = moment_of("--until", options["until"], task, end=True)
        start = until - _DAY
        if options["start"]:
            start = moment_of("--from", options["start"], task)
        if until < start:
            raise wrong("--until: must not be before --from.")
        return ledger.between(task, start, until, options["limit"])


def _line(answer: Answer, task: ScheduledTask) -> str:
    zone = zone_of(task)
    slot = moment(answer.slot, zone)
    return f"{slot:<19}  {LABELS[answer.kind]!s:<14}  {in_words(answer, task)}"
