"""Readable differences, within bounds whatever is compared."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import diffs
from notifications.diffs import Diff, diff

LINES = st.lists(st.sampled_from("abcdef"), max_size=30)


def test_changed_lines_are_marked_with_some_around_them():
    before = "\n".join("abcdefghij")
    after = before.replace("c", "X") + "\nk"
    assert diff(before, after).lines == [
        "  a", "  b", "- c", "+ X", "  d", "  e", "@@ line 9 @@", "  i", "  j", "+ k",
    ]  # fmt: skip


def test_a_change_far_down_says_where_it_is():
    before = "\n".join(map(str, range(100)))
    shown = diff(before, before.replace("\n50\n", "\nfifty\n")).lines
    assert shown == ["@@ line 49 @@", "  48", "  49", "- 50", "+ fifty", "  51", "  52"]


def test_nothing_changed_is_an_empty_diff():
    assert diff("a\nb  \n", "a\nb").markdown == ""


def test_a_fence_in_the_text_does_not_end_the_diffs_own():
    shown = diff("a", "```\nx\n```").markdown
    assert shown.startswith("````diff\n")
    assert shown.endswith("\n````")


def test_typed_outputs_are_compared_field_by_field():
    before = {"ticker": "VCB", "score": {"value": 1}, "tags": ["a", "b"], "gone": None}
    after = {"ticker": "FPT", "score": {"value": 1, "new": True}, "tags": ["a"]}
    assert diff(before, after).lines == [
        "  ticker: VCB -> FPT", "+ score.new: true", "- tags[1]: b", "- gone: null",
    ]  # fmt: skip


def test_a_long_text_inside_a_typed_output_is_compared_by_lines():
    shown = diff({"report": "a\nb\nc"}, {"report": "a\nB\nc"}).lines
    assert shown == ["  report:", "  a", "- b", "+ B", "  c"]


def test_chosen_fields_keep_their_names():
    shown = diff(["VCB", 1], ["FPT", 1], ["signal.ticker", "score"]).lines
    assert shown == ["  signal.ticker: VCB -> FPT"]


def test_what_is_too_much_to_show_is_counted():
    shown = diff("\n".join(["a"] * 1000), "\n".join(["b"] * 1000))
    assert (len(shown.lines), shown.more) == (diffs.SHOWN_LINES, 1880)
    assert shown.text.endswith("… and 1880 more lines")
    assert len(diff("x" * 9_999_999, "y").lines[0]) == 300


def numbers(order):
    return "\n".join(map(str, order))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 100_000, "y\n" * 100_000),
        ("x\ny\n" * 50_000, "y\nx\n" * 50_000),
        (numbers(range(20_000)), numbers(random.Random(6).sample(range(20_000), 20_000))),
        (numbers(range(20_000)), numbers(range(20_000, 0, -1))),
        ("`" * 200_000, "`" * 199_999),
        ({str(n): "x\ny\n" * 150 for n in range(40)}, {str(n): "y\nx\n" * 149 for n in range(40)}),
    ],
    ids=["all alike", "alternating", "shuffled", "reversed", "backticks", "many fields"],
)  # fmt: skip
def test_hostile_texts_cost_a_bounded_number_of_comparisons(before, after, monkeypatch):
    cells = 0
    real = diffs._small_gap

    def counted(old, new):
        nonlocal cells
        cells += (len(old) + 1) * (len(new) + 1)
        return real(old, new)

    monkeypatch.setattr(diffs, "_small_gap", counted)
    assert len(diff(before, after).text) <= diffs.SHOWN_CHARS + 100
    assert cells <= diffs._CELLS


@given(before=LINES, after=LINES)
def test_a_diff_leads_from_one_text_to_the_other(before, after):
    moves = list(diffs._moves(before, after, diffs._Budget()))
    assert [line for mark, line in moves if mark != "+ "] == before
    assert [line for mark, line in moves if mark != "- "] == after


def test_a_diff_without_lines_is_no_markdown():
    assert Diff(lines=[]).markdown == ""
