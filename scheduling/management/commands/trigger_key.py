"""`manage.py trigger_key create|list|revoke`: what lets something outside begin a task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pages.commands import CommandParser, Verb, VerbCommand, wrong
from scheduling import services
from scheduling.management.task_verbs import asking
from scheduling.management.task_verbs.asking import Options
from scheduling.models import TriggerKey

_COLUMNS = {
    "number": "id", "kind": "kind", "begins with": "beginning", "name": "name",
    "expires": "expires_at", "last used": "last_used_at",
}  # fmt: skip


class Create(Verb):
    """It cannot be told again."""

    name = "create"
    help = "Make a key and print it, once."
    examples = (
        "manage.py trigger_key create morning-report --name cron-server --days 365",
        "manage.py trigger_key create morning-report --kind secret",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument(
            "--kind", choices=TriggerKey.Kind.values, default="token",
            help="token: sent as it is (the default); secret: signs requests.",
        )  # fmt: skip
        parser.add_argument("--name", default="", help="What it is for.")
        parser.add_argument("--days", type=int, help="It ends after so many days; else never.")  # fmt: skip
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        asked = {name: options[name] for name in ("kind", "name", "days")}
        key, told = services.make_trigger_key(task, **asked, user=None)
        if asking.is_json(options):
            self.command.print_json(_row(key) | {"key": told})
        else:
            self.command.stdout.write(told)


class List(Verb):
    """Without what they are."""

    name = "list"
    help = "List the keys of a task."
    examples = ("manage.py trigger_key list morning-report --json",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        asking.add_form(parser)

    def handle(self, options: Options) -> None:
        task = asking.the_task(options)
        rows = [_row(key) for key in services.trigger_keys_of(task)]
        if asking.is_json(options):
            self.command.print_json(rows)
            return
        self.command.print_table(
            tuple(_COLUMNS),
            [[row[name] for name in _COLUMNS.values()] for row in rows],
            empty=f"{task.id} has no trigger keys; `manage.py trigger_key create {task.id}` makes one.",
        )


class Revoke(Verb):
    """What uses it is refused from now on."""

    name = "revoke"
    help = "Revoke a key."
    examples = ("manage.py trigger_key revoke morning-report 3",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument("number", metavar="NUMBER", type=int, help="As list tells it.")  # fmt: skip

    def handle(self, options: Options) -> None:
        task, number = asking.the_task(options), options["number"]
        key = services.trigger_keys_of(task).filter(pk=number).first()
        if key is None:
            raise wrong(f"{task.id} has no trigger key {number}.")
        services.revoke_trigger_key(key)
        self.command.stdout.write(f"Revoked {key.beginning}… of {task.id}.")


class Command(VerbCommand):
    help = (
        "Make, list and revoke the keys of a task at POST /webhook/trigger/{task_id}."
    )
    verbs = (Create, List, Revoke)


def _row(key: TriggerKey) -> dict[str, Any]:
    return {
        "id": key.pk,
        "kind": key.kind,
        "name": key.name,
        "beginning": key.beginning,
        "created_at": _shown(key.created_at),
        "expires_at": _shown(key.expires_at),
        "last_used_at": _shown(key.last_used_at),
    }


def _shown(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
