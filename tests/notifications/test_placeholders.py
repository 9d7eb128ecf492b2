from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.placeholders import (
    PlaceholderError,
    names,
    render,
    render_tree,
    validate,
)
from signals.sanitise import JSON


def test_a_placeholder_is_replaced_by_its_variable():
    assert render("Hello {{name}}, {{ name }}!", {"name": "An"}) == "Hello An, An!"


def test_an_unknown_name_becomes_empty():
    assert render("[{{nothing}}]", {}) == "[]"


def test_none_becomes_empty():
    assert render("[{{a}}]", {"a": None}) == "[]"


def test_other_values_become_json_inside_a_text():
    variables = {"a": True, "b": 1.5, "c": {"k": ["ơ"]}}
    assert render("{{a}} {{b}} {{c}}", variables) == 'true 1.5 {"k": ["ơ"]}'


def test_a_placeholder_inside_a_value_stays_text():
    assert render("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


def test_two_values_cannot_join_into_a_placeholder():
    assert render("{{a}}{{c}}", {"a": "{{b", "c": "}}", "b": "secret"}) == "{{b}}"


def test_what_is_no_placeholder_stays():
    assert render("{{ {{a.b}} {{}} }}", {"a": "x"}) == "{{ {{a.b}} {{}} }}"


def test_a_name_may_hold_dashes_and_letters_of_any_language():
    assert render("{{event-type}} {{tên}}", {"event-type": "x", "tên": "y"}) == "x y"


def test_only_string_values_of_a_tree_are_filled():
    tree: JSON = {"{{a}}": ["{{a}}!", 1, None, {"x": "{{a}}"}]}
    assert render_tree(tree, {"a": "v"}) == {"{{a}}": ["v!", 1, None, {"x": "v"}]}


def test_a_string_that_is_one_placeholder_keeps_the_type_of_its_value():
    tree: JSON = {"score": "{{score}}", "text": "score {{score}}", "list": "{{tags}}"}
    assert render_tree(tree, {"score": 7, "tags": ["a"]}) == {
        "score": 7,
        "text": "score 7",
        "list": ["a"],
    }


def test_an_unknown_name_alone_in_its_string_becomes_empty_text():
    assert render_tree({"a": "{{x}}"}, {}) == {"a": ""}


def test_the_template_itself_is_not_changed():
    tree: JSON = {"a": ["{{x}}"]}
    render_tree(tree, {"x": "y"})
    assert tree == {"a": ["{{x}}"]}


def test_the_names_of_a_tree_are_found():
    assert names({"a": "{{x}} {{y}}", "b": [{"c": "{{ x }}"}]}) == {"x", "y"}


@pytest.mark.parametrize(
    ("template", "problem", "position"),
    [
        ("ab {{name", "never closed", 3),
        ("{{}}", "a name is missing", 0),
        ("{{  }}", "a name is missing", 0),
        ("x {{a.b}}", "no access to parts", 2),
        ("{{a b}}", "a name is made of", 0),
        ("{{1x}}", "a name is made of", 0),
        ("{{{x}}}", "a name is made of", 0),
        ("{{ok}} {{a|upper}}", "a name is made of", 7),
    ],
)
def test_a_bad_placeholder_is_named_with_its_position(template, problem, position):
    with pytest.raises(PlaceholderError, match=problem) as caught:
        validate(template)
    assert caught.value.position == position
    assert caught.value.fragment in template


def test_a_bad_placeholder_deep_in_a_tree_is_named_with_its_path():
    with pytest.raises(PlaceholderError, match=r"blocks\[1\]\.text"):
        validate({"blocks": [{"text": "fine {{a}}"}, {"text": "{{a.b}}"}]})


def test_a_placeholder_in_a_key_is_refused():
    with pytest.raises(PlaceholderError, match="in values only"):
        validate({"a": {"{{x}}": 1}})


def test_sound_templates_pass():
    validate("no placeholder, {one} brace, }} and {{ two }}")
    validate({"a": ["{{x}}", 1, None, True]})
    validate(None)


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(PlaceholderError, match=r"unknown name; there are: date, name"):
        validate("{{nam}}", allowed={"name", "date"})


def test_an_allowed_name_passes():
    validate("{{name}}", allowed={"name"})


TEXT = st.text(st.sampled_from('ab{}" \\\n,:') | st.characters(codec="utf-8"))
VARIABLES = st.dictionaries(st.sampled_from(["a", "b", "c"]), TEXT)
TREES = st.recursive(
    TEXT | st.sampled_from(["{{a}}", "x {{b}} {{c}}", "{{a}}{{b}}"]) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(st.lists(st.sampled_from(["{{a}}", "{{b}}", " text "])), VARIABLES)
def test_values_are_put_in_exactly_once_and_never_read_again(pieces, variables):
    expected = "".join(
        piece if piece == " text " else variables.get(piece.strip("{}"), "")
        for piece in pieces
    )
    assert render("".join(pieces), variables) == expected


@given(TREES, VARIABLES)
def test_a_filled_tree_is_json_of_the_same_shape(tree, variables):
    filled = render_tree(tree, variables)
    assert json.loads(json.dumps(filled)) == filled
    assert _shape(filled) == _shape(tree)


def _shape(tree):
    if isinstance(tree, dict):
        return {key: _shape(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_shape(item) for item in tree]
    return type(tree)


@given(TEXT)
def test_a_text_that_validates_has_no_braces_left_when_filled(template):
    try:
        validate(template)
    except PlaceholderError:
        return
    assert "{{" not in render(template, {})


def test_a_template_that_would_multiply_a_large_value_is_refused():
    with pytest.raises(PlaceholderError, match="more than 50"):
        validate({"rows": ["{{content}}"] * 51})
    validate({"rows": ["{{content}}"] * 50})
