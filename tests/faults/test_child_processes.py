"""Functions and commands that will not end, are killed, or take too much: only their run fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from scheduling import lifecycle
from scheduling.models import Run
from scheduling.runner import Worker
from tests.factories import make_agent, make_run, make_task
from tests.flows.stack import is_alive
from tests.scheduling.agents import sample_functions
from tests.scheduling.conftest import make_worker  # noqa: F401
from tests.scheduling.threads import await_status, await_true, in_thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def worker(make_worker, configure, monkeypatch, tmp_path) -> Worker:  # noqa: F811
    """A worker with places for no more runs than a test starts at once."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    configure(
        "SCHEDULING",
        function_modules=(sample_functions.__name__,),
        allowed_commands=("/bin/sh",),
    )
    one: Worker = make_worker(worker_capacity=3)
    return one


def queue(function: str, *args: Any, deadline: int = 60, **options: Any) -> Run:
    options = {"function": function, "args": args} | options
    return _queued("function", options, deadline)


def queue_command(script: str, deadline: int = 60) -> Run:
    return _queued("command", {"command": ["/bin/sh", "-c", script]}, deadline)


def _queued(backend: str, options: dict[str, Any], deadline: int) -> Run:
    agent = make_agent(id=f"{backend}-{Run.objects.count()}", backend=backend, options=options)  # fmt: skip
    return make_run(make_task(agent=agent), deadline_seconds=deadline)


def start(worker: Worker, *runs: Run) -> Any:
    return in_thread(worker.run_chunk, [run.id for run in runs])


def pids_in(path: Path) -> list[int]:
    """Wait until the child has written its numbers; return them."""
    await_true(lambda: path.exists() and path.read_text().strip(), f"{path} is written")
    return [int(pid) for pid in path.read_text().split()]


def next_run_is_done(worker: Worker) -> bool:
    following = queue("greet")
    start(worker, following).result(timeout=20)
    following.refresh_from_db()
    return following.output == "Hello you."


def test_a_function_that_blocks_for_ever_frees_its_place_at_the_deadline(
    worker, tmp_path
):
    run = queue("stubborn", str(tmp_path), deadline=2)
    begun = time.monotonic()
    start(worker, run).result(timeout=20)
    assert time.monotonic() - begun < 2 + 2
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "timeout")
    assert not any(map(is_alive, pids_in(tmp_path / "pids")))
    assert next_run_is_done(worker)


def test_a_cancel_ends_a_function_that_resists_and_all_that_it_started(
    worker, tmp_path
):
    run = queue("stubborn", str(tmp_path))
    chunk = start(worker, run)
    pids = pids_in(tmp_path / "pids")
    cancelled = time.monotonic()
    lifecycle.request_cancel(run)
    chunk.result(timeout=20)
    assert time.monotonic() - cancelled < 2.2  # a heartbeat before it is noticed
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert len(pids) == 2
    assert not any(map(is_alive, pids))


def test_a_killed_child_fails_its_run_alone_and_has_run_once(worker, tmp_path):
    doomed, other = queue("hang", str(tmp_path)), queue("greet")
    waiting = queue_command(f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo ok")  # fmt: skip
    chunk = start(worker, doomed, other, waiting)
    (pid,) = pids_in(tmp_path / "effects")
    os.kill(pid, signal.SIGKILL)
    await_status(doomed, "failed")
    (tmp_path / "go").touch()
    chunk.result(timeout=20)
    assert doomed.failure_reason == "error"
    assert "was killed (SIGKILL)" in doomed.error
    assert doomed.attempt == 1
    assert (tmp_path / "effects").read_text().split() == [str(pid)]
    for run, output in ((other, "Hello you."), (waiting, "ok")):
        run.refresh_from_db()
        assert run.output == output


def test_the_keeper_of_a_child_may_be_killed_too(worker, tmp_path):
    run = queue("hang", str(tmp_path))
    chunk = start(worker, run)
    (pid,) = pids_in(tmp_path / "effects")
    os.kill(_parent_of(pid), signal.SIGKILL)
    chunk.result(timeout=20)
    run.refresh_from_db()
    assert run.status == "failed"
    await_true(lambda: not is_alive(pid), "the child is gone as well")


def test_an_allocation_beyond_its_limit_fails_its_run_alone(worker):
    greedy, other = queue("allocate", 500, memory_mb=128), queue("greet")
    start(worker, greedy, other).result(timeout=20)
    greedy.refresh_from_db()
    other.refresh_from_db()
    assert greedy.error == "the function ran out of memory: memory_mb is 128"
    assert other.status == "succeeded"


def test_the_traceback_of_a_function_is_kept_with_the_run(worker):
    run = queue("fail", "value")
    start(worker, run).result(timeout=20)
    run.refresh_from_db()
    assert run.error == "ValueError: not seven"
    assert 'raise ValueError("not seven")' in run.error_trace


def test_a_worker_that_is_killed_takes_its_children_along(tmp_path):
    script = f"""
import asyncio
from scheduling.agents.child.pipes import Collected
from scheduling.agents.child.process import Program, run_program
command = "trap '' TERM; setsid sh -c 'echo $$ >> pids; sleep 600' & echo $$ >> pids; wait"
program = Program(argv=("/bin/sh", "-c", command), environment={{"PATH": "/usr/bin:/bin"}}, directory={str(tmp_path)!r})
asyncio.run(run_program(program, out=Collected(9), err=Collected(9)))
"""
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    written = tmp_path / "pids"
    await_true(lambda: written.exists() and len(written.read_text().split()) == 2, "both run")  # fmt: skip
    pids = pids_in(written)
    assert all(map(is_alive, pids))
    worker.kill()
    worker.wait()
    await_true(lambda: not any(map(is_alive, pids)), "both are gone", 3)


def _parent_of(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])
