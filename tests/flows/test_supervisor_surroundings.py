"""What a start looks at and makes before the first process: folder, port, keys, socket, plan."""

from __future__ import annotations

import base64
import fcntl
import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import environ
import pytest
import redis

from config.supervisor import valkey
from config.supervisor.console import Console, printable, wants_colour
from config.supervisor.exceptions import CannotStartError
from config.supervisor.keys import key_files
from config.supervisor.leftovers import MARK, end_leftovers, find_leftovers
from config.supervisor.lock import DataFolderLock
from config.supervisor.options import Options, child_environment, read_port
from config.supervisor.plan import service_specs
from config.supervisor.readiness import require_free_port, web_answers


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# -- the data folder


def test_a_second_start_in_the_same_folder_names_the_first(tmp_path):
    with DataFolderLock(tmp_path), pytest.raises(CannotStartError) as refusal:
        DataFolderLock(tmp_path).__enter__()
    assert str(refusal.value) == (
        f"Backbeat is already running here (manage.py up, pid {os.getpid()}). "
        "Stop it first, or choose another DATA_DIR."
    )
    assert refusal.value.exit_code == 1


def test_a_folder_can_be_used_again_after_its_supervisor_has_ended(tmp_path):
    with DataFolderLock(tmp_path):
        pass
    with DataFolderLock(tmp_path):
        pass


def test_children_do_not_inherit_the_lock(tmp_path):
    with DataFolderLock(tmp_path):
        held = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE
        )
    try:
        with (tmp_path / "backbeat.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        held.communicate(b"\n")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotStartError, match=r"DATA_DIR=.*/file/data cannot be used"):
        DataFolderLock(tmp_path / "file" / "data").__enter__()


# -- the port


def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStartError, match=rf"PORT={port} is taken"):
            require_free_port("127.0.0.1", port)


def test_a_free_port_is_accepted_and_left_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_named():
    with pytest.raises(CannotStartError, match=r"HOST=192\.0\.2\.1 is no address"):
        require_free_port("192.0.2.1", 8000)


