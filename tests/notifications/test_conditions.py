"""Conditions: what may be asked, and that nobody's expression can hold up a transaction."""

from __future__ import annotations

import pytest

from notifications.conditions import ConditionError, check, find, holds, is_true


@pytest.mark.parametrize(
    "expression",
    ["score > `0.7`", "signals[?action=='buy'] | length(@) > `0`", "contains(['a', 'b'], action)", "a" + ".a" * 400],
)  # fmt: skip
def test_what_is_jmespath_may_be_asked(expression):
    check(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "is empty"),
        ("score >", "'the end' at position 7"),
        ("a b", "'b' at position 2"),
        ("sum_of(a)", r"sum_of\(\): no such function; there are: abs"),
        ("length(a, b)", r"length\(\) takes 1 values, not 2"),
        ("x" * 1001, "Has 1001 characters; at most 1000"),
        ("!" * 900 + "a", "nested too deeply"),
        ("[@,@][]|" * 30 + "@", "copy what they are given 1073741824 times; at most 16"),
    ],
)  # fmt: skip
def test_what_is_wrong_says_where_and_why(expression, says):
    with pytest.raises(ConditionError, match=says):
        check(expression)


@pytest.mark.parametrize(
    ("expression", "data", "held"),
    [
        ("score > `0.7`", {"score": 0.9}, True),
        ("missing", {}, False),
        ("length(score) > `1`", {"score": 1}, False),
        ("zero", {"zero": 0}, True),
        ("empty", {"empty": []}, False),
        ("text", {"text": ""}, False),
        ("a == 'x' && !b", {"a": "x"}, True),
    ],
)
def test_it_holds_by_jmespaths_own_idea_of_true(expression, data, held):
    assert holds(expression, data) is held


def test_the_value_that_is_found_may_be_anything():
    assert find("a.b", {"a": {"b": [1]}}) == [1]
    assert is_true(0) and not is_true(False)  # noqa: PT018 -- one idea


def test_no_text_is_multiplied_by_a_list():
    data = {"long": "x" * 10_000, "many": ["a"] * 10_000}
    with pytest.raises(ConditionError, match="too long a text"):
        find("join(long, many)", data)


def test_a_long_expression_is_not_asked_about_a_million_values():
    many = [0] * 1_000_000
    assert find("length(@)", many) == len(many)
    with pytest.raises(ConditionError, match="too many values"):
        find("map(&to_string(@), @) | " * 20 + "length(@)", many)


def test_no_text_doubles_with_each_list_it_is_put_in():
    expression = "@"
    for _ in range(70):
        expression = f"to_string([{expression}])"
    with pytest.raises(ConditionError, match="too long a text"):
        find(expression, '"')


@pytest.mark.parametrize("expression", ["[::0]", "ceil(`NaN`)", "floor(`Infinity`)"])
def test_what_python_refuses_to_compute_does_not_hold(expression):
    assert holds(expression, [1]) is False
