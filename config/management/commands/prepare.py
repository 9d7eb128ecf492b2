"""`manage.py prepare`: everything that has to be there before the processes start."""

from __future__ import annotations

import fcntl
import hashlib
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from pages.commands import Command as BaseCommand
from pages.commands import CommandParser


class Command(BaseCommand):
    """Migrations, static files, first admin and first tasks; nothing is done twice.

    Progress goes to the error output; the standard output carries only what `bootstrap` has
    to tell the person (the first admin's password, once).
    """

    help = "Migrate the database, collect the static files, make the first admin."
    examples = ("manage.py prepare", "manage.py prepare --no-static")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-static", action="store_true", help="leave the static files alone"
        )
        parser.add_argument(
            "--no-admin", action="store_true", help="make no first admin and no tasks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
        if not options["no_static"]:
            self._collect_static()
        if options["no_admin"]:
            return
        welcome = StringIO()
        call_command("bootstrap", stdout=welcome)
        self.stdout.write(welcome.getvalue())

    def _collect_static(self) -> None:
        """Collect unless nothing has changed; two processes at once take turns."""
        root = Path(settings.STATIC_ROOT)
        root.mkdir(parents=True, exist_ok=True)
        with root.with_name(root.name + ".state").open("a+", encoding="ascii") as state:
            fcntl.flock(state, fcntl.LOCK_EX)
            state.seek(0)
            fingerprint = static_fingerprint()
            if state.read() == fingerprint:
                return
            call_command(
                "collectstatic",
                interactive=False,
                clear=True,
                verbosity=0,  # else it lists every file that one app overrides of another
            )
            self.stderr.write("Static files collected.", style_func=str)
            state.truncate(0)
            state.write(fingerprint)


def static_fingerprint() -> str:
    """Return a digest of all static files' names, sizes and times, read from the folders."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