@pytest.mark.parametrize("value", ["", "web", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_with_its_name_and_value(value):
    with pytest.raises(CannotStartError, match=f"PORT={value} is no port"):
        read_port("PORT", value)


def test_a_silent_port_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert not web_answers("127.0.0.1", port)


# -- the keys


def test_keys_are_made_once_and_kept(tmp_path):
    first = key_files(tmp_path, {})
    contents = {path: Path(path).read_text() for path in first.values()}
    assert key_files(tmp_path, {}) == first
    assert contents == {path: Path(path).read_text() for path in first.values()}


def test_only_their_owner_can_read_the_keys(tmp_path):
    files = key_files(tmp_path, {})
    assert {Path(path).stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_the_encryption_key_has_the_form_of_fernet(tmp_path):
    path = Path(key_files(tmp_path, {})["FIELD_ENCRYPTION_KEYS_FILE"])
    assert len(base64.urlsafe_b64decode(path.read_text().strip())) == 32


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FILE"])
def test_a_key_that_is_given_is_not_made(tmp_path, name):
    files = key_files(tmp_path, {name: "given"})
    assert "SECRET_KEY_FILE" not in files
    assert not (tmp_path / "secrets" / "secret_key.key").exists()


def test_a_lost_encryption_key_is_not_silently_replaced(tmp_path):
    files = key_files(tmp_path, {})
    Path(files["FIELD_ENCRYPTION_KEYS_FILE"]).unlink()
    with pytest.raises(
        CannotStartError, match=r"field_encryption_keys\.key is missing"
    ):
        key_files(tmp_path, {})


# -- the environment


def environment(
    options: Options, given: dict[str, str] | None = None
) -> dict[str, str]:
    return child_environment(
        options, given or {}, redis_url="unix:///s?db=0", key_files={}
    )


def test_what_the_person_has_set_is_kept(tmp_path):
    given = {"DATABASE_URL": "postgres://db/backbeat", "REDIS_URL": "redis://r:6379/0"}
    assert environment(Options(data_dir=tmp_path), given).items() >= given.items()


def test_an_empty_variable_counts_as_not_set(tmp_path):
    env = environment(Options(data_dir=tmp_path), {"DATABASE_URL": ""})
    assert env["DATABASE_URL"].startswith("sqlite:///")


def test_a_folder_with_odd_characters_reaches_the_database_unharmed():
    folder = Path("/srv/bác kbeat #1 100%?")
    url = environment(Options(data_dir=folder))["DATABASE_URL"]
    assert environ.Env.db_url_config(url)["NAME"] == f"{folder}/backbeat.sqlite3"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),
        ("::", "http://[::1]:9000"),
        ("box.lan", "http://box.lan:9000"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host, address):
    assert Options(data_dir=Path("/d"), host=host, port=9000).address == address


# -- Valkey


def test_the_socket_lies_in_the_data_folder():
    assert valkey.socket_path(Path("/srv/backbeat")) == Path(
        "/srv/backbeat/valkey.sock"
    )


@pytest.mark.parametrize("name", ["x" * 120, "with space", "số"])
def test_a_folder_unfit_for_a_socket_gets_a_private_one(tmp_path, name):
    path = valkey.socket_path(tmp_path / name)
    try:
        assert len(str(path)) <= valkey.LONGEST_SOCKET_PATH
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path == valkey.socket_path(tmp_path / name)
        assert path != valkey.socket_path(tmp_path / f"{name}2")
    finally:
        path.parent.rmdir()
        valkey.socket_path(tmp_path / f"{name}2").parent.rmdir()


def test_redis_py_understands_the_url_of_the_socket():
    pool = redis.ConnectionPool.from_url(valkey.redis_url(Path("/srv/b/valkey.sock")))
    assert pool.connection_kwargs["path"] == "/srv/b/valkey.sock"
    assert pool.connection_kwargs["db"] == 0


def test_a_server_on_path_is_used_where_the_wheel_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    server = tmp_path / "redis-server"
    server.touch(mode=0o755)
    assert valkey.find_server(str(tmp_path)) == str(server)


def test_no_server_at_all_is_said_with_what_would_help(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStartError, match="or set REDIS_URL"):
        valkey.find_server(str(tmp_path))


# -- the plan


def test_the_plan_names_one_process_of_each_kind(tmp_path):
    specs = service_specs(Options(data_dir=tmp_path), {})
    assert [spec.name for spec in specs] == ["web", "worker", "sender", "beat"]


def test_several_processes_are_numbered_and_webs_take_following_ports(tmp_path):
    specs = service_specs(Options(data_dir=tmp_path, port=9000, webs=2, beats=2), {})
    assert [spec.name for spec in specs] == [
        *("web-1", "web-2", "worker", "sender", "beat-1", "beat-2")
    ]
    ports = [spec.argv[spec.argv.index("--port") + 1] for spec in specs[:2]]
    assert ports == ["9000", "9001"]


def test_a_worker_is_given_longer_than_its_runs_may_take_to_drain(tmp_path):
    env = {"SCHEDULING_DRAIN_SECONDS": "120"}
    specs = {s.name: s for s in service_specs(Options(data_dir=tmp_path), env)}
    assert specs["worker"].stop_seconds > 120


def test_a_limit_that_is_no_number_is_named(tmp_path):
    with pytest.raises(CannotStartError, match="MAX_RSS_MB=much is not a number"):
        service_specs(Options(data_dir=tmp_path), {"MAX_RSS_MB": "much"})


# -- leftovers


def test_a_process_of_an_earlier_start_is_found_and_ended(tmp_path):
    code = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, MARK: str(tmp_path)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as left:
        assert left.stdout
        left.stdout.readline()
        assert find_leftovers(tmp_path) == [left.pid]
        assert find_leftovers(tmp_path / "other") == []
        said: list[str] = []
        end_leftovers(tmp_path, said.append, patience=0.1, pause=0.05)
        assert left.wait() == -9
    assert said == [f"ending 1 process(es) of an earlier start: {left.pid}"]


def test_nothing_is_said_when_nothing_was_left(tmp_path):
    said: list[str] = []
    end_leftovers(tmp_path, said.append)
    assert said == []


# -- the console


def test_colours_only_on_a_terminal_that_wants_them():
    assert wants_colour(Terminal(), {})
    assert not wants_colour(Terminal(), {"NO_COLOR": "1"})
    assert not wants_colour(Terminal(), {"TERM": "dumb"})
    assert not wants_colour(io.StringIO(), {})


def test_each_process_keeps_its_colour():
    out = io.StringIO()
    console = Console(out, colours=True)
    for name in ("web", "beat", "web"):
        console.line(name, "hello")
    first, second, third = out.getvalue().splitlines()
    assert first == third
    assert first.split("m")[0] != second.split("m")[0]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]52;c;aGk=\x1b\\text", "text"),
        ("over\rwritten\x07\x00\x9b5n", "overwritten5n"),
        ("tab\tstays, tiếng Việt too", "tab\tstays, tiếng Việt too"),
    ],
)
def test_a_log_line_can_colour_but_not_steer_the_terminal(raw, shown):
    assert printable(raw, colours=True) == shown


def test_without_colours_no_escape_is_left():
    assert printable("\x1b[1;31mred\x1b[0m", colours=False) == "red"


def test_a_closed_output_does_not_stop_the_supervisor():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        console = Console(stream, colours=False)
        console.say("nobody hears this")
        console.say("nor this")
