"""Events as they stand on the bus: S1's shape, and what is taken from strangers."""

from __future__ import annotations

import json

import pytest

from notifications.bus_message import (
    MOST_BYTES,
    BadMessage,
    EventMessage,
    is_pattern,
    matches,
    own_message,
    read_message,
)


def test_an_event_has_the_five_keys_of_s1_and_no_other():
    message = EventMessage(
        event_type="task.completed",
        source_agent="rag-chat",
        payload={"task_id": "update_embeddings"},
        timestamp="2026-11-21T07:00:00+00:00",
    )
    assert json.loads(message.text()) == {
        "event_type": "task.completed",
        "source_agent": "rag-chat",
        "target_agent": None,
        "payload": {"task_id": "update_embeddings"},
        "timestamp": "2026-11-21T07:00:00+00:00",
    }


def test_an_event_goes_to_all_or_to_its_target():
    assert own_message("a.b").channel == "events:broadcast"
    assert own_message("a.b", target_agent="").channel == "events:broadcast"
    assert own_message("a.b", target_agent="trader").channel == "events:trader"


def test_an_event_is_the_same_however_often_it_is_heard():
    own = own_message("a.b", payload={"n": 1})
    assert read_message(own.text()).id == own.id == own.payload["event_id"]
    foreign = '{"event_type": "a.b", "payload": {"x": 1, "y": 2}}'
    other_order = '{"payload": {"y": 2, "x": 1}, "event_type": "a.b"}'
    assert read_message(foreign).id == read_message(other_order).id
    assert read_message(foreign).id != read_message(foreign.replace("2", "3")).id


@pytest.mark.parametrize(
    ("pattern", "kind", "does"),
    [
        ("run.failed", "run.failed", True),
        ("run.failed", "run.failed.again", False),
        ("run.*", "run.failed", True),
        ("run.*", "run", False),
        ("run.*", "runner.up", False),
        ("*", "run.failed", True),
    ],
)
def test_a_pattern_means_a_type_or_all_that_begin_so(pattern, kind, does):
    assert matches([pattern], kind) is does


@pytest.mark.parametrize("text", ["", "*", ".*", "run.", "run.*.x", "a b", "x" * 101])
def test_what_is_no_pattern_is_refused(text):
    assert not is_pattern(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"7", b"{", b"{}", b'{"event_type": 7}', b'{"event_type": "no good"}',
        b"[" * 50_000, b"\xff\xfe", b'"' + b"x" * MOST_BYTES + b'"',
    ],
)  # fmt: skip
def test_what_is_no_event_is_said_to_be_none(raw):
    with pytest.raises(BadMessage):
        read_message(raw)


def test_what_a_stranger_says_is_cleaned_before_it_is_believed():
    raw = json.dumps(
        {
            "event_type": "a.b", "source_agent": "x" * 500, "target_agent": 7,
            "payload": {"text": "a\x00b\ud800", "n": float("nan")}, "timestamp": None, "more": 1,
        }
    )  # fmt: skip
    message = read_message(raw)
    assert (len(message.source_agent), message.target_agent) == (100, None)
    assert "\x00" not in message.payload["text"]
    message.text().encode()
    json.loads(message.text(), parse_constant=pytest.fail)
    assert set(message.as_json()) == {
        "event_type", "source_agent", "target_agent", "payload", "timestamp",
    }  # fmt: skip


def test_what_cannot_be_sent_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="'no good' is no event type"):
        own_message("no good")
    with pytest.raises(ValueError, match="65536 are allowed"):
        own_message("a.b", payload={"text": "x" * MOST_BYTES})
