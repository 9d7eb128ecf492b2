"""The bell of the workers: ids in chunks, and no harm when nobody hears it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from scheduling.doorbell import is_queue_empty, ring


def waiting(broker: Any) -> list[list[str]]:
    """The ids in each message that waits, oldest first."""
    found = []
    for each in reversed(broker.client().lrange("agents", 0, -1)):
        text = json.loads(each)["headers"]["argsrepr"]
        found.append(json.loads(text.replace("'", '"'))[0])
    return found


def test_ids_travel_in_chunks(broker, configure):
    configure("SCHEDULING", chunk_size=2)
    ids = [uuid.uuid4() for _ in range(5)]
    ring(ids)
    assert waiting(broker) == [
        [str(each) for each in ids[start : start + 2]] for start in (0, 2, 4)
    ]


def test_nothing_to_ring_for_sends_nothing(broker):
    ring([])
    assert waiting(broker) == []


def test_the_queue_is_empty_until_it_is_rung(broker):
    assert is_queue_empty()
    ring([uuid.uuid4()])
    assert not is_queue_empty()


def test_a_broker_that_is_away_is_noticed_at_once_and_logged(broker, caplog):
    broker.kill()
    begun = time.monotonic()
    ring([uuid.uuid4()])
    assert not is_queue_empty()
    assert time.monotonic() - begun < 2
    assert "1 runs wait for the reconciler" in caplog.text


def test_a_broker_that_is_full_does_no_harm(broker, caplog):
    client = broker.client()
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    ring([uuid.uuid4()])
    assert "1 runs wait for the reconciler" in caplog.text


def test_a_broker_that_came_back_is_rung_again(broker):
    ring([uuid.uuid4()])
    broker.kill()
    ring([uuid.uuid4()])
    broker.start()
    one = uuid.uuid4()
    ring([one])
    assert [str(one)] in waiting(broker)
