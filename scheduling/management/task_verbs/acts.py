"""`tasks delete`, `clone`, `pause` and `resume`."""

from __future__ import annotations

import sys

from pages.commands import CommandError, CommandParser, Verb, wrong
from scheduling import services
from scheduling.ledger_words import zone_of
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options
from scheduling.models import ScheduledTask


class _Act(Verb):
    """A verb upon one task, in somebody's name."""

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        asking.add_person(parser)
        asking.add_form(parser)

    def say(self, task: ScheduledTask, options: Options, words: str) -> None:
        if asking.is_json(options):
            self.command.print_json(shown.task_json(task))
        else:
            self.command.stdout.write(words)


class Delete(_Act):
    """Its runs stay in the history."""

    name = "delete"
    help = (
        "Delete a task with its webhooks. Its runs stay; those under way are cancelled."
    )
    examples = ("manage.py tasks delete morning-report-vn --yes",)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("-y", "--yes", action="store_true", help="Do not ask.")

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        user = asking.the_person(options)
        if not options["yes"]:
            _ask(f"Delete {task.name!r} ({task.id})? [y/N] ")
        document = shown.task_json(task)
        services.delete_task(task, user=user)
        if asking.is_json(options):
            self.command.print_json(document)
        else:
            self.command.stdout.write(f"Deleted: {document['id']}")


class Clone(_Act):
    """The copy is paused."""

    name = "clone"
    help = "Copy a task with its webhooks and tags; the copy is paused."
    examples = ("manage.py tasks clone morning-report-vn",)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        made = services.clone_task(task, user=asking.the_person(options))
        self.say(made, options, f"Made, paused: {made.id}")


class Pause(_Act):
    """One that is paused already gets the new note and moment."""

    name = "pause"
    help = "Fire no more until it is resumed, by somebody or at --until."
    examples = ('manage.py tasks pause morning-report-vn --note "Data moves"',)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--note", default="", help="Why, for the others.")
        parser.add_argument("--until", metavar="MOMENT", help="When it goes on by itself, in its zone.")  # fmt: skip

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        until = None
        if options["until"]:
            until = asking.moment("--until", options["until"], zone_of(task))
        services.pause_task(
            task,
            user=asking.the_person(options),
            note=options["note"],
            resume_at=until,
        )
        end = f" until {shown.clock(task, until)}" if until else ""
        self.say(task, options, f"Paused{end}: {task.id}")


class Resume(_Act):
    """From the next slot on."""

    name = "resume"
    help = "Fire again, from the next slot on."
    examples = ("manage.py tasks resume morning-report-vn",)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        services.resume_task(task, user=asking.the_person(options))
        at = shown.clock(task, task.next_run_at)
        self.say(task, options, f"Resumed: {task.id}{at and f', next {at} {task.timezone}'}")  # fmt: skip


def _ask(question: str) -> None:
    """Go on only when a person says yes; nobody is there to ask without a terminal."""
    if not sys.stdin.isatty():
        raise wrong("Nobody can be asked here: give --yes.")
    if input(question).strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was deleted.")
