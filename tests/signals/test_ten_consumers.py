"""Ten consumers at once, each with a connection of its own, on a real database."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from signals import services
from signals.models import SignalMove, SignalOutput

SIGNALS, CONSUMERS = 60, 10


def in_thread(work):
    """Run `work` in a thread with a connection of its own, closed afterwards."""

    def with_connection():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(with_connection).result(timeout=60)


@pytest.fixture
def shared_database(transactional_db, tmp_path):
    """The database as threads see it: SQLite's in memory cannot be shared, so a file."""
    if connection.vendor != "sqlite":
        yield
        return

    def make_table():
        with connection.schema_editor() as editor:
            editor.create_model(SignalOutput)
            editor.create_model(SignalMove)

    # Not the fixture `monkeypatch`: it would outlive `transactional_db`, which cleans up.
    with pytest.MonkeyPatch.context() as patch:
        name = str(tmp_path / "signals.sqlite3")
        patch.setitem(connections.settings["default"], "NAME", name)
        in_thread(make_table)
        yield


def test_ten_consumers_never_process_one_signal_twice(shared_database):
    in_thread(
        lambda: SignalOutput.objects.bulk_create(
            SignalOutput(content=number) for number in range(SIGNALS)
        )
    )
    start = threading.Barrier(CONSUMERS)
    processed: list[int] = []

    def consume(number):
        try:
            start.wait(timeout=30)
            while taken := services.claim(consumer=f"consumer-{number}", limit=3):
                for signal in taken:
                    assert signal.lease_token
                    processed.append(signal.pk)
                    services.complete(signal.pk, signal.lease_token, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CONSUMERS) as pool:
        for consumer in [pool.submit(consume, n) for n in range(CONSUMERS)]:
            consumer.result(timeout=60)

    statuses = in_thread(
        lambda: Counter(SignalOutput.objects.values_list("status", "claims"))
    )
    assert len(processed) == len(set(processed)) == SIGNALS
    assert statuses == {("completed", 1): SIGNALS}
    moves = in_thread(
        lambda: Counter(SignalMove.objects.values_list("status", flat=True))
    )
    assert moves == {"processing": SIGNALS, "completed": SIGNALS}


def test_ten_senders_of_one_key_store_one_signal(shared_database):
    start = threading.Barrier(CONSUMERS)

    def send():
        try:
            start.wait(timeout=30)
            return services.ingest({"content": "x"}, idempotency_key="once")
        finally:
            connection.close()

    with ThreadPoolExecutor(CONSUMERS) as pool:
        sent = [pool.submit(send) for _ in range(CONSUMERS)]
        answers = [each.result(timeout=60) for each in sent]

    assert len({signal.pk for signal, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1
    assert in_thread(SignalMove.objects.count) == 1
