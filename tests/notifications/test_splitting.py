from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.splitting import (
    SMALLEST_LIMIT,
    clip,
    iter_parts,
    split,
    utf16_units,
)

FENCE_LINE = re.compile(r"^[ \t>]*(```+|~~~+)\w*[ \t]*$", re.MULTILINE)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", FENCE_LINE.sub("", text))


def test_characters_beyond_the_basic_plane_count_twice():
    assert utf16_units("aé😀") == 4


def test_a_text_within_the_limit_is_one_part():
    assert split("hello\n\nworld", 100) == ["hello\n\nworld"]


def test_a_blank_text_has_no_parts():
    assert split(" \n\t\n", 100) == []


def test_a_paragraph_border_is_preferred():
    first, second = "One sentence. " * 6, "Another line\nand one more. " * 4
    assert split(f"{first.strip()}\n\n{second.strip()}", 150) == [
        first.strip(),
        second.strip(),
    ]


def test_a_line_border_comes_next():
    lines = [f"{n}. " + "word " * 10 + "end" for n in range(4)]
    assert split("\n".join(lines), 120) == ["\n".join(lines[:2]), "\n".join(lines[2:])]


def test_a_sentence_border_comes_next():
    text = "This is a sentence of forty characters!!" + " And again" * 9
    assert split(f"{text}. {text}", 160) == [f"{text}.", text]


def test_closing_quotes_stay_with_their_sentence():
    text = 'He said "' + "so " * 25 + 'it goes." ' + "word " * 20
    assert split(text, 150)[0].endswith('it goes."')


def test_a_word_border_comes_next():
    parts = split("word " * 100, 100)
    assert all(part.split() == ["word"] * len(part.split()) for part in parts)
    assert sum(len(part.split()) for part in parts) == 100


def test_a_long_word_moves_to_the_next_part_whole_if_it_fits():
    url = "https://example.org/" + "x" * 79
    assert split(f"see {url}", 100) == ["see", url]


def test_a_word_that_is_too_long_is_cut_hard():
    assert split("x" * 250, 100) == ["x" * 100, "x" * 100, "x" * 50]


def test_a_hard_cut_does_not_tear_a_combining_sequence():
    parts = split("e\u0301" * 75, 101)
    assert all(len(part) % 2 == 0 for part in parts)


def test_a_hard_cut_does_not_tear_a_family_or_a_flag():
    family, flag = "👩‍👩‍👧‍👦", "🇻🇳"
    parts = split(family * 30 + flag * 60, 100)
    for part in parts:
        assert part.replace(family, "").replace(flag, "") == ""


def test_a_single_character_longer_than_the_limit_is_still_cut():
    assert "".join(split("e" + "\u0301" * 300, 100)) == "e" + "\u0301" * 300


def test_indentation_at_a_line_border_is_kept():
    lines = "\n".join(f"    - item number {n}" for n in range(20))
    assert all(part.startswith("    - item") for part in split(lines, 100))


def test_a_code_fence_is_closed_and_opened_again():
    code = "\n".join(f"line_{n:02} = {n}" for n in range(30))
    parts = split(f"Look:\n\n```python\n{code}\n```\n\nDone.", 150)
    assert len(parts) > 2
    for part in parts:
        assert len(FENCE_LINE.findall(part)) % 2 == 0
    assert parts[1].startswith("```python\nline_")
    assert parts[-1].endswith("```\n\nDone.")


def test_indentation_inside_code_is_kept_at_a_border():
    code = "\n".join(f"    deep({n:02})" for n in range(30))
    parts = split(f"```\n{code}\n```", 120)
    body = "\n".join(part.removeprefix("```\n").removesuffix("\n```") for part in parts)
    assert body == code


def test_a_fence_that_only_opens_goes_to_the_next_part():
    parts = split("x" * 90 + "\n```sh\n" + "y" * 60 + "\n```", 100)
    assert parts == ["x" * 90, "```sh\n" + "y" * 60 + "\n```"]


