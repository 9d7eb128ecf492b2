"""Places of a worker that threads wait for."""

from __future__ import annotations

import threading
import time

from scheduling.capacity import Capacity
from tests.scheduling.threads import in_thread


def test_no_more_than_the_free_places_are_taken():
    capacity, stopping = Capacity(3), threading.Event()
    assert capacity.take(2, stopping) == 2
    assert capacity.take(5, stopping) == 1


def test_a_thread_waits_until_a_place_is_given_back():
    capacity, stopping = Capacity(1), threading.Event()
    capacity.take(1, stopping)
    waiting = in_thread(capacity.take, 1, stopping)
    assert not waiting.done()
    capacity.give(1)
    assert waiting.result(timeout=5) == 1


def test_a_stopping_worker_takes_no_place():
    capacity, stopping = Capacity(1), threading.Event()
    capacity.take(1, stopping)
    waiting = in_thread(capacity.take, 1, stopping)
    stopping.set()
    assert waiting.result(timeout=5) == 0
    capacity.give(1)
    assert capacity.take(1, stopping) == 0


def test_idle_is_when_every_place_is_free():
    capacity = Capacity(2)
    assert capacity.wait_idle(0)
    capacity.take(1, threading.Event())
    assert not capacity.wait_idle(0.01)
    capacity.give(1)
    assert capacity.wait_idle(0)


def test_waiting_for_idle_ends_as_soon_as_it_is():
    capacity = Capacity(1)
    capacity.take(1, threading.Event())
    begun = time.monotonic()
    waiting = in_thread(capacity.wait_idle, 30)
    capacity.give(1)
    assert waiting.result(timeout=5)
    assert time.monotonic() - begun < 5
