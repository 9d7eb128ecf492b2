"""What vendors say of their limits, in headers that were read out of their documentation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.backoff import MAX_RETRY_AFTER
from notifications.rates import Closing, closing_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        # Discord: the bucket is empty, before anything was refused
        (204, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.337", "x-ratelimit-reset": "1470173023.123"}, 1.337),
        (204, {"x-ratelimit-remaining": "3", "x-ratelimit-reset-after": "1.337"}, None),
        # the IETF draft, older and newer
        (200, {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "0", "ratelimit-reset": "12"}, 12),
        (200, {"ratelimit": "limit=100, remaining=0, reset=7"}, 7),
        (200, {"ratelimit": '"default";r=0;t=5'}, 5),
        (200, {"ratelimit": '"default";r=50;t=5'}, None),
        # a reset that is a moment
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) - 30)}, None),
        (202, {"retry-after": "3"}, 3),
        (429, {"retry-after": "Sun, 01 Mar 2026 12:02:00 GMT"}, 120),
        (503, {"retry-after": "2.5"}, 2.5),
        (429, {"x-ratelimit-reset-after": "4"}, 4),
        (429, {"retry-after": "9" * 5000}, MAX_RETRY_AFTER),
        # nothing readable
        (429, {}, None),
        (429, {"retry-after": "soon"}, None),
        (200, {"x-ratelimit-remaining": "none", "ratelimit-reset": "inf"}, None),
        (500, {"retry-after": "60"}, None),
        (404, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "9"}, None),
    ],
)  # fmt: skip
def test_a_place_is_closed_for_as_long_as_its_headers_say(status, headers, seconds):
    closing = closing_of(status, headers, NOW)
    if seconds is None:
        assert closing is None
    else:
        assert closing
        assert closing.seconds == pytest.approx(seconds)


def test_what_the_vendors_own_json_asks_outranks_the_header():
    closing = closing_of(429, {"retry-after": "7200"}, NOW, asked=64.5)
    assert closing == Closing(seconds=64.5)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-ratelimit-global": "true"}, ""),
        ({"x-ratelimit-scope": "global"}, ""),
        ({}, '{"global": true, "retry_after": 1}'),
    ],
)
def test_a_global_limit_closes_the_whole_host(headers, body):
    closing = closing_of(429, headers, NOW, asked=1, body=body)
    assert closing
    assert closing.whole_host


def test_the_limit_of_one_webhook_leaves_the_host_open():
    body = '{"global": false}'
    closing = closing_of(429, {"x-ratelimit-scope": "shared"}, NOW, asked=1, body=body)
    assert closing
    assert not closing.whole_host


def test_a_closing_is_spread_a_little_and_never_shorter():
    closing = Closing(seconds=1000)
    assert (closing.spread(lambda: 0.0), closing.spread(lambda: 1.0)) == (1000, 1005)


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "ratelimit", "ratelimit-reset", "ratelimit-remaining",
             "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-reset-after"]
        ),
        st.one_of(st.text(), st.integers().map(str), st.floats().map(str)),
    ),
    st.text(),
)  # fmt: skip
def test_no_header_breaks_it_or_closes_a_place_for_longer_than_the_longest_wait(
    status, headers, body
):
    closing = closing_of(status, headers, NOW, body=body)
    assert closing is None or 0 <= closing.seconds <= MAX_RETRY_AFTER
