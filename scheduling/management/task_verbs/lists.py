"""`tasks list`, `due` and `next`: which tasks there are, and what runs when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pages.commands import CommandParser, Verb
from scheduling.management.task_verbs import asking, shown
from scheduling.management.task_verbs.asking import Options
from scheduling.models import Run, ScheduledTask
from scheduling.schedule import ScheduleError

#: Words of APFlow -> how the last run ended here.
_STATUSES = {"completed": "succeeded", "in_progress": "running", "pending": ""}


class List(Verb):
    """What runs next stands first."""

    name = "list"
    help = "List tasks, what runs next first. Times are in the zone of each task."
    examples: Sequence[str] = (
        "manage.py tasks list",
        "manage.py tasks list --all -t cron --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--enabled-only", dest="all", action="store_false", default=False, help="Only active ones (so it is without either).")  # fmt: skip
        which.add_argument("--all", action="store_true", help="Paused ones too.")
        asking.add_filters(parser)
        known = ("running", *Run.FINAL, *_STATUSES)
        parser.add_argument("-s", "--status", choices=[str(each) for each in known], help="How the last run ended, or that one is under way.")  # fmt: skip
        parser.add_argument("--tag", help="Only those with this tag.")
        asking.add_limit(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        rows = shown.with_relations(filtered(options))
        if not options["all"]:
            rows = rows.filter(active=True)
        if options["status"] is not None:
            rows = _with_status(rows, options["status"])
        if options["tag"]:
            rows = rows.filter(tags__name=options["tag"])
        order = rows.order_by(F("next_run_at").asc(nulls_last=True), "name", "id")
        empty = "No such task." if options["all"] else "No such active task; --all shows paused ones too."  # fmt: skip
        _print(self, order[: options["limit"]], options, empty=empty)


class Due(Verb):
    """What dispatch would take on."""

    name = "due"
    help = "List the tasks that are due, the longest overdue first."
    examples = ("manage.py tasks due", "manage.py tasks due --before 2030-01-01T07:00")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", metavar="MOMENT", help="Due by then; else now.")
        asking.add_filters(parser)
        asking.add_limit(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        before = timezone.now()
        if options["before"]:
            before = asking.moment("--before", options["before"])
        due = shown.with_relations(filtered(options)).filter(
            active=True, due_at__lte=before
        )
        found = due.order_by("due_at")[: options["limit"]]
        _print(self, found, options, empty="Nothing is due.")


class Next(Verb):
    """Over all tasks, or those of one owner."""

    name = "next"
    help = "Say what runs next, over all tasks, each time in the zone of its task."
    examples = ("manage.py tasks next", "manage.py tasks next --count 20 --json")

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_filters(parser)
        parser.add_argument(
            "--count", dest="limit", type=asking.limited, default=10, metavar="N",
            help=f"So many, 1 to {asking.MOST} (10).",
        )  # fmt: skip
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        count = options["limit"]
        planned = shown.with_relations(filtered(options)).filter(
            active=True, next_run_at__isnull=False
        )
        # The soonest times are of the tasks that are soonest themselves.
        tasks = list(planned.order_by("next_run_at")[:count])
        times = list(islice(merge(*map(_times, tasks), key=_when), count))
        if asking.is_json(options):
            self.command.print_json(
                [{"at": shown.iso(task, at), "task_id": task.id, "name": task.name} for at, task in times]
            )  # fmt: skip
            return
        rows = [
            (shown.clock(task, at), task.timezone, task.id, task.name)
            for at, task in times
        ]
        headings = ("AT", "ZONE", "TASK", "NAME")
        self.command.print_table(headings, rows, empty="Nothing is planned.")


def filtered(options: Options) -> QuerySet[ScheduledTask]:
    """Return the tasks that `asking.add_filters` lets through."""
    rows = ScheduledTask.objects.all()
    if options["user_id"]:
        rows = rows.filter(owner=asking.person_named(options["user_id"]))
    if options["schedule_type"]:
        rows = rows.filter(schedule_type=options["schedule_type"])
    return rows


def _with_status(rows: QuerySet[ScheduledTask], word: str) -> QuerySet[ScheduledTask]:
    status = _STATUSES.get(word, word)
    under_way = Q(id__in=Run.objects.filter(status=Run.Status.RUNNING).values("task"))
    if status == Run.Status.RUNNING:
        return rows.filter(under_way)
    return rows.filter(last_status=status).exclude(under_way)


def _times(task: ScheduledTask) -> Iterator[tuple[datetime, ScheduledTask]]:
    """The times at which a task runs from its next on, closed days left out."""
    at = task.next_run_at
    while at is not None:
        yield at, task
        try:
            at = task.schedule.next_open_after(at)
        except ScheduleError:
            return


def _when(entry: tuple[datetime, ScheduledTask]) -> datetime:
    return entry[0]


def _print(
    verb: Verb, tasks: QuerySet[ScheduledTask], options: Options, *, empty: str
) -> None:
    if asking.is_json(options):
        verb.command.print_json([shown.task_json(each) for each in tasks])
        return
    verb.command.print_table(
        shown.TASK_HEADINGS, map(shown.task_row, tasks), empty=empty
    )
