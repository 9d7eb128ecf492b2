"""`manage.py up` as a person runs it: real processes, a real Valkey, a real database."""

from __future__ import annotations

import http.client
import os
import pty
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.flows.stack import (
    PROJECT_DIR,
    READY,
    Stack,
    await_true,
    free_port,
    is_alive,
    processes_of,
    running_stack,
    start_up,
)

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(300)]
SERVICES = ("valkey", "web", "worker", "sender", "beat")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("up") / "data") as stack:
        yield stack


def status(stack: Stack, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def broker(stack: Stack) -> redis.Redis:
    return redis.Redis.from_url(stack.environment["REDIS_URL"])


# -- starting


def test_every_process_is_there_once_it_says_that_it_runs(stack):
    assert set(stack.pids) == {"supervisor", *SERVICES}
    assert stack.pids["supervisor"] == stack.process.pid
    assert all(is_alive(pid) for pid in stack.pids.values())


def test_the_web_answers_at_the_address_that_was_shown(stack):
    assert f"Address      {stack.url}/\n" in stack.log
    assert status(stack, "/healthz") == 200
    assert status(stack, "/login/") == 200


def test_the_first_start_shows_a_password_that_opens_the_admin(stack):
    found = re.search(r"Login +admin / (\S+)", stack.log)
    assert found
    answer = stack.manage(
        "shell",
        "-c",
        "from django.contrib.auth import authenticate; "
        f"print('user:', authenticate(username='admin', password={found[1]!r}))",
    )
    assert "user: admin" in answer


def test_no_secret_is_in_the_environment_of_a_process(stack):
    keys = [p.read_text().strip() for p in (stack.data_dir / "secrets").glob("*.key")]
    assert len(keys) == 3
    assert not set(keys) & set(stack.environment.values())


def test_a_second_start_in_the_same_folder_is_refused(stack, tmp_path):
    second = start_up(stack.data_dir, free_port(), tmp_path / "log")
    assert second.process.wait(timeout=60) == 1
    assert (
        f"Backbeat is already running here (manage.py up, pid {stack.process.pid}). "
        "Stop it first, or choose another DATA_DIR.\n"
    ) in second.log
    assert set(stack.pids) == {"supervisor", *SERVICES}


def test_a_taken_port_ends_the_start_with_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start_up(tmp_path / "data", port, tmp_path / "log")
        assert refused.process.wait(timeout=60) == 2
    assert f"PORT={port} is taken on 127.0.0.1" in refused.log
    assert len(refused.log.splitlines()) == 1


def test_a_port_that_is_none_ends_the_start_with_one_line(tmp_path):
    refused = start_up(tmp_path / "data", 99999, tmp_path / "log")
    assert refused.process.wait(timeout=60) == 2
    assert refused.log.strip() == (
        "CommandError: PORT=99999 is no port: give a whole number, 1 to 65535."
    )


# -- crashes


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_process_is_started_again(stack, name):
    old = stack.kill(name)
    stack.await_restart(name, old)
    await_true(lambda: status(stack, "/healthz") == 200, "the web answers again")


def test_workers_take_work_again_after_the_broker_was_killed(stack):
    old = stack.kill("valkey")
    stack.await_restart("valkey", old)
    await_true(
        lambda: sum("brpop" in client["cmd"] for client in broker_clients(stack)) >= 2,
        "worker and sender wait for messages again",
        seconds=30,
    )


def broker_clients(stack: Stack) -> list[dict[str, str]]:
    try:
        return broker(stack).client_list()
    except redis.RedisError:
        return []


def test_nothing_survives_a_killed_supervisor_and_the_next_start_keeps_the_queue(
    tmp_path,
):
    data_dir = tmp_path / "data"
    with running_stack(data_dir) as first:
        broker(first).set("kept", "yes")
        await_true(
            lambda: (
                b"kept"
                in b"".join(
                    path.read_bytes() for path in data_dir.glob("valkey/*/*.aof")
                )
            ),
            "the append-only file holds the key",
        )
        first.kill("supervisor")
        first.process.wait()
        with running_stack(data_dir) as second:
            assert broker(second).get("kept") == b"yes"
            beats = [
                pid
                for pid in processes_of(data_dir)
                if b"beat" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            ]
            assert beats == [second.pids["beat"]]
            assert "Shown this once" not in second.log
    assert processes_of(data_dir) == []


def test_children_that_cannot_stop_are_ended_by_the_next_start(tmp_path):
    data_dir = tmp_path / "data"
    with running_stack(data_dir) as first:
        worker = first.send("worker", signal.SIGSTOP)
        first.kill("supervisor")
        first.process.wait()
        with running_stack(data_dir) as second:
            assert not is_alive(worker)
            assert "of an earlier start" in second.log


# -- stopping


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_in_order_and_leaves_nothing(tmp_path, signum):
    data_dir = tmp_path / "data"
    with running_stack(data_dir) as stack:
        code = stack.stop(signum)
    assert code == 0, stack.log
    stopped = re.findall(r"(?m)^backbeat \| (\S+) stopped$", stack.log)
    assert stopped == ["beat", "worker", "sender", "web", "valkey"], stack.log
    assert stack.log.endswith("everything has stopped\n")
    assert processes_of(data_dir) == []
    assert stack.pids == {}


def test_ctrl_c_at_a_terminal_reaches_the_children_only_through_the_supervisor(
    tmp_path,
):
    data_dir, port = tmp_path / "data", free_port()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(PROJECT_DIR)
        command = [sys.executable, "manage.py", "up"]
        options = ["--data", str(data_dir), "--port", str(port)]
        os.execv(sys.executable, [*command, *options])  # noqa: S606 -- no shell is wanted
    shown = b""
    # Before their handlers are in place, the workers could not shut down warmly.
    standing = (READY.encode(), b"apps.worker: worker@", b"apps.worker: sender@")
    try:
        while not all(text in shown for text in standing):
            shown += os.read(terminal, 65536)
        os.write(terminal, b"\x03")
        while chunk := read_terminal(terminal):
            shown += chunk
    finally:
        os.close(terminal)
        _, exit_status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(exit_status) == 0
    assert b"Warm shutdown" in shown
    assert b"Cold shutdown" not in shown
    assert b"everything has stopped" in shown
    assert processes_of(data_dir) == []


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says EIO once the last process has closed its end
        return b""


def test_a_stop_during_the_start_ends_what_had_been_started(tmp_path):
    data_dir = tmp_path / "data"
    stack = start_up(data_dir, free_port(), tmp_path / "log")
    stack.await_log("preparing the database")
    assert stack.stop(signal.SIGINT) == 0
    assert "stopped before everything stood" in stack.log
    assert processes_of(data_dir) == []


# -- several of each


def test_several_processes_of_each_kind_share_one_installation(tmp_path):
    several = ("--webs", "2", "--workers", "2", "--senders", "2", "--beats", "2")
    with running_stack(tmp_path / "data", arguments=several) as stack:
        assert set(stack.pids) == {
            *("supervisor", "valkey", "web-1", "web-2", "worker-1", "worker-2"),
            *("sender-1", "sender-2", "beat-1", "beat-2"),
        }
        stack.await_log("this beat fires")


def test_with_servers_of_ones_own_no_valkey_is_started(tmp_path):
    with running_stack(tmp_path / "outer") as outer:
        url = outer.environment["REDIS_URL"].replace("db=0", "db=3")
        env = {"REDIS_URL": url}
        with running_stack(tmp_path / "inner", env=env) as inner:
            assert "valkey" not in inner.pids
            assert inner.environment["REDIS_URL"] == url
