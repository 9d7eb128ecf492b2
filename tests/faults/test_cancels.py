"""Who cancels a run waits two seconds at the most, with the heartbeat as it is delivered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from scheduling import lifecycle
from scheduling.conf import SchedulingSettings
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.conftest import make_worker  # noqa: F401
from tests.scheduling.threads import await_status, await_true, in_thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
KINDS = ("echo", "command", "http", "llm")


class Silent:
    """A server that takes requests and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def is_asked(self) -> bool:
        return bool(self._taken)

    def _take(self) -> None:
        with suppress(OSError):  # closed
            while True:
                self._taken.append(self._listener.accept()[0])

    def close(self) -> None:
        for each in (self._listener, *self._taken):
            each.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


@pytest.fixture
def place(make_worker, configure, silent):  # noqa: F811
    """A worker with one place."""
    configure(
        "SCHEDULING",
        allowed_commands=("/bin/sh",),
        agent_allowed_origins=(silent.url,),
    )
    delivered = SchedulingSettings().heartbeat_seconds
    return make_worker(worker_capacity=1, heartbeat_seconds=delivered)


def queued(kind, silent, tmp_path, **fields):
    """A run that never ends, and what tells that its agent is at work."""
    begun = tmp_path / "begun"
    options, is_at_work = {
        "echo": ({"fail": "hang"}, lambda: True),
        "command": ({"command": ["/bin/sh", "-c", f"trap '' TERM; touch {begun}; sleep 60 & wait; sleep 60"]}, begun.exists),
        "http": ({"url": silent.url}, lambda: silent.is_asked),
        "llm": ({"provider": "openai_compatible", "model": "m", "base_url": silent.url}, lambda: silent.is_asked),
    }[kind]  # fmt: skip
    agent = make_agent(id=kind, backend=kind, options=options)
    return make_run(make_task(agent=agent), **fields), is_at_work


def its_place_is_free(worker) -> bool:
    following = make_run(make_task(agent=make_agent(id="next", options={"reply": "next"})))  # fmt: skip
    in_thread(worker.run_chunk, [following.id]).result(timeout=10)
    following.refresh_from_db()
    return following.output == "next"


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_run_is_over_within_two_seconds(place, silent, tmp_path, kind):
    run, is_at_work = queued(kind, silent, tmp_path)
    chunk = in_thread(place.run_chunk, [run.id])
    await_status(run, "running")
    await_true(is_at_work, "its agent is at work", 30)
    begun = time.monotonic()
    lifecycle.request_cancel(run)
    chunk.result(timeout=20)
    assert time.monotonic() - begun < 2
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert its_place_is_free(place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_over_within_two_seconds_of_its_deadline(
    place, silent, tmp_path, kind
):
    run, _is_at_work = queued(kind, silent, tmp_path, deadline_seconds=3)
    chunk = in_thread(place.run_chunk, [run.id])
    await_status(run, "running")
    begun = time.monotonic()
    chunk.result(timeout=30)
    assert time.monotonic() - begun < 3 + 2
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "timeout")
    assert its_place_is_free(place)
