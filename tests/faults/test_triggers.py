"""Triggers under attack: sent a hundred times at once, oversized, nested, with Redis away."""

from __future__ import annotations

import gc
import io
import json
import logging
import time
import tracemalloc
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from scheduling import services
from scheduling.interop.trigger import rate
from scheduling.interop.trigger.asked import MOST_BODY_BYTES
from scheduling.models import Run, UsedSignature
from tests.factories import make_task
from tests.scheduling.conftest import Valkey
from tests.scheduling.trigger.conftest import SECRET, signed
from tests.threads import at_once

pytestmark = pytest.mark.faults

PATH = "/webhook/trigger/report"
THREADS, EACH = 20, 5


@pytest.fixture(autouse=True)
def surroundings(settings, configure, tmp_path):
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is not there
    settings.REDIS_URL = f"unix://{tmp_path}/no.sock?db=0"
    configure("SCHEDULING", trigger_secret=SECRET, trigger_rate_per_minute=0)
    rate.forget()
    yield
    rate.forget()


@pytest.fixture
def silence():
    """What pytest keeps of the log holds the requests with their bodies."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def own_valkey(tmp_path, settings):
    broker = Valkey(tmp_path)
    settings.REDIS_URL = broker.url
    yield broker
    broker.kill()


def post(headers: dict[str, str], body: bytes = b"") -> Any:
    return Client().post(PATH, body, content_type="application/json", headers=headers)


def hundred_times(headers: dict[str, str], body: bytes = b"") -> list[tuple[int, Any]]:
    """Send the same request a hundred times from twenty threads; status and JSON of each."""

    def send() -> list[tuple[int, Any]]:
        answers = [post(headers, body) for _ in range(EACH)]
        return [(each.status_code, each.json()) for each in answers]

    return [each for sent in at_once(send, THREADS) for each in sent]


def test_a_hundred_times_the_same_signature_is_one_run(shared_database):
    make_task(id="report")
    body = b'{"inputs": {"ticker": "VCB"}}'
    answers = hundred_times(signed(body), body)
    assert Counter(status for status, _ in answers) == {200: 1, 403: 99}
    refusals = [said["error"]["message"] for status, said in answers if status == 403]
    assert set(refusals) == {"Replayed request"}
    assert Run.objects.count() == UsedSignature.objects.count() == 1


def test_a_hundred_times_the_same_idempotency_key_is_one_run(shared_database):
    task = make_task(id="report")
    _, token = services.make_trigger_key(task, user=None)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "order-7"}
    answers = hundred_times(headers)
    assert Counter(status for status, _ in answers) == {200: 100}
    assert {said["run_id"] for _, said in answers} == {str(Run.objects.get().id)}


def test_redis_counts_for_all_who_ask_at_once(own_valkey, configure):
    configure("SCHEDULING", trigger_rate_per_minute=30)
    _away_from_the_turn_of_a_minute()
    waits = at_once(
        lambda: [rate.seconds_to_wait("192.0.2.7", "report") for _ in range(EACH)],
        THREADS,
    )
    flat = [wait for each in waits for wait in each]
    assert flat.count(0) == 30
    assert all(1 <= wait <= 120 for wait in flat if wait)
    assert rate.seconds_to_wait("192.0.2.8", "report") == 0
    [key] = own_valkey.client().keys("trigger-rate:*")[:1]
    assert 0 < own_valkey.client().ttl(key) <= 120


def test_a_redis_that_hangs_holds_nobody_up_and_is_not_asked_again(own_valkey, configure):  # fmt: skip
    configure("SCHEDULING", trigger_rate_per_minute=3)
    assert rate.seconds_to_wait("192.0.2.7", "report") == 0
    own_valkey.freeze()
    try:
        begun = time.monotonic()
        waits = [rate.seconds_to_wait("192.0.2.7", "report") for _ in range(5)]
        took = time.monotonic() - begun
    finally:
        own_valkey.thaw()
    assert [bool(wait) for wait in waits] == [False, False, False, True, True]
    assert took < 2.0


def test_what_a_process_counts_by_itself_is_bounded(configure):
    configure("SCHEDULING", trigger_rate_per_minute=3)
    for number in range(rate.MOST_COUNTED + 500):
        rate.seconds_to_wait("192.0.2.7", f"task-{number}")
    assert len(rate._Local.counts) == rate.MOST_COUNTED


def test_a_minute_slides():
    asked = [rate._own("pair", 3, at) == 0 for at in (0, 1, 2, 3, 59, 60, 79, 81, 82, 190)]  # fmt: skip
    assert asked == [True, True, True, False, False, False, False, True, False, True]


@pytest.mark.parametrize(
    ("before", "count", "passed", "wait"),
    [(0, 3, 0.0, 80), (0, 3, 0.5, 50), (3, 0, 0.0, 20), (3, 1, 0.5, 10)],
)
def test_who_waits_as_long_as_told_may_ask_again(before, count, passed, wait):
    found = rate._wait(count, before, passed, 3)
    assert wait <= found <= wait + 1  # whole seconds, rounded up
    later = passed + found / 60
    left = before * (1 - later) + count if later < 1 else count * (2 - later)
    assert left + 1 <= 3 + 1e-9


class Endless(io.RawIOBase):
    """A body that never ends, and how much of it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def read(self, size: int = -1, /) -> bytes:
        size = min(size, 65_536) if size >= 0 else 65_536
        self.taken += size
        return b" " * size


@pytest.mark.django_db
@pytest.mark.parametrize("chunked", [True, False])
def test_of_a_body_that_never_ends_little_is_read(chunked):
    make_task(id="report")
    stream = Endless()
    length = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}  # fmt: skip
    environment = length if chunked else {"CONTENT_LENGTH": str(10**12)}
    answer = Client().generic(
        "POST", PATH, "", "application/json", **environment, **{"wsgi.input": stream}
    )
    assert answer.status_code == 413
    assert stream.taken <= MOST_BODY_BYTES + 1


@pytest.mark.django_db
def test_memory_stays_flat_under_bodies_that_are_refused(silence):
    make_task(id="report")
    nested = b'{"a":' * (MOST_BODY_BYTES // 5 - 1)
    wide = b"[" + b"[],".join([b""] * (MOST_BODY_BYTES // 4)) + b"[]]"
    large = json.dumps({"a": "x" * MOST_BODY_BYTES}).encode()
    sent = [(body, signed(body)) for body in (nested, wide, large)]
    expected = [400, 400, 413]

    def round_of_all() -> None:
        assert [post(headers, body).status_code for body, headers in sent] == expected

    round_of_all()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            round_of_all()
        gc.collect()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000, peak
    assert peak < 64 * MOST_BODY_BYTES
    assert not Run.objects.exists()


def _away_from_the_turn_of_a_minute() -> None:
    """The minute of Redis must not turn while this is counted."""
    while time.time() % 60 > 55:
        time.sleep(0.2)
