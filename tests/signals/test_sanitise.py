from __future__ import annotations

import enum
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals import sanitise
from signals.sanitise import cap_text, clean_json, clean_text

ANY_TEXT = st.text(st.characters())  # surrogates and NUL included


def test_nul_is_dropped_from_text():
    assert clean_text("a\x00b") == "ab"


def test_a_lone_surrogate_becomes_the_replacement_character():
    assert clean_text("a\ud83db\udc00") == "a\ufffdb\ufffd"


def test_a_surrogate_pair_becomes_its_character():
    assert clean_text("\ud83d\ude00") == "😀"


def test_sound_text_stays_as_it_is():
    assert clean_text("Phở 😀\n\t") == "Phở 😀\n\t"


@given(ANY_TEXT)
def test_every_cleaned_text_can_be_stored(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned


def test_values_deep_inside_are_cleaned():
    assert clean_json({"a": [{"b": "x\x00y"}]}) == {"a": [{"b": "xy"}]}


def test_keys_are_cleaned():
    assert clean_json({"a\x00": 1, "b\ud800": 2, 3: 4}) == {
        "a": 1,
        "b\ufffd": 2,
        "3": 4,
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_become_none(value):
    assert clean_json([value, 1.5]) == [None, 1.5]


def test_booleans_stay_booleans():
    assert clean_json([True, False, None]) == [True, False, None]


def test_values_that_json_lacks_become_text():
    moment = datetime(2026, 3, 1, 7, tzinfo=UTC)
    assert clean_json([moment, date(2026, 3, 1), Decimal("1.10"), b"\xffa", 1j]) == [
        "2026-03-01T07:00:00+00:00",
        "2026-03-01",
        "1.10",
        "\ufffda",
        "1j",
    ]


def test_tuples_and_sets_become_lists():
    assert clean_json(((1, 2), {3})) == [[1, 2], [3]]


def test_enums_become_their_value():
    class Colour(enum.StrEnum):
        RED = "red"

    assert clean_json({Colour.RED: Colour.RED}) == {"red": "red"}


def test_an_integer_too_long_to_print_becomes_text():
    assert str(clean_json(1 << 20_000)).startswith("0x1")
    assert clean_json(10**200) == 10**200


def test_an_object_whose_str_fails_shows_its_type():
    class Broken:
        def __str__(self):
            raise RuntimeError("no")

    assert clean_json([Broken()]) == ["(Broken)"]


def test_a_value_that_is_too_deep_is_marked():
    value: object = "leaf"
    for _ in range(sanitise.MAX_DEPTH + 1):
        value = [value]
    assert sanitise.TOO_DEEP in json.dumps(clean_json(value))


def test_a_circle_is_marked():
    value: list[object] = [1]
    value.append(value)
    assert clean_json(value) == [1, sanitise.CIRCULAR]


def test_shared_references_cannot_unfold_for_ever(monkeypatch):
    monkeypatch.setattr(sanitise, "MAX_NODES", 1_000)
    value: list[object] = ["x"]
    for _ in range(40):
        value = [value, value]
    assert len(json.dumps(clean_json(value))) < 100_000


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT | st.integers(), inner),
)


@given(JSON_LIKE)
def test_every_cleaned_value_survives_strict_json(value):
    cleaned = clean_json(value)
    assert json.loads(json.dumps(cleaned, allow_nan=False)) == cleaned


@given(JSON_LIKE)
def test_cleaning_twice_changes_nothing(value):
    assert clean_json(clean_json(value)) == clean_json(value)


def test_a_text_within_the_limit_is_not_cut():
    assert cap_text("abc", 3) == ("abc", False)


def test_a_cut_text_says_how_much_there_was():
    text, cut = cap_text("x" * 10_000, 200)
    assert cut
    assert len(text) == 200
    assert text.endswith("[… cut here: the whole text has 10000 characters]")


def test_a_cut_does_not_tear_a_combining_sequence():
    text, _ = cap_text("aaaae\u0301\u0301b", 7)
    assert text == "aaaa…"


@given(ANY_TEXT, st.integers(1, 50))
def test_a_capped_text_keeps_the_limit(text, limit):
    capped, cut = cap_text(text, limit)
    assert len(capped) <= limit
    assert cut == (capped != text)


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="max_chars: 0"):
        cap_text("abc", 0)
