#!/usr/bin/env python
"""Django's command line for Backbeat: `python manage.py help`."""

from __future__ import annotations

import os
import sys

_NO_DATABASE = (
    "There is no database here. Start Backbeat with `make up` first; if you did so with a"
    " DATA_DIR of your own, give the same one to this command.\n"
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "unable to open database file" not in str(error):  # SQLite's words
            raise
        sys.stderr.write(_NO_DATABASE)
        sys.exit(2)


if __name__ == "__main__":
    main()
