"""`manage.py acknowledge_incident 7`: somebody is on it, nobody is reminded any more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from notifications import incidents
from notifications.models import Incident
from pages.commands import Command as BaseCommand
from pages.commands import CommandError, CommandParser, wrong


class Command(BaseCommand):
    help = "Acknowledge an open incident, or resolve it."
    examples = (
        "manage.py acknowledge_incident 7 --user admin",
        "manage.py acknowledge_incident 7 --resolve",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="As `manage.py incidents` lists it.")
        parser.add_argument("--user", help="In whose name, by username.")
        parser.add_argument("--resolve", action="store_true", help="Say that it is over.")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Incident.objects.filter(pk=options["id"])
        incident = rows.first()
        if incident is None:
            raise wrong(f"There is no incident {options['id']}.")
        if incident.resolved_at is not None:
            raise CommandError(f"The incident {incident.pk} is resolved already.")
        user = _person(options["user"]) if options["user"] else None
        if options["resolve"]:
            incidents.resolve_all(rows, by=user)
        else:
            incidents.acknowledge(rows, user=user)
        verb = "resolved" if options["resolve"] else "acknowledged"
        self.stdout.write(f"{verb}: {incident.title}")


def _person(username: str) -> Any:
    found = get_user_model().objects.filter(username=username).first()
    if found is None:
        raise wrong(f"--user: there is nobody called {username!r}.")  # fmt: skip
    return found
