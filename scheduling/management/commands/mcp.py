"""`manage.py mcp`: the MCP server on standard input and output."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import anyio
from django.contrib.auth import get_user_model
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser, wrong
from scheduling.mcp.callers import NotAllowed, caller_for

TOKEN = "BACKBEAT_TOKEN"  # noqa: S105 -- the name of a variable


class Command(BaseCommand):
    """Serves one agent, until it closes standard input."""

    help = (
        "Speak the Model Context Protocol on standard input and output, in the name of "
        f"--user, or of the owner of the API token in the environment variable {TOKEN}."
    )
    examples = ("manage.py mcp --user admin",)
    # Standard output carries the protocol and nothing else.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="Whose agent it is: a user name.")

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = _named(options["user"]) if options["user"] else _owner_of_token()
        try:
            caller_for(user_id)
        except NotAllowed as error:
            raise wrong(str(error)) from error
        # Not at the top: the SDK takes a second, and `--help` and refusals need none of it.
        anyio.run(import_module("scheduling.mcp.stdio").serve, user_id)


def _named(name: str) -> int:
    users: Any = get_user_model().objects
    found: int | None = users.filter(username=name).values_list("pk", flat=True).first()
    if found is None:
        raise wrong(f"--user: there is no user {name!r}.")
    return found


def _owner_of_token() -> int:
    token = os.environ.get(TOKEN, "")
    if not token:
        message = f"Give --user NAME, or an API token in the environment variable {TOKEN}."  # fmt: skip
        raise wrong(message)
    try:
        user, _ = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed as error:
        raise wrong(f"{TOKEN}: {error.detail}") from error
    return int(user.pk)
