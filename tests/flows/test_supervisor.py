"""The supervisor's loop, with trivial children: no Django, no Valkey."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.supervisor.console import Console
from config.supervisor.exceptions import StartFailedError, StopRequestedError
from config.supervisor.plan import PROJECT_DIR
from config.supervisor.processes import Backoff, ChildSpec, Role
from config.supervisor.supervisor import Supervisor

SLEEPER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "while True: time.sleep(0.05)\n"
)
POLITE = (
    "import signal, sys\n"
    "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
    "print('up', flush=True)\n"
    "while True: signal.pause()\n"
)
GROWING = POLITE.replace("while True", "block = bytearray(80 << 20)\nwhile True")


def child(
    name: str, code: str, *args: str, role: Role = Role.WORKER, **more
) -> ChildSpec:
    return ChildSpec(
        name=name,
        role=role,
        argv=(sys.executable, "-I", "-S", "-c", code, *args),
        env=dict(os.environ),
        cwd=PROJECT_DIR,
        **more,
    )


class Stage:
    """A supervisor with quick restarts, and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.stream = io.StringIO()
        self.pid_file = folder / "pids.json"
        self.supervisor = Supervisor(
            Console(self.stream, colours=False),
            self.pid_file,
            new_backoff=lambda: Backoff(first=0.05, longest=0.2),
        )

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def until(self, ready: Callable[[], bool]) -> None:
        self.supervisor.wait_until(ready, what="the test", seconds=20)

    def shown(self, text: str, times: int = 1) -> None:
        self.until(lambda: self.text.count(text) >= times)

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.pid_file.read_text())
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with stage.supervisor:
        yield stage


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def await_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still alive"
        time.sleep(0.02)


def test_a_line_of_a_child_carries_its_name(stage):
    stage.supervisor.start(child("worker", SLEEPER))
    stage.shown("worker   | up\n")


def test_the_error_output_of_a_child_is_shown_too(stage):
    stage.supervisor.start(
        child("beat", "import sys, signal; sys.stderr.write('tick\\n'); signal.pause()")
    )
    stage.shown("beat     | tick\n")


def test_an_unfinished_last_line_is_shown(stage):
    stage.supervisor.run_once(child("step", "import sys; sys.stderr.write('half a')"))
    assert "step     | half a\n" in stage.text


def test_a_killed_child_is_started_again(stage):
    stage.supervisor.start(child("worker", SLEEPER))
    stage.shown("| up")
    first = stage.pids()["worker"]
    os.kill(first, signal.SIGKILL)
    stage.shown("| up", times=2)
    assert stage.pids()["worker"] != first
    assert "worker ended (signal SIGKILL); starting it again in 0.05 s" in stage.text


def test_a_child_that_ends_by_itself_is_started_again(stage):
    stage.supervisor.start(child("worker", "print('up')"))
    stage.shown("| up", times=2)
    assert "worker ended (exit code 0)" in stage.text


def test_the_pid_file_names_the_supervisor_and_every_child(stage):
    stage.supervisor.start(child("web", SLEEPER))
    assert stage.pids() == {
        "supervisor": os.getpid(),
        "web": stage.supervisor.children["web"].pid,
    }


def test_the_pid_file_goes_with_the_supervisor(tmp_path):
    stage = Stage(tmp_path)
    with stage.supervisor:
        stage.supervisor.start(child("web", SLEEPER))
    assert not stage.pid_file.exists()


def test_children_stop_in_order_whatever_the_order_of_their_start(tmp_path):
    stage = Stage(tmp_path)
    with stage.supervisor:
        for role in (Role.VALKEY, Role.WEB, Role.WORKER, Role.SENDER, Role.BEAT):
            stage.supervisor.start(child(role, POLITE, role=role))
        stage.shown("| up", times=5)
    stopped = [
        line.split()[2] for line in stage.text.splitlines() if line.endswith(" stopped")
    ]
    assert stopped == ["beat", "worker", "sender", "web", "valkey"]


def test_a_child_that_ended_unnoticed_can_be_asked_to_stop(stage):
    stage.supervisor.start(child("worker", "pass"))
    pid = stage.pids()["worker"]
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    stage.supervisor.stop()
    assert "worker stopped\n" in stage.text


def test_a_child_that_ignores_sigterm_is_killed_after_its_limit(tmp_path):
    stage = Stage(tmp_path)
    with stage.supervisor:
        stage.supervisor.start(child("worker", STUBBORN, stop_seconds=0.1))
        stage.shown("| up")
        pid = stage.pids()["worker"]
    assert not is_alive(pid)
    assert "worker did not stop in time: killing it" in stage.text


def test_a_stopped_child_is_killed_after_its_limit(tmp_path):
    stage = Stage(tmp_path)
    with stage.supervisor:
        stage.supervisor.start(child("worker", SLEEPER, stop_seconds=0.1))
        stage.shown("| up")
        pid = stage.pids()["worker"]
        os.kill(pid, signal.SIGSTOP)
    assert not is_alive(pid)


