"""`manage.py create_token USERNAME`: a Bearer token for the API, printed once."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from pages.tokens import MAX_DAYS, make_token


class Command(BaseCommand):
    """Make a token. Only its hash is kept, so it cannot be shown again."""

    help = "Make an API token for a user and print it, once."
    examples = (
        "manage.py create_token admin",
        "manage.py create_token admin --days 30 --json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--days", type=int, default=365, help="Days until it expires (365)."
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="Print token, username and expiry as JSON.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username, days = options["username"], options["days"]
        if not 1 <= days <= MAX_DAYS:
            raise wrong(f"--days {days}: give 1 to {MAX_DAYS} days.")
        users = get_user_model().objects
        user = users.filter(username=username, is_active=True).first()
        if user is None:
            raise wrong(
                f"There is no active user {username!r}; `manage.py createsuperuser` "
                "makes one."
            )
        stored, token = make_token(user, days)
        if options["json"]:
            expires = stored.expiry.isoformat(timespec="seconds")
            token = json.dumps(
                {"token": token, "username": username, "expires": expires}
            )
        self.stdout.write(token)
