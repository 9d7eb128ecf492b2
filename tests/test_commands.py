"""What all commands of `manage.py` have in common: examples, exit codes, one line of refusal, pipes."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import get_commands, load_command_class
from django.db import OperationalError

from config.supervisor.plan import PROJECT_DIR
from pages import commands
from scheduling.exceptions import Conflict

APPS = ("config", "pages", "scheduling", "notifications", "signals")
COMMANDS = {name: app for name, app in get_commands().items() if app in APPS}


def parser_of(name: str) -> argparse.ArgumentParser:
    command: Any = load_command_class(COMMANDS[name], name)
    command._called_from_command_line = True
    parser: argparse.ArgumentParser = command.create_parser("manage.py", name)
    return parser


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser, and those of its verbs."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def examples_of(text: str) -> list[str]:
    _, _, after = text.partition("examples:\n")
    return [line.strip() for line in after.splitlines() if line.strip()]


def test_every_command_of_the_project_is_seen():
    assert len(COMMANDS) >= 24
    assert {"up", "tasks", "scheduler", "replay_deliveries"} <= COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_examples_that_can_be_typed(name):
    command: Any = load_command_class(COMMANDS[name], name)
    assert isinstance(command, commands.Command)
    parser = parser_of(name)
    shown = examples_of(parser.format_help())
    assert shown == list(command.examples) != []
    if isinstance(command, commands.VerbCommand):
        for verb in command.verbs:
            assert verb.examples
            shown += verb.examples
    for example in shown:
        # What comes before may write into it: `kubectl get … | manage.py load_tasks -`.
        _, program, rest = example.partition("manage.py ")
        said, *arguments = shlex.split(rest)
        assert (program, said) == ("manage.py ", name)
        parser.parse_args(arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_there_is_not_ends_with_2(name, capsys):
    for parser in parsers(parser_of(name)):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(["--no-such-option"])
        assert ended.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"{parser.prog}: ")
        assert line.endswith("; see --help.")


@pytest.mark.parametrize("name", ["tasks", "scheduler"])
def test_the_help_of_each_verb_has_its_own_examples(name):
    for parser in list(parsers(parser_of(name)))[1:]:
        assert examples_of(parser.format_help())


class Failing(commands.Command):
    """A command that ends as it is told."""

    requires_system_checks: list[str] = []
    option_of = {"run_at": "--moment"}

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def handle(self, *args: Any, **options: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (commands.wrong("--x: no\nsuch."), 2, "--x: no such."),
        (ValidationError({"run_at": "Is over.", "end_at": "Is over."}), 2, "--moment: Is over.; --end: Is over."),
        (ValidationError("All wrong."), 2, "All wrong."),
        (Conflict("It has ended."), 1, "It has ended."),
        (OperationalError("no\nroute"), 1, "The database cannot be used: no route"),
        (KeyboardInterrupt(), 130, ""),
    ],
)  # fmt: skip
def test_a_failure_is_one_line_and_an_exit_code(error, code, line, capsys):
    with pytest.raises(SystemExit) as ended:
        Failing(error).run_from_argv(["manage.py", "failing"])
    assert ended.value.code == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.removeprefix("CommandError: ").removesuffix("\n") == line


def test_a_fault_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Failing(ZeroDivisionError()).run_from_argv(["manage.py", "failing"])


SCRIPT = """
import sys, django
from django.conf import settings
settings.configure()
from pages.commands import Command
class Long(Command):
    requires_system_checks = []
    def handle(self, *args, **options):
        rows = [(number, "Xin ch\\u00e0o " * 20) for number in range(20_000)]
        self.print_table(("NUMBER", "WORDS"), rows, empty="")
Long().run_from_argv(["manage.py", "long"])
"""


def piped(command: str) -> subprocess.CompletedProcess[bytes]:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=PROJECT_DIR,
        env={"PATH": os.environ["PATH"], **ascii_only},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_reader_that_has_seen_enough_is_no_failure_and_letters_stay_what_they_are():
    done = piped(f"{shlex.join([sys.executable, '-c', SCRIPT])} | head -2")
    assert (done.returncode, done.stderr) == (0, b"")
    heading, row = done.stdout.decode("utf-8").splitlines()
    assert heading == "NUMBER  WORDS"
    assert row.startswith("0       Xin chào")


def test_output_that_is_not_for_a_terminal_has_no_colours():
    manage = shlex.join([sys.executable, "manage.py"])
    done = piped(f"{manage} tasks list --nonsense; {manage} backfill --help | head -1")
    assert b"\x1b" not in done.stdout + done.stderr
    assert done.stdout.startswith(b"usage: manage.py backfill")
