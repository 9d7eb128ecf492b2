"""Storing signals: what is lifted, what is refused, and once per key."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from signals.models import SignalOutput
from signals.payload import each_signal
from signals.services import ingest

pytestmark = pytest.mark.django_db

RAW = {
    "task_id": "morning-report-vn",
    "task_name": "Morning report",
    "run_id": "0a4c",
    "user_id": "45",
    "output_type": "text",
    "content": "VN-Index +1.2 %",
    "metadata": {
        "ticker": "VNM",
        "event_type": "earnings",
        "event_date": "2026-11-20",
        "source": "hose",
        "layer1_result": {"score": 0.7},
        "signal_factors": ["volume"],
    },
}


def errors_of(payload, **more):
    with pytest.raises(ValidationError) as caught:
        ingest(payload, **more)
    return caught.value.message_dict


def test_the_raw_payload_of_seven_keys_is_stored():
    signal, created = ingest(RAW)
    signal.refresh_from_db()
    assert created
    assert (signal.task_id, signal.run_id, signal.user_id) == (
        "morning-report-vn", "0a4c", "45",
    )  # fmt: skip
    assert signal.content == "VN-Index +1.2 %"
    assert signal.status == "new"


def test_signal_fields_are_lifted_from_the_metadata():
    signal, _ = ingest(RAW)
    signal.refresh_from_db()
    assert (signal.ticker, signal.event_type, signal.source) == (
        "VNM",
        "earnings",
        "hose",
    )
    assert signal.event_date == date(2026, 11, 20)
    assert signal.layer1_result == {"score": 0.7}
    assert signal.layer2_result is None
    assert signal.signal_factors == ["volume"]


def test_the_metadata_stay_whole():
    assert ingest(RAW)[0].metadata == RAW["metadata"]


def test_the_top_level_wins_over_the_metadata():
    assert ingest({**RAW, "ticker": "FPT"})[0].ticker == "FPT"


def test_the_status_of_the_run_in_the_metadata_is_not_the_signals():
    signal, _ = ingest({"content": "x", "metadata": {"status": "succeeded"}})
    assert signal.status == "new"


def test_a_user_id_given_as_a_number_becomes_its_text():
    assert ingest({**RAW, "user_id": 45})[0].user_id == "45"


def test_nothing_unsanitised_is_stored():
    signal, _ = ingest(
        {"content": {"a\x00": float("nan")}, "ticker": "V\x00NM", "source": "\ud800"}
    )
    signal.refresh_from_db()
    assert signal.content == {"a": None}
    assert signal.ticker == "VNM"
    assert signal.source == "\ufffd"


@pytest.mark.parametrize(
    "bad",
    ["yesterday", "2026-13-01", "20261120", "2026-11-20T07:00:00Z", 2026, True],
)
def test_a_bad_event_date_is_named(bad):
    (message,) = errors_of({**RAW, "event_date": bad})["event_date"]
    assert str(bad) in message
    assert "YYYY-MM-DD" in message


def test_a_bad_event_date_in_the_metadata_is_named_too():
    assert "event_date" in errors_of(
        {"content": "x", "metadata": {"event_date": "soon"}}
    )


def test_a_text_that_is_too_long_is_named_with_its_length():
    (message,) = errors_of({**RAW, "ticker": "X" * 51})["ticker"]
    assert "51" in message
    assert "50" in message


def test_an_unknown_field_is_named():
    assert "tikcer" in errors_of({**RAW, "tikcer": "VNM"})


def test_metadata_that_are_no_object_are_refused():
    assert "metadata" in errors_of({"content": "x", "metadata": [1]})


def test_a_text_field_that_is_no_text_is_refused():
    assert "ticker" in errors_of({"content": "x", "ticker": {"a": 1}})


def test_an_empty_signal_is_refused():
    assert "content" in errors_of({"metadata": {}})


def test_a_signal_cannot_be_born_completed():
    assert "status" in errors_of({**RAW, "status": "completed"})


def test_every_fault_is_told_at_once_and_nothing_is_stored():
    found = errors_of({**RAW, "event_date": "soon", "ticker": "X" * 51, "x": 1})
    assert set(found) == {"event_date", "ticker", "x"}
    assert SignalOutput.objects.count() == 0


def test_the_same_key_is_stored_once():
    first, created = ingest(RAW, idempotency_key="k1")
    again, created_again = ingest({**RAW, "ticker": "FPT"}, idempotency_key="k1")
    assert (created, created_again) == (True, False)
    assert again.pk == first.pk
    assert again.ticker == "VNM"


def test_without_a_key_the_same_payload_is_two_signals():
    assert ingest(RAW)[0].pk != ingest(RAW)[0].pk


def test_a_key_that_is_too_long_is_refused():
    assert "idempotency_key" in errors_of(RAW, idempotency_key="k" * 201)


def test_a_rival_between_look_and_insert_wins(monkeypatch):
    rival, _ = ingest(RAW, idempotency_key="k1")
    real, looks = SignalOutput.objects.filter, []

    def blind_at_first(**conditions):
        looks.append(conditions)
        return SignalOutput.objects.none() if len(looks) == 1 else real(**conditions)

    monkeypatch.setattr(SignalOutput.objects, "filter", blind_at_first)
    signal, created = ingest(RAW, idempotency_key="k1")
    assert (signal.pk, created) == (rival.pk, False)


# -- a typed content


def test_signal_fields_are_lifted_from_a_content_that_is_an_object():
    content = {"ticker": "FPT", "event_date": "2027-01-30", "layer2_result": [1], "why": "volume"}  # fmt: skip
    signal, _ = ingest({"content": content})
    signal.refresh_from_db()
    assert (signal.ticker, signal.event_date) == ("FPT", date(2027, 1, 30))
    assert signal.layer2_result == [1]
    assert signal.content == content


def test_the_top_level_wins_over_the_content_and_that_over_the_metadata():
    metadata = {"ticker": "M", "source": "M", "event_type": "M"}
    content = {"ticker": "C", "source": "C"}
    signal, _ = ingest({"ticker": "T", "content": content, "metadata": metadata})
    assert (signal.ticker, signal.source, signal.event_type) == ("T", "C", "M")


def test_what_does_not_fit_stays_in_the_content_alone():
    content = {"ticker": "FPT", "event_date": "tomorrow", "source": {"url": "x"}}
    signal, _ = ingest({"content": content})
    assert (signal.ticker, signal.event_date, signal.source) == ("FPT", None, "")
    assert signal.content == content


def test_a_content_of_nothing_but_fields_and_a_text_is_taken_apart():
    assert ingest({"content": {"ticker": "FPT", "content": "up"}})[0].content == "up"
    kept = {"ticker": "FPT", "content": "up", "confidence": 0.7}
    assert ingest({"content": kept})[0].content == kept
    assert ingest({"content": {"content": "up"}})[0].content == {"content": "up"}
    other = {"ticker": "FPT", "content": "up"}
    assert ingest({"ticker": "VIC", "content": other})[0].content == other


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ([{"ticker": "A"}, {"event_type": "B"}], 2),
        ({"signals": [{"ticker": "A"}]}, 1),
        ({"signals": [{"ticker": "A"}, {"ticker": "B"}], "note": "x"}, 1),
        ([{"ticker": "A"}, {"price": 1}], 1),
        ([{"ticker": "A"}, "B"], 1),
        ([], 1),
        ("text", 1),
        ([{"ticker": "A"}] * 1001, 1),
    ],
)
def test_a_list_of_signals_is_several(content, count):
    found = list(each_signal({"run_id": "r", "content": content}))
    assert len(found) == count
    assert {each["run_id"] for each in found} == {"r"}
