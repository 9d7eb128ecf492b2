"""The thread that keeps leases alive, and keeps alive itself."""

from __future__ import annotations

import asyncio
import queue
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from scheduling import lifecycle
from scheduling.heartbeat import Heartbeat
from scheduling.models import Run
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.threads import await_true

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beating(shared_database):
    """`beating(leases)`: a heartbeat over these leases; returns what it says of them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made: list[Heartbeat] = []

    def start(leases: dict[uuid.UUID, uuid.UUID]) -> queue.Queue[tuple[Any, ...]]:
        said: queue.Queue[tuple[Any, ...]] = queue.Queue()
        made.append(
            Heartbeat(
                seconds=0.02,
                loop=loop,
                leases=lambda: leases,
                cancelled=lambda *lease: said.put(("cancelled", *lease)),
                lost=lambda *lease: said.put(("lost", *lease)),
            )
        )
        return said

    yield start
    for each in made:
        each.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def held(**fields: Any) -> Run:
    soon = timezone.now() + timedelta(seconds=1)
    return make("running", lease_expires_at=soon, **fields)


def lease_of(run: Run) -> dict[uuid.UUID, uuid.UUID]:
    assert run.lease_token is not None
    return {run.id: run.lease_token}


def is_renewed(run: Run) -> bool:
    before = run.lease_expires_at
    run.refresh_from_db()
    assert before is not None
    assert run.lease_expires_at is not None
    return run.lease_expires_at > before + timedelta(seconds=2)


def test_every_beat_extends_the_leases(beating):
    run = held()
    beating(lease_of(run))
    await_true(lambda: is_renewed(run), "the lease is renewed")


def test_a_cancel_is_noticed(beating):
    run = held(cancel_requested_at=timezone.now())
    said = beating(lease_of(run))
    assert said.get(timeout=5) == ("cancelled", run.id, run.lease_token)


@pytest.mark.parametrize("status", ["queued", "succeeded"])
def test_a_run_that_is_no_longer_held_is_lost(beating, status):
    run = make(status)
    token = uuid.uuid4()
    assert beating({run.id: token}).get(timeout=5) == ("lost", run.id, token)


@pytest.mark.parametrize(
    "error",
    [OperationalError("away"), InterfaceError("closed"), RuntimeError("anything")],
)
def test_no_fault_stops_it(beating, monkeypatch, error):
    run, faults, real = held(), [error] * 3, lifecycle.renew

    def renew(tokens: Any) -> dict[uuid.UUID, bool]:
        if faults:
            raise faults.pop()
        return real(tokens)

    monkeypatch.setattr(lifecycle, "renew", renew)
    said = beating(lease_of(run))
    await_true(lambda: is_renewed(run), "the lease is renewed all the same")
    assert said.empty()
