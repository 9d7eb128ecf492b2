"""The text of a task file as values with their lines."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.interop.documents import MAX_BYTES, BadFile, decode, read_documents
from scheduling.interop.formats.backbeat_text import dumped

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner),
    max_leaves=12,
)  # fmt: skip


def read(text: str) -> Any:
    documents, faults = read_documents(text)
    assert not faults, faults
    return documents[0].value


def faults(text: str) -> list[tuple[str, int]]:
    return [(note.path, note.line) for note in read_documents(text)[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("07:00", "07:00"),
        ("2027-01-01", "2027-01-01"),
        ("yes", "yes"),
        ("on", "on"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("12", 12),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("9e999", "9e999"),
        ("!!str 12", "12"),
        ('"12"', "12"),
    ],
)
def test_words_are_what_yaml_1_2_says(written, value):
    assert read(f"a: {written}") == {"a": value}


@given(JSON)
def test_what_is_written_is_read_as_the_same(value):
    documents, found = read_documents(dumped({"value": value}))
    assert not found
    assert documents[0].value == {"value": value}


@given(JSON)
def test_json_is_read_as_json(value):
    for text in (
        json.dumps({"value": value}),
        json.dumps({"value": value}, indent="\t"),
    ):
        with contextlib.suppress(BadFile):  # a key beyond 1024 characters, DEL
            documents, found = read_documents(text)
            assert not found
            assert documents[0].value == {"value": value}


@given(st.text())
def test_no_text_is_more_than_a_bad_file(text):
    with contextlib.suppress(BadFile):
        read_documents(text)


def test_pairs_in_json_are_one_character_and_lone_ones_are_marked():
    assert read(r'{"a": "\ud83d\ude00", "b": "\udc00!", "c": "\\ud83d"}') == {
        "a": "😀", "b": "\N{REPLACEMENT CHARACTER}!", "c": "\\ud83d",
    }  # fmt: skip


def test_paths_have_their_lines():
    document = read_documents("tasks:\n- name: a\n\n- name: b\n  tags: [x,\n   y]\n")[
        0
    ][0]
    assert document.line_of("tasks[1].name") == 4
    assert document.line_of("tasks[1].tags[1]") == 6
    assert document.line_of("tasks[1].unknown") == 4


def test_several_documents_are_read_and_empty_ones_left_out():
    assert [each.value for each in read_documents("a: 1\n---\n---\nb: 2")[0]] == [{"a": 1}, {"b": 2}]  # fmt: skip


def test_a_key_that_stands_there_twice_is_a_fault():
    assert faults("a: 1\nb: 2\na: 3") == [("a", 3)]


def test_a_key_that_is_no_text_is_a_fault():
    assert faults("a: 1\n1: x\nnull: y\n[a]: z") == [("(1)", 2), ("(None)", 3), ("(['a'])", 4)]  # fmt: skip


def test_a_tag_and_an_unknown_alias_are_faults():
    assert faults("a: !!python/name:os.system x\nb: *nowhere") == [("a", 1), ("b", 2)]


def test_keys_are_merged_as_pyyaml_does():
    assert read("x: &a {p: 1, q: 1}\ny:\n  <<: *a\n  q: 2") == {
        "x": {"p": 1, "q": 1}, "y": {"p": 1, "q": 2},
    }  # fmt: skip


def test_nul_is_left_out():
    assert read('a: "x\\0y"') == {"a": "xy"}


def test_a_syntax_error_names_line_and_column():
    with pytest.raises(BadFile, match="column 4") as refused:
        read_documents("a: [1,\nb: }")
    assert refused.value.line == 2


def test_nesting_size_and_unfolding_are_bounded():
    ladder = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    for text in ("[" * 100_000, '{"a":' * 100_000, ladder, "x" * (MAX_BYTES + 1)):
        with pytest.raises(BadFile):
            read_documents(text)


def test_a_file_is_utf_8_with_or_without_its_mark():
    assert decode(b"\xef\xbb\xbfa: 1") == "a: 1"
    with pytest.raises(BadFile, match="UTF-8") as refused:
        decode(b"a: 1\nb: \xff")
    assert refused.value.line == 2


def test_a_tab_in_yaml_is_called_one():
    with pytest.raises(BadFile, match="a tab stands there; YAML is indented with spaces") as refused:  # fmt: skip
        read_documents("a:\n\tb: 1\n")
    assert refused.value.line == 2
