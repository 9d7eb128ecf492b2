"""`manage.py load_tasks`: make the tasks those of files, of Backbeat's own format or another's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling.interop.applying import Refused, apply
from scheduling.interop.documents import MAX_BYTES, BadFile, decode
from scheduling.interop.formats import FORMATS
from scheduling.interop.plan import Action, Item, Options, Plan, Said, Source
from scheduling.interop.planner import make_plan
from scheduling.models import Agent
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone

HEADINGS = ("action", "kind", "id", "fields", "why")
_MOST_FIELDS = 6


class Command(BaseCommand):
    help = (
        "Load tasks from files: of Backbeat (dump_tasks writes them), Simplize, RQ tasks.yaml, "
        "APFlow, omniagent or SympoziumSchedule. Shows a plan, then does all of it or nothing. "
        "What a person changed since is kept. 0: done; 1: something changed meanwhile; 2: the files are "
        "wrong, each fault on a line of its own."
    )
    examples = (
        "manage.py load_tasks tasks.yaml --dry-run",
        "manage.py load_tasks tasks.yaml --prune",
        "manage.py load_tasks jobs.json --format omniagent --agent analyst --timezone Asia/Ho_Chi_Minh",
        "kubectl get sympoziumschedules -o yaml | manage.py load_tasks - --agent analyst",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="A file; - is the standard input.")  # fmt: skip
        parser.add_argument("--format", choices=[*FORMATS], default="", help="Whose format; else it is recognised.")  # fmt: skip
        parser.add_argument("--prune", action="store_true", help="Delete tasks that came from these files and are no longer in them.")  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="Only show the plan.")  # fmt: skip
        parser.add_argument("--force", action="store_true", help="Overwrite what was changed by hand since.")  # fmt: skip
        parser.add_argument("--user", metavar="USERNAME", help="Who owns the new tasks.")  # fmt: skip
        parser.add_argument("--agent", metavar="ID", default="", help="Who does tasks whose file names no agent, or one that is not here.")  # fmt: skip
        parser.add_argument("--timezone", metavar="ZONE", default="", help="The zone of times whose file names none.")  # fmt: skip
        parser.add_argument("--name", metavar="PREFIX", default="", help="Begins the ids of new tasks; what a tasks.yaml without an agent's name belongs to.")  # fmt: skip
        parser.add_argument("--paused", action="store_true", help="Make new tasks paused.")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        sources = [_source(name) for name in _once(options["files"])]
        chosen = _options(options)
        plan = make_plan(sources, chosen, user=None)
        if plan.faults:
            self._fail(plan, as_json=options["json"])
        if not options["json"]:
            self._show(plan)
        if not options["dry_run"]:
            try:
                plan = apply(sources, chosen, plan.fingerprint, user=None)
            except Refused as error:
                raise wrong(str(error)) from error
        if options["json"]:
            self.print_json(plan.as_json())
            return
        done = not options["dry_run"]
        counts = [
            f"{count} {_WORDS[each][done]}" for each, count in plan.counts.items()
        ]
        tail = "" if done else " Nothing was written (--dry-run)."
        self.stdout.write(f"{', '.join(counts) or 'Nothing to do'}.{tail}")

    def _fail(self, plan: Plan, *, as_json: bool) -> None:
        if as_json:
            self.print_json(plan.as_json())
        for each in plan.faults:
            self.stderr.write(_line(each))
        count = len(plan.faults)
        raise wrong(f"{count} {'fault' if count == 1 else 'faults'}; nothing was loaded.")  # fmt: skip

    def _show(self, plan: Plan) -> None:
        self.print_table(
            HEADINGS,
            [
                (each.action, each.kind, each.key, _fields(each.fields, each.action), _why(each))
                for each in plan.items
            ],
            empty="The files hold no tasks.",
        )  # fmt: skip
        for each in plan.remarks:
            self.stdout.write(_line(each))
        for each in plan.left_out:
            self.stdout.write(f"left out: {_line(each)}")


#: What is to be done, and what was.
_WORDS = {
    Action.CREATE: ("to create", "created"),
    Action.CHANGE: ("to change", "changed"),
    Action.DELETE: ("to delete", "deleted"),
    Action.KEPT: ("kept", "kept"),
    Action.UNCHANGED: ("unchanged", "unchanged"),
}


def _why(item: Item) -> str:
    """Why it is kept, and what would change that."""
    return f"{item.note}; --force overwrites it" if item.action == Action.KEPT else item.note  # fmt: skip


def _fields(names: Any, action: Action) -> str:
    """The changed ones; of a new thing all are new."""
    if action == Action.CREATE:
        return ""
    more = len(names) - _MOST_FIELDS
    return ", ".join(names[:_MOST_FIELDS]) + (f" + {more}" if more > 0 else "")


def _line(said: Said) -> str:
    """A sentence on one line, and nothing in it that moves the reader's terminal."""
    return "".join(each if each.isprintable() else " " for each in str(said))


def _once(names: list[str]) -> list[str]:
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise wrong(f"{twice} is named twice.")
    return names


def _source(name: str) -> Source:
    try:
        if name == "-":
            return Source(name="", text=decode(sys.stdin.buffer.read(MAX_BYTES + 1)))
        path = Path(name)
        with path.open("rb") as file:
            text = decode(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise wrong(f"{name}: {error.strerror or error}") from error
    except BadFile as error:
        raise wrong(f"{name}:{error.line}: {error}" if error.line else f"{name}: {error}") from error  # fmt: skip
    # Many keep one tasks.yaml in the folder of each of their agents.
    folder = path.resolve().parent.name
    stem = folder if path.stem == "tasks" else path.stem
    return Source(name=path.name, text=text, folder=folder, stem=stem)


def _options(options: dict[str, Any]) -> Options:
    owner = None
    if options["user"]:
        users = get_user_model()
        owner = users.objects.filter(**{users.USERNAME_FIELD: options["user"]}).first()
        if owner is None:
            raise wrong(f"--user: there is no user {options['user']!r}.")
    if options["agent"] and not Agent.objects.filter(pk=options["agent"]).exists():
        raise wrong(f"--agent: there is no agent {options['agent']!r}.")
    try:
        if options["timezone"]:
            load_zone(options["timezone"])
    except ScheduleError as error:
        raise wrong(f"--timezone: {error.at_the_field}") from error
    same = ("format", "prune", "force", "timezone", "name", "paused")
    return Options(
        **{name: options[name] for name in same},
        agent_id=options["agent"],
        owner_id=owner.pk if owner else None,
    )
