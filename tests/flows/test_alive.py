"""Beat and workers as real processes: alive while they live, gone or silent when they do not."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.flows.stack import Stack, await_true, running_stack

pytestmark = [pytest.mark.broker, pytest.mark.xdist_group("alive")]
ENV = {"SCHEDULING_PULSE_SECONDS": "0.5"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("alive")
    with running_stack(folder / "data", env=ENV) as running:
        yield running


def told(stack: Stack) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{stack.url}/healthz", timeout=10).json()
    return answer


def names(stack: Stack) -> list[str]:
    """The processes that have announced themselves, and not taken their leave."""
    file = f"file:{stack.data_dir / 'backbeat.sqlite3'}?mode=ro"
    with contextlib.closing(sqlite3.connect(file, uri=True)) as database:
        rows = database.execute("SELECT name FROM scheduling_process ORDER BY name")
        return [name for (name,) in rows]


def await_all(stack: Stack) -> None:
    await_true(
        lambda: (told(stack)["beat"], told(stack)["workers"]) == ("ok", 2),
        f"beat, worker and sender are alive\n{stack.log[-3000:]}",
    )


def test_beat_worker_and_sender_are_alive(stack: Stack) -> None:
    await_all(stack)
    known = names(stack)
    assert [name.partition("@")[0] for name in known] == ["beat", "sender", "worker"]


def test_a_beat_that_hangs_is_told_and_comes_back(stack: Stack) -> None:
    await_all(stack)
    stack.send("beat", signal.SIGSTOP)
    try:
        await_true(lambda: told(stack)["beat"] == "down", "its silence is told")
        assert told(stack)["status"] == "ok"
    finally:
        stack.send("beat", signal.SIGCONT)
    await_all(stack)


def test_a_worker_that_was_killed_is_alive_again_under_its_name(stack: Stack) -> None:
    await_all(stack)
    before = names(stack)
    stack.await_restart("worker", stack.kill("worker"))
    await_all(stack)
    assert names(stack) == before


@pytest.mark.parametrize("name", ["beat", "worker"])
def test_who_stops_in_order_takes_its_row_away(stack: Stack, name: str) -> None:
    await_all(stack)
    stack.await_settled()
    (row,) = (each for each in names(stack) if each.startswith(f"{name}@"))
    old = stack.send(name, signal.SIGTERM)
    stack.await_restart(name, old)
    await_all(stack)
    assert len(names(stack)) == 3
    if name == "beat":  # its successor has another name
        assert row not in names(stack)
