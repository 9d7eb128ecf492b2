"""`tasks run`: run a task now, beside its schedule, and follow the run to its end."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from django.db import connection

from pages.commands import CommandError, CommandParser, Verb
from scheduling import models, services
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options

POLL_SECONDS = 0.5
_LONGEST = 7 * 24 * 3600


class Run(Verb):
    """With --wait its output is the output of the command, and a failure is its failure."""

    name = "run"
    help = (
        "Run a task now, beside its schedule. --wait prints what the agent says, and ends with 1 "
        "when the run fails."
    )
    examples: Sequence[str] = (
        "manage.py tasks run morning-report-vn --wait",
        "manage.py tasks run morning-report-vn --wait --timeout 60 --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument("-w", "--wait", action="store_true", help="Stay until it has ended.")  # fmt: skip
        parser.add_argument(
            "--timeout", type=_seconds, default=_LONGEST, metavar="SECONDS",
            help="Wait no longer; the run goes on.",
        )  # fmt: skip
        asking.add_person(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        run = services.run_now(task, user=asking.the_person(options))
        if options["wait"]:
            self.command.tell(f"Run {run.id} of {task.id}.")
            run = _ended(run, options["timeout"])
        if asking.is_json(options):
            waited = {"output": run.output} if options["wait"] else {}
            self.command.print_json(shown.run_json(run, task) | waited)
        elif options["wait"]:
            self.command.stdout.write(run.output)
        else:
            self.command.stdout.write(str(run.id))
        if options["wait"] and run.status != models.Run.Status.SUCCEEDED:
            why = run.error or run.note or run.failure_reason or run.skip_reason
            raise CommandError(" ".join(f"The run has {run.status}: {why}".split()))


def _ended(run: models.Run, seconds: float) -> models.Run:
    """Wait until the run is final. Between two looks no database connection is held."""
    deadline = time.monotonic() + seconds
    rows = models.Run.objects.filter(id=run.id)
    while not (now := rows.get()).is_final:
        if time.monotonic() > deadline:
            waited = f"{seconds:g} s"
            raise CommandError(f"The run is {now.status} after {waited}; it goes on.")
        if not connection.in_atomic_block:
            connection.close()
        time.sleep(POLL_SECONDS)
    return now


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text[:40]}: give 0 to {_LONGEST} seconds.")
    return seconds
