"""`manage.py scheduler` as a person runs it: Backbeat without its web side, in the background."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import scheduler_service
from tests.flows.conftest import seed_of
from tests.flows.stack import (
    NOT_INHERITED,
    PROJECT_DIR,
    await_true,
    is_alive,
    processes_of,
)

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

MAKE_AGENT = """
from scheduling.models import Agent
Agent.objects.create(id="slow", name="Slow", backend="echo", options={"delay_seconds": %d})
"""
MAKE_PEOPLE = """
from django.contrib.auth import get_user_model
for name in ("anna", "bert"):
    print(get_user_model().objects.create_user(name).pk)
"""


class Machine:
    """A data folder, and the commands that a person types beside it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        self.env = inherited | {"DATA_DIR": str(data_dir)}

    def manage(self, *arguments: str, code: int | None = 0) -> tuple[str, str]:
        """Run a command that is to end with `code`, if that is known; return what it printed, and said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT_DIR,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert code in (done.returncode, None), done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout, done.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.manage(*arguments, "--json", code=code)[0])

    def shell(self, script: str) -> list[str]:
        return self.manage("shell", "-v", "0", "-c", script)[0].split()

    def statuses(self) -> list[str]:
        """How the runs of the task `slow` stand, without the second that a command takes."""
        with contextlib.closing(
            sqlite3.connect(self.data_dir / "backbeat.sqlite3")
        ) as database:
            asked = "SELECT status FROM scheduling_run WHERE task_ref = 'slow'"
            return [status for (status,) in database.execute(asked)]

    @property
    def pid(self) -> int:
        return int((self.data_dir / "scheduler.pid").read_text())


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    seed_of("one machine").copy_to(tmp_path / "data")
    machine = Machine(tmp_path / "data")
    yield machine
    # What a failed test has left running.
    scheduler_service.stop(machine.data_dir, 0, print)


def test_it_starts_once_runs_tasks_and_drains_as_it_stops(machine):
    said, _ = machine.manage("scheduler", "start", "--background", "-c", "5")
    pid = machine.pid
    assert f"pid {pid}, log {machine.data_dir}/scheduler.log" in said

    _, refusal = machine.manage("scheduler", "start", "--background", code=1)
    assert f"already running here (manage.py scheduler start, pid {pid})" in refusal

    found = machine.json("scheduler", "status")
    assert (found["state"], found["pid"]) == ("running", pid)
    assert [each["leads"] for each in found["processes"] if each["kind"] == "beat"] == [True]  # fmt: skip
    served = {queue for each in found["processes"] for queue in each["queues"]}
    assert served == {"celery", "notifications", "agents"}

    machine.shell(MAKE_AGENT % 4)
    machine.manage("tasks", "create", "--id", "slow", "--name", "Slow", "--agent", "slow", "--prompt", "Xin chào")  # fmt: skip
    assert machine.manage("scheduler", "trigger", "slow", "--wait")[0] == "Xin chào\n"

    machine.manage("scheduler", "trigger", "slow")
    await_true(lambda: "running" in machine.statuses(), "the second run has begun")
    # Not by the command: its own start may take as long as the run.
    told: list[str] = []
    assert scheduler_service.stop(machine.data_dir, 60, told.append)
    assert "what runs may finish" in told[0]
    await_true(lambda: not is_alive(pid), "the supervisor has ended")
    assert processes_of(machine.data_dir) == []
    assert machine.statuses() == ["succeeded", "succeeded"]

    assert machine.json("scheduler", "status", code=1)["state"] == "stopped"
    assert "No scheduler runs in" in machine.manage("scheduler", "stop", code=1)[1]


def test_what_was_killed_is_not_taken_for_running(machine):
    machine.manage("scheduler", "start", "--background")
    pid = machine.pid
    os.kill(pid, signal.SIGKILL)
    await_true(lambda: not is_alive(pid), "the supervisor is dead")
    found = machine.json("scheduler", "status", code=1)
    assert found["state"] in ("abandoned", "stopped")  # its processes are to end, too
    assert found["stale_pid_file"]
    machine.manage("scheduler", "stop", "--patience", "2", code=None)
    assert processes_of(machine.data_dir) == []
    found = machine.json("scheduler", "status", code=1)
    assert (found["state"], found["stale_pid_file"]) == ("stopped", False)


def test_it_says_why_it_does_not_start(machine):
    machine.env["DATABASE_URL"] = "sqlite:////no/such/folder/backbeat.sqlite3"
    _, refusal = machine.manage("scheduler", "start", "--background", code=1)
    assert "prepare failed" in refusal
    assert "scheduler.log" in refusal
    assert processes_of(machine.data_dir) == []


def test_serving_one_user_it_runs_that_users_tasks_and_no_others(machine):
    anna, _bert = machine.shell(MAKE_PEOPLE)
    machine.shell(MAKE_AGENT % 0)
    for name in ("anna", "bert"):
        machine.manage("tasks", "create", "--id", name, "--name", name, "--agent", "slow", "--prompt", "Hi", "--interval", "5", "--as", name)  # fmt: skip
    machine.manage("scheduler", "start", "--background", "--user-id", anna)

    def ended() -> bool:
        runs = machine.json("tasks", "history", "anna")
        return len([run for run in runs if run["status"] == "succeeded"]) >= 2

    await_true(ended, "two runs of anna's task have ended")
    assert machine.json("tasks", "history", "bert") == []
    queues = [each["queues"] for each in machine.json("scheduler", "status")["processes"]]  # fmt: skip
    assert [f"agents.user-{anna}"] in queues
    assert machine.manage("scheduler", "stop")[0] == "The scheduler has stopped.\n"