def test_no_part_is_an_empty_fence():
    code = "\n".join("y" * 30 for _ in range(3))
    for limit in range(100, 130):
        parts = split(f"```sh\n{code}\n```\n\nend", limit)
        assert not any(bare(part) == "" for part in parts)


def test_a_longer_fence_is_not_closed_by_a_shorter_one_in_it():
    inner = "```\ninner\n```\n" + "x" * 60
    parts = split(f"````md\n{inner}\n{inner}\n````", 120)
    assert all(part.startswith("````") and part.endswith("````") for part in parts)


def test_a_fence_that_is_never_closed_is_closed_in_every_part():
    parts = split("```\n" + "some code here\n" * 30, 100)
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in parts)


def test_the_caller_can_measure_what_is_really_sent():
    parts = split("a & b < c " * 50, 100, measure=lambda part: len(part) * 3)
    assert all(len(part) * 3 <= 100 for part in parts)


def test_parts_say_how_far_they_reach():
    ends = [part.end for part in iter_parts("word " * 100, 100)]
    assert ends == sorted(set(ends))
    assert ends[-1] == len("word " * 100) - 1


def test_a_limit_too_small_to_work_with_is_refused():
    with pytest.raises(ValueError, match="limit: 10 is too small"):
        split("hello", 10)


def test_a_limit_that_no_character_meets_is_refused():
    with pytest.raises(ValueError, match="less than one character"):
        split("hello", 100, measure=lambda _part: 101)


def test_clipping_shows_that_something_is_missing():
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcd", 4) == "abcd"


def test_clipping_counts_utf16_units_and_tears_nothing():
    assert clip("😀😀😀", 4) == "😀…"
    assert clip("ab👩‍👩‍👧", 6) == "ab…"


WORDS = st.text(
    st.sampled_from("abz.,!? é\u0301\u200d😀👩🇻🇳日本。*_-#>1\n\t")
    | st.characters(codec="utf-8"),
    max_size=300,
).map(lambda text: re.sub("[`~]", "", text))
LIMITS = st.integers(SMALLEST_LIMIT, 300)
LINES = st.text("abc =():é😀", max_size=140)
CODE = st.builds(
    "{0}{1}\n{2}\n{0}".format,
    st.sampled_from(["```", "````", "~~~"]),
    st.sampled_from(["", "py", "json"]),
    st.lists(LINES, max_size=12).map("\n".join),
)
DOCUMENTS = st.lists(
    CODE | LINES | WORDS.map(lambda text: text.replace(">", "")), max_size=8
).map("\n\n".join)


@given(st.lists(WORDS, max_size=5).map("".join), LIMITS)
def test_nothing_but_white_space_is_lost_from_a_text(text, limit):
    parts = split(text, limit)
    assert bare("".join(parts)) == bare(text)
    assert all(0 < utf16_units(part) <= limit for part in parts)


@given(DOCUMENTS, LIMITS)
def test_nothing_is_lost_from_a_document_with_code_and_every_fence_is_closed(
    text, limit
):
    parts = split(text, limit)
    assert bare("\n".join(parts)) == bare(text)
    for part in parts:
        assert utf16_units(part) <= limit
        assert len(FENCE_LINE.findall(part)) % 2 == 0


@given(st.lists(WORDS, max_size=5).map("".join), LIMITS)
def test_a_measure_that_grows_the_text_is_obeyed(text, limit):
    def escaped(part: str) -> int:
        return utf16_units(part) + 4 * sum(map(part.count, "ab!"))

    assert all(escaped(part) <= limit for part in split(text, limit, measure=escaped))


@given(st.text(st.sampled_from("ae\u0301\u0323"), max_size=400), LIMITS)
def test_marks_stay_with_their_letter(text, limit):
    runs = [len(run) for run in re.findall(r"[\u0301\u0323]+", text)]
    if max(runs, default=0) > 20:
        return
    for part in split(text, limit)[1:]:
        assert not unicodedata.combining(part[0])


@given(st.text(), st.integers(1, 40))
def test_a_clipped_text_keeps_the_limit(text, limit):
    assert utf16_units(clip(text, limit)) <= limit
