"""`scheduler export_ical`, `webhook_url` and `stats`: what other programs ask about the scheduler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from pages.commands import CommandError, CommandParser, Verb, wrong
from scheduling import services
from scheduling.interop import ical
from scheduling.interop.exports import TOKEN_NAME, exports_of, token_file, webhook_url
from scheduling.management.task_verbs import asking
from scheduling.management.task_verbs.lists import filtered
from scheduling.stats import scheduler_stats

_DEFAULT_URL = "http://localhost:8000"


class ExportIcal(Verb):
    """The same calendar as the live feed's."""

    name = "export_ical"
    aliases = ("export-ical",)
    help = "Write the tasks as an iCalendar file, which calendar programs read."
    examples = (
        "manage.py scheduler export_ical -o backbeat.ics",
        "manage.py scheduler export_ical -t weekly --all -n Reports",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-o", "--output", metavar="FILE", help="Else it is printed.")  # fmt: skip
        asking.add_filters(parser)
        parser.add_argument("-n", "--name", "--calendar-name", default=ical.NAME, help="What the calendar is called.")  # fmt: skip
        _add_base_url(parser, "--base-url")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--enabled-only", dest="all", action="store_false", default=False, help="Only active ones (so it is without either).")  # fmt: skip
        which.add_argument("--all", action="store_true", help="Paused ones too.")

    def handle(self, options: dict[str, Any]) -> None:
        tasks = filtered(options)
        if not options["all"]:
            tasks = tasks.filter(active=True)
        text = ical.export_ical(tasks, options["name"], _base_url(options))
        if not options["output"]:
            # Its lines end in CRLF, the last one too.
            self.command.stdout.write(text, ending="")
            return
        path = Path(options["output"])
        try:
            path.write_bytes(text.encode())
        except OSError as error:
            raise CommandError(f"--output: {path}: {error.strerror}") from error
        events = text.count("BEGIN:VEVENT")
        self.command.stdout.write(f"{path}: {events} events")


class WebhookUrl(Verb):
    """No secret is shown: who triggers knows it."""

    name = "webhook_url"
    aliases = ("webhook-url",)
    help = (
        "Say at which address a program triggers a task, and how its request is signed."
    )
    examples = (
        "manage.py scheduler webhook_url morning-report-vn -b https://backbeat.example",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        _add_base_url(parser, "-b", "--base-url")
        asking.add_form(parser)

    def handle(self, options: dict[str, Any]) -> None:
        base_url = _base_url(options) or _DEFAULT_URL
        document = webhook_url(asking.the_task(options), base_url)
        if asking.is_json(options):
            self.command.print_json(document)
            return
        self.command.print_table(("FIELD", "VALUE"), document.items(), empty="")


class Export(Verb):
    """Text for the other scheduler on stdout; what is to be done beside it on stderr."""

    name = "export"
    help = "Write crontab lines or Kubernetes manifests that trigger a task."
    examples = (
        "manage.py scheduler export morning-report crontab",
        "manage.py scheduler export morning-report kubernetes --token -b https://backbeat.example",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_task(parser)
        parser.add_argument("kind", choices=("crontab", "kubernetes"), metavar="{crontab,kubernetes}", help="For which scheduler.")  # fmt: skip
        parser.add_argument("--token", action="store_true", help="Make a trigger token for it, told this once.")  # fmt: skip
        _add_base_url(parser, "-b", "--base-url")

    def handle(self, options: dict[str, Any]) -> None:
        task, url = asking.the_task(options), _base_url(options) or _DEFAULT_URL
        kind, token = options["kind"], ""
        found = exports_of(task, url)
        if kind in found.refused:
            raise CommandError(found.refused[kind])
        if options["token"]:  # not before it is known that there is something to export
            _key, token = services.make_trigger_key(task, name=TOKEN_NAME, user=None)
            found = exports_of(task, url, token=token)
        self.command.stdout.write(getattr(found, kind))
        if token and kind == "crontab":
            self.command.tell(f"Into ~/{token_file(task)}, which only you may read, belongs this line:")  # fmt: skip
            self.command.tell(f"Authorization: Bearer {token}")


class Stats(Verb):
    """The numbers that the API tells staff."""

    name = "stats"
    help = "Say what the scheduler does and has done: state, runs, next look."
    examples = ("manage.py scheduler stats --json",)

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_form(parser)

    def handle(self, options: dict[str, Any]) -> None:
        document = scheduler_stats().as_json()
        if asking.is_json(options):
            self.command.print_json(document)
            return
        rows = [(name.replace("_", " "), value) for name, value in document.items()]
        self.command.print_table(("NUMBER", "VALUE"), rows, empty="")


def _add_base_url(parser: CommandParser, *names: str) -> None:
    parser.add_argument(*names, metavar="URL", dest="base_url", help="Where Backbeat is reached (SCHEDULING_PUBLIC_URL).")  # fmt: skip


def _base_url(options: dict[str, Any]) -> str:
    url = str(options["base_url"] or settings.SCHEDULING.public_url)
    if url and not url.startswith(("http://", "https://")):
        raise wrong(f"--base-url: {url[:80]!r}: write https://backbeat.example.")
    return url
