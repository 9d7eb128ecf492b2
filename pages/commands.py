"""What every management command shares: an example in `--help`, exit codes, pipes, tables.

Exit codes: 0 it was done, 1 it failed, 2 it was asked for wrongly (one line on stderr), 130 after
Ctrl-C. A reader that has seen enough (`… | head`) is no failure.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.db import InterfaceError, OperationalError
from wcwidth import wcswidth

from pages.conflict import Conflict

__all__ = [
    "Command",
    "CommandError",
    "CommandParser",
    "Verb",
    "VerbCommand",
    "add_verbs",
    "wrong",
]

#: SQLite's words when the folder of the database is not there; `manage.py` says what to do.
NO_DATABASE = "unable to open database file"
_INTERRUPTED = 130


def wrong(message: str) -> CommandError:
    """Return the error of a command that was asked for wrongly: one line, exit code 2."""
    return CommandError(_in_a_line(message), returncode=2)


class Command(BaseCommand):
    """The base of all commands. `examples` stand at the end of its `--help`."""

    examples: Sequence[str] = ()
    option_of: Mapping[str, str] = {}
    """Which option sets a field, where their names differ."""

    def create_parser(
        self, prog_name: str, subcommand: str, **options: Any
    ) -> CommandParser:
        fixed = _described(self.examples)
        parser = super().create_parser(prog_name, subcommand, **(fixed | options))
        parser.__class__ = _Parser  # Django asks nobody which class to take
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Names are Vietnamese, and the C locale of a cron job knows ASCII only.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        try:
            super().run_from_argv(argv)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            with self._refusals_in_a_line():
                said = super().execute(*args, **options)
                self.stdout.flush()
            return said
        except BrokenPipeError:
            # Python flushes once more as it ends, and would tell of it then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None

    def print_json(self, value: object) -> None:
        """Print JSON for programs, with letters as they are."""
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))

    def print_table(
        self, headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str
    ) -> None:
        """Print a table for people; `empty` says what to do when there are no rows."""
        lines = [[_cell(each) for each in row] for row in rows]
        if not lines:
            self.stdout.write(empty)
            return
        table = [list(headings), *lines]
        widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = (
                cell + " " * (width - _width(cell))
                for cell, width in zip(row, widths, strict=True)
            )
            self.stdout.write("  ".join(cells).rstrip())

    def tell(self, line: str) -> None:
        """Say something to the person that is no part of the output."""
        self.stderr.write(line, style_func=str)

    @contextmanager
    def _refusals_in_a_line(self) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            raise wrong(self._in_options(error)) from error
        except Conflict as error:
            raise CommandError(_in_a_line(str(error))) from error
        except (OperationalError, InterfaceError) as error:
            if NO_DATABASE in str(error):
                raise
            raise CommandError(
                f"The database cannot be used: {_in_a_line(str(error))}"
            ) from error

    def _in_options(self, error: ValidationError) -> str:
        if not hasattr(error, "error_dict"):
            return " ".join(error.messages)
        return "; ".join(
            " ".join([*self._option(name), *texts])
            for name, texts in error.message_dict.items()
        )

    def _option(self, field: str) -> Iterator[str]:
        if field != NON_FIELD_ERRORS:
            own = f"--{field.removesuffix('_at').replace('_', '-')}"
            yield f"{self.option_of.get(field, own)}:"


class Verb:
    """One verb of a command that has several: `manage.py tasks list`."""

    name: str
    aliases: Sequence[str] = ()
    help: str
    examples: Sequence[str] = ()

    def __init__(self, command: Command) -> None:
        self.command = command

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what the verb is given."""

    def handle(self, options: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError


class VerbCommand(Command):
    """A command of several verbs, each with its own options, help and examples."""

    verbs: Sequence[type[Verb]] = ()

    def __init_subclass__(cls) -> None:
        cls.examples = [each for verb in cls.verbs for each in verb.examples[:1]]

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, self, self.verbs)

    def handle(self, *args: Any, **options: Any) -> None:
        options["verb_class"](self).handle(options)


def add_verbs(
    parser: CommandParser,
    command: Command,
    verbs: Iterable[type[Verb]],
    *,
    required: bool = True,
) -> None:
    """Let one of these verbs follow; each has its own options, help and examples."""
    group = parser.add_subparsers(
        dest="verb", metavar="VERB", required=required, parser_class=_Parser
    )
    for verb in verbs:
        own = group.add_parser(
            verb.name,
            aliases=verb.aliases,
            help=verb.help,
            description=verb.help,
            **_described(verb.examples),
        )
        own.set_defaults(verb_class=verb)
        verb(command).add_arguments(own)


class _Parser(CommandParser):
    """Refuses in one line; the usage, often of many, is for `--help`."""

    def error(self, message: str) -> NoReturn:
        if not self.called_from_command_line:
            super().error(message)
        self.exit(2, f"{self.prog}: {_in_a_line(message)}; see --help.\n")


class _Help(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Django's, with the lines of the examples as they are written."""


def _described(examples: Sequence[str]) -> dict[str, Any]:
    lines = "\n".join(f"  {each}" for each in examples)
    epilog = lines and f"examples:\n{lines}"
    return {"epilog": epilog, "formatter_class": _Help}


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _cell(value: object) -> str:
    text = "–" if value is None or value == "" else str(value)
    # One row is one line, and nothing in it moves the reader's terminal.
    return "".join(each if each.isprintable() else " " for each in text)


def _width(text: str) -> int:
    return max(wcswidth(text), 0)
