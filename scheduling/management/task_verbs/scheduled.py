"""`tasks scheduled list|due|init|complete`: for programs that do the work of slots themselves."""

from __future__ import annotations

from pages.commands import CommandParser, Verb, add_verbs, wrong
from scheduling import services
from scheduling.ledger_words import zone_of
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options
from scheduling.management.task_verbs.lists import Due, List


class Init(Verb):
    """Also takes a task up again that `complete --no-next` has paused."""

    name = "init"
    help = "Plan the next run of a task."
    examples = ("manage.py tasks scheduled init morning-report-vn",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument("--from", dest="after", metavar="MOMENT", help="None before it, in its zone.")  # fmt: skip
        asking.add_person(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        after = None
        if options["after"]:
            after = asking.moment("--from", options["after"], zone_of(task))
        user = asking.the_person(options)
        task = services.plan_next(task, user=user, after=after)
        if asking.is_json(options):
            self.command.print_json(shown.task_json(task))
            return
        at = shown.clock(task, task.next_run_at) or "none"
        self.command.stdout.write(f"Planned: {task.id}, next {at} {task.timezone}")


class Complete(Verb):
    """The run is counted and delivered like any other."""

    name = "complete"
    help = "Say that the work of the slot that is due was done by another program."
    examples = (
        "manage.py tasks scheduled complete morning-report-vn",
        'manage.py tasks scheduled complete morning-report-vn --failed --error "No data"',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument("--failed", action="store_true", help="It has failed.")
        parser.add_argument("--error", default="", help="Why, with --failed.")
        parser.add_argument("--no-next", action="store_true", help="Plan no next run.")
        asking.add_person(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        if options["error"] and not options["failed"]:
            raise wrong("--error: only with --failed.")
        task = asking.the_task(options)
        work = services.OutsideWork(
            success=not options["failed"], error=options["error"]
        )
        user = asking.the_person(options)
        run = services.complete_slot(task, work, user=user, plan=not options["no_next"])
        if asking.is_json(options):
            self.command.print_json(shown.run_json(run, task))
            return
        self.command.stdout.write(f"Completed: {task.id}, run {run.id} {run.status}")


class Scheduled(Verb):
    """APFlow's words for the same things, and two more."""

    name = "scheduled"
    help = "list, due, init or complete: for programs that do the work of slots themselves."
    examples = Init.examples

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, self.command, (List, Due, Init, Complete))
