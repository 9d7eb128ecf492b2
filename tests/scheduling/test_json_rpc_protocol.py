"""JSON-RPC 2.0, with every example of its specification (section 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduling.interop.json_rpc import MOST_IN_BATCH, Request, answer, checked


class Subtract(Request):
    minuend: int
    subtrahend: int


NOTIFIED: list[Any] = []
METHODS: dict[str, Any] = {
    "subtract": checked(Subtract, lambda _, given: given.minuend - given.subtrahend),
    "sum": lambda _, numbers: sum(numbers),
    "get_data": lambda _, __: ["hello", 5],
    "update": lambda _, params: NOTIFIED.append(params),
    "notify_hello": lambda _, params: NOTIFIED.append(params),
    "notify_sum": lambda _, params: NOTIFIED.append(params),
    "breaks": lambda _, __: 1 // 0,
}
PARSE = {"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": None}  # fmt: skip
INVALID = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}  # fmt: skip


def ask(text: str | bytes) -> Any:
    """What is answered, without the data of errors, which the examples leave out."""
    body = text if isinstance(text, bytes) else text.encode()
    found = json.loads(json.dumps(answer(body, METHODS, None)))
    for each in found if isinstance(found, list) else [found or {}]:
        each.get("error", {}).pop("data", None)
    return found


EXAMPLES: list[tuple[str, Any]] = [
    (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
        {"jsonrpc": "2.0", "result": 19, "id": 1},
    ),
    (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
        {"jsonrpc": "2.0", "result": -19, "id": 2},
    ),
    (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
        {"jsonrpc": "2.0", "result": 19, "id": 3},
    ),
    (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
        {"jsonrpc": "2.0", "result": 19, "id": 4},
    ),
    ('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None),
    ('{"jsonrpc": "2.0", "method": "foobar"}', None),
    (
        '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
        {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"},
    ),
    ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', PARSE),
    ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID),
    (
        ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
        ' {"jsonrpc": "2.0", "method"]'),
        PARSE,
    ),
    ("[]", INVALID),
    ("[1]", [INVALID]),
    ("[1,2,3]", [INVALID, INVALID, INVALID]),
    (
        ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
        ' {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},'
        ' {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},'
        ' {"foo": "boo"},'
        ' {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},'
        ' {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]'),
        [
            {"jsonrpc": "2.0", "result": 7, "id": "1"},
            {"jsonrpc": "2.0", "result": 19, "id": "2"},
            INVALID,
            {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "5"},
            {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"},
        ],
    ),
    (
        ('[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},'
        ' {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]'),
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "expected"), EXAMPLES)
def test_the_examples_of_the_specification_are_answered_as_it_says(request_, expected):
    assert ask(request_) == expected


def test_a_notification_is_carried_out():
    NOTIFIED.clear()
    ask('{"jsonrpc": "2.0", "method": "update", "params": [1, 2]}')
    assert NOTIFIED == [[1, 2]]


def test_a_request_whose_id_is_null_is_answered():
    found = ask('{"jsonrpc": "2.0", "method": "get_data", "id": null}')
    assert found == {"jsonrpc": "2.0", "result": ["hello", 5], "id": None}


@pytest.mark.parametrize("call_id", ["true", "[1]", "{}"])
def test_an_id_is_a_text_a_number_or_null(call_id):
    said = f'{{"jsonrpc": "2.0", "method": "get_data", "id": {call_id}}}'
    assert ask(said) == INVALID


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b"1" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_that_can_be_held_is_a_parse_error(text):
    assert ask(text) == PARSE


@pytest.mark.parametrize(
    "params", ["[" * 200 + "]" * 200, r'["a\u0000b"]', r'["\ud800"]', "[" + "9" * 1000 + "]"]
)  # fmt: skip
def test_params_that_no_database_could_hold_are_an_invalid_request(params):
    said = f'{{"jsonrpc": "2.0", "method": "sum", "params": {params}, "id": 1}}'
    assert ask(said)["error"]["code"] == -32600


def test_a_batch_that_is_too_long_is_refused_whole():
    one = '{"jsonrpc": "2.0", "method": "update"}'
    NOTIFIED.clear()
    assert ask(f"[{','.join([one] * (MOST_IN_BATCH + 1))}]") == INVALID
    assert NOTIFIED == []


def test_a_fault_of_a_method_is_an_internal_error_that_tells_nothing():
    found = ask('{"jsonrpc": "2.0", "method": "breaks", "id": 1}')
    assert found["error"] == {"code": -32603, "message": "Internal error"}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("{}", "minuend is required"),
        ('{"minuend": 1, "subtrahend": 2, "x": 3}', "x is unknown; known are minuend, subtrahend"),
        ("[1, 2, 3]", "3 params given; at most 2: minuend, subtrahend"),
        ('["a", 1]', "minuend: Input should be a valid integer, unable to parse string as an integer, not 'a'"),
    ],
)  # fmt: skip
def test_params_that_do_not_fit_are_named(params, message):
    said = f'{{"jsonrpc": "2.0", "method": "subtract", "params": {params}, "id": 1}}'
    assert ask(said)["error"] == {"code": -32602, "message": message}
