"""Addresses, signatures and bodies of triggers, by themselves."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest

from scheduling.interop.trigger.addresses import (
    client_address,
    is_within,
    read_address,
    read_networks,
)
from scheduling.interop.trigger.asked import BadBody, BadValue, read_asked
from scheduling.interop.trigger.signature import (
    BadSignature,
    check_signature,
    check_stamp,
    sign,
)

PROXIES = read_networks(("10.0.0.0/8", "2001:db8:ffff::/48"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7:4711 ", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read_as_servers_and_proxies_write_it(text, address):
    assert read_address(text) == ip_address(address)


@pytest.mark.parametrize(
    "text", ["", "unknown", "_hidden", "192.0.2.300", "[2001:db8::1]x", "192.0.2.7:port", "1", "010.0.0.1"]
)  # fmt: skip
def test_what_is_no_address_is_none(text):
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),  # no proxy of ours: not believed
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (
            "10.0.0.1",
            "198.51.100.1, 203.0.113.9",
            "203.0.113.9",
        ),  # the left may be forged
        ("10.0.0.1", "203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("::ffff:10.0.0.1", "203.0.113.9:80", "203.0.113.9"),
        ("2001:db8:ffff::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("10.0.0.1", "203.0.113.9, unknown", None),
        ("10.0.0.1", "203.0.113.9, , ", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.2," * 40_000 + "10.0.0.3", None),  # too many to follow
        ("", "203.0.113.9", None),
    ],
)
def test_the_client_is_whom_the_trusted_proxies_name(remote, forwarded, client):
    found = client_address(remote, forwarded, PROXIES)
    assert found == (ip_address(client) if client else None)


def test_a_network_that_is_none_lets_nobody_in():
    assert read_networks(("10.0.0.0/33", "localhost", "")) == ()
    assert not is_within(ip_address("10.0.0.1"), ())


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b'{"user_id":"u1"}', "e767098cb8b47c4e49df98f7383e9651dedab8c69ef44c8d3b5221d50ffd2fd9"),
        (b"", "7b8a0d9a500c9eacc4c3a0564b1f65e26c26f2ee458a32481dd490ff3edf844b"),
    ],
)  # fmt: skip
def test_the_vectors_of_the_contract_hold(body, signature):
    assert sign("s3cret", "1705309200", body) == signature
    for given in (signature, f"sha256={signature}", signature.upper()):
        check_signature(given, "1705309200", body, ["other", "s3cret"])  # or it raises


@pytest.mark.parametrize("given", ["", "0" * 64, "é", "sha256=", "\ud800"])
def test_another_signature_does_not_hold(given):
    with pytest.raises(BadSignature, match="Invalid signature"):
        check_signature(given, "1705309200", b"", ["s3cret"])


@pytest.mark.parametrize(
    ("signature", "stamp", "said"),
    [
        ("", "1000", "Missing signature"),
        ("x", "", "Missing timestamp"),
        ("x", "soon", "Invalid timestamp"),
        ("x", "1000.5", "Invalid timestamp"),
        ("x", "-1000", "Invalid timestamp"),
        ("x", "٣٣٣", "Invalid timestamp"),
        ("x", "9" * 5000, "Invalid timestamp"),
        ("x", "699", "Timestamp expired"),
        ("x", "1301", "Timestamp expired"),
    ],
)
def test_a_stamp_is_refused_for_what_is_wrong_with_it(signature, stamp, said):
    with pytest.raises(BadSignature, match=said):
        check_stamp(signature, stamp, now=1000.0)


@pytest.mark.parametrize("stamp", ["700", "1000", "1300"])
def test_a_stamp_may_be_five_minutes_off(stamp):
    check_stamp("x", stamp, now=1000.0)


def test_a_signature_counts_until_its_stamp_does():
    found = check_signature(sign("s", "1000", b""), "1000", b"", ["s"])
    assert found.expires_at.timestamp() == 1301
    assert found.digest("a") != found.digest("b")


@pytest.mark.parametrize(
    ("query", "body", "waits"),
    [
        ({}, b"", False),
        ({"async": "false"}, b"", True),
        ({"async": "0"}, b"", True),
        ({"async": "YES"}, b"", False),
        ({"async": "on"}, b'{"async_execution": false}', False),
        ({}, b'{"async_execution": false}', True),
        ({}, b'{"async_execution": true}', False),
    ],
)
def test_it_waits_for_the_result_where_that_is_asked_for(query, body, waits):
    assert read_asked(body, query, 60.0).wait is waits


def test_the_inputs_go_to_the_run_and_else_all_but_the_controls():
    body = {"user_id": 5, "inputs": {"ticker": "VCB"}, "other": 1}
    asked = read_asked(json.dumps(body).encode(), {}, 60.0)
    assert (asked.payload, asked.user_id) == ({"ticker": "VCB"}, "5")
    asked = read_asked(b'{"user_id": "u", "action": "opened"}', {}, 60.0)
    assert asked.payload == {"action": "opened"}


def test_nobody_waits_longer_than_the_setting_says():
    seconds = [read_asked(b"", {"timeout": each}, 60.0).seconds for each in ("1.5", "9e9", "inf")]  # fmt: skip
    assert seconds == [1.5, 60.0, 60.0]


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"1", b'"x"', b"null", b"\xff", b"\xef\xbb\xbf{}", b'{"a": NaN}', b'{"a": Infinity}',
        b'{"a": ' + b"9" * 6000 + b"}", b'{"a":' * 60_000, b"[" * 200_000,
        b'{"a":' * 100 + b"1" + b"}" * 100, b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(body):
    with pytest.raises(BadBody):
        read_asked(body, {}, 60.0)


@pytest.mark.parametrize(
    ("query", "body", "named"),
    [
        ({"async": "maybe"}, b"", "async: 'maybe'"),
        ({"timeout": "soon"}, b"", "timeout: 'soon'"),
        ({"timeout": "nan"}, b"", "timeout: 'nan'"),
        ({"timeout": "0"}, b"", "timeout: '0'"),
        ({}, b'{"async_execution": "no"}', "async_execution"),
        ({}, b'{"user_id": ["5"]}', "user_id"),
        ({}, b'{"user_id": true}', "user_id"),
        ({}, b'{"text": "' + b"x" * 70_000 + b'"}', "inputs: 7"),
    ],
)
def test_a_value_that_cannot_be_is_named(query, body, named):
    with pytest.raises(BadValue, match=named):
        read_asked(body, query, 60.0)
