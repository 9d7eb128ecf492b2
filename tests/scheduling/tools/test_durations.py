"""Durations as Go reads them."""

from __future__ import annotations

import pytest

from scheduling.tools.durations import format_duration, parse_duration

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h30m", 5400 * SECOND),
        ("1.5h", 5400 * SECOND),
        (".5s", SECOND // 2),
        ("1.s", SECOND),
        ("90s", 90 * SECOND),
        ("100ms", SECOND // 10),
        ("1µs", 1000),
        ("2us3ns", 2003),
        ("-1h", -3600 * SECOND),
        ("+1h", 3600 * SECOND),
        ("0", 0),
        (60 * SECOND, 60 * SECOND),
    ],
)
def test_a_duration_is_read(text, nanoseconds):
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    "text", ["", "soon", "1", "1.5", "1d", "h", "1h 30m", "1h30", "٣s", "1" * 101, None, True, 2.5]
)  # fmt: skip
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"^time: "):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "1m30s"), (5400, "1h30m0s"), (86_400, "24h0m0s")]
)  # fmt: skip
def test_a_duration_is_written(seconds, text):
    assert format_duration(seconds) == text
    assert parse_duration(text) == seconds * SECOND