def test_a_second_ctrl_c_cuts_a_long_stop_short(tmp_path):
    stage = Stage(tmp_path)
    with stage.supervisor:
        stage.supervisor.start(child("worker", STUBBORN, stop_seconds=600))
        stage.supervisor.start(child("web", STUBBORN, role=Role.WEB, stop_seconds=600))
        stage.shown("| up", times=2)
        again = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        again.start()
        started = time.monotonic()
    again.join()
    assert time.monotonic() - started < 30


def test_what_a_dead_child_leaves_in_its_group_is_ended(stage):
    parent = (
        "import subprocess, sys, signal\n"
        "p = subprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[1]])\n"
        "print('pid', p.pid, flush=True)\n"
        "signal.pause()\n"
    )
    stage.supervisor.start(child("web", parent, STUBBORN))
    stage.shown("| up")
    grandchild = int(stage.text.split("pid ")[1].split()[0])
    os.kill(stage.pids()["web"], signal.SIGKILL)
    stage.shown("web ended")
    await_end(grandchild)


def test_ctrl_c_ends_the_watch(stage):
    stage.supervisor.start(child("worker", SLEEPER))
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    stage.supervisor.run()
    assert stage.supervisor.children["worker"].pid


def test_sigterm_during_a_step_ends_the_start(stage):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(StopRequestedError):
        stage.supervisor.run_once(child("prepare", SLEEPER, role=Role.PREPARE))


def test_a_step_returns_what_it_printed(stage):
    lines = stage.supervisor.run_once(child("prepare", "print('one'); print('two')"))
    assert lines == ["one", "two"]


def test_a_failed_step_names_itself_and_its_exit_code(stage):
    with pytest.raises(StartFailedError, match=r"prepare failed \(exit code 3\)"):
        stage.supervisor.run_once(child("prepare", "raise SystemExit(3)"))


def test_a_command_that_does_not_exist_is_a_failed_step(stage):
    spec = ChildSpec(
        name="prepare",
        role=Role.PREPARE,
        argv=("no-such-command",),
        env=dict(os.environ),
        cwd=PROJECT_DIR,
    )
    with pytest.raises(StartFailedError):
        stage.supervisor.run_once(spec)
    assert "no-such-command cannot be started: No such file" in stage.text


def test_a_child_that_keeps_crashing_ends_the_start(stage):
    stage.supervisor.start(child("web", "raise SystemExit(1)"))
    with pytest.raises(StartFailedError, match="web ended 3 times while starting"):
        stage.until(lambda: False)


def test_waiting_in_vain_ends_with_the_time_that_was_given(stage):
    with pytest.raises(
        StartFailedError, match=r"the web did not answer within 0\.2 s\."
    ):
        stage.supervisor.wait_until(lambda: False, what="the web", seconds=0.2)


def test_a_child_that_grew_too_large_is_started_anew_without_a_rest(stage, monkeypatch):
    monkeypatch.setattr("config.supervisor.supervisor._MEMORY_CHECK_SECONDS", 0.0)
    stage.supervisor.start(child("worker", GROWING, max_rss_bytes=50 << 20))
    stage.shown("| up", times=2)
    assert "starting it anew once its work is done" in stage.text
    assert "starting it again" not in stage.text


def test_a_child_within_its_memory_is_left_alone(stage, monkeypatch):
    monkeypatch.setattr("config.supervisor.supervisor._MEMORY_CHECK_SECONDS", 0.0)
    stage.supervisor.start(child("worker", POLITE, max_rss_bytes=2**30))
    stage.shown("| up")
    assert stage.supervisor.children["worker"].rss_bytes() > 2**20
    assert "anew" not in stage.text


def test_a_child_with_much_to_say_loses_nothing(stage):
    lines = stage.supervisor.run_once(
        child("prepare", "for n in range(200_000): print(n)")
    )
    assert lines == [str(number) for number in range(200_000)]


WATCHER = f"""
import sys, os
from pathlib import Path
sys.path.insert(0, {str(PROJECT_DIR)!r})
from config.supervisor.console import Console
from config.supervisor.processes import ChildSpec, Role
from config.supervisor.supervisor import Supervisor
with Supervisor(Console(sys.stdout, colours=False)) as supervisor:
    for role in (Role.VALKEY, Role.BEAT):
        argv = (sys.executable, "-I", "-S", "-c", sys.argv[1])
        supervisor.start(ChildSpec(name=role, role=role, argv=argv, env=dict(os.environ), cwd=Path()))
    print("pids", *(c.pid for c in supervisor.children.values()), flush=True)
    supervisor.run()
"""


def test_children_end_when_their_supervisor_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, SLEEPER], stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout
        pids = [int(pid) for pid in watcher.stdout.readline().split()[1:]]
        assert len(pids) == 2
        watcher.kill()
        watcher.wait()
        for pid in pids:
            await_end(pid)


def test_the_rest_before_a_restart_doubles_up_to_its_limit():
    backoff = Backoff()
    assert [backoff.rest(0) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_healthy_while_begins_the_rests_anew():
    backoff = Backoff()
    for _ in range(5):
        backoff.rest(0)
    assert backoff.rest(60) == 1


def test_the_rest_stays_at_its_limit_after_very_many_crashes():
    assert Backoff(crashes=100_000).rest(0) == 30
