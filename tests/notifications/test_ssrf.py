"""Which addresses may be connected to."""

from __future__ import annotations

import socket
import threading

import pytest

from notifications.ssrf import (
    MOST_AT_ONCE,
    UnsafeUrl,
    check_url,
    judge,
    looked_up,
    lookup,
    origin_of,
)

LOOPBACK_SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "①②⑦.⓪.⓪.①",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST",
]


def answer_with(monkeypatch, *ips):
    def getaddrinfo(host, port, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "ip", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_fine(ip):
    assert judge(ip) is None


@pytest.mark.parametrize(
    ("ip", "word"),
    [
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fd00:ec2::254", "private"),
        ("fec0::1", "outside"),
        ("100.64.0.1", "shared"),
        ("100.100.100.200", "shared"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.192", "protocols"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "private"),
        ("203.0.113.1", "private"),
        ("240.0.0.1", "private"),
        ("255.255.255.255", "private"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "multicast"),
        ("3fff::1", "documentation"),
        ("2001:db8::1", "private"),
        ("64:ff9b:1::1", "private"),
        ("::127.0.0.1", "reserved"),
        ("localhost", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_an_address_that_is_not_public_is_refused_with_its_reason(ip, word):
    assert word in (judge(ip) or "")


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::ffff:168.63.129.16", "168.63.129.16"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
        ("64:ff9b::a00:1", "10.0.0.1"),
        ("2002:7f00:1::", "127.0.0.1"),
        ("2002:a00:1::", "10.0.0.1"),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", "127.0.0.1"),
    ],
)
def test_an_address_carried_inside_ipv6_is_unwrapped(ip, inside):
    assert f"{inside} inside IPv6" in (judge(ip) or "")


@pytest.mark.parametrize(
    "ip", ["2002:808:808::", "2001:0:4136:e378:8000:63bf:f7f7:f7f7"]
)
def test_a_tunnel_is_refused_even_to_a_public_address(ip):
    assert "tunnel" in (judge(ip) or "")


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
def test_no_spelling_of_loopback_may_be_saved(host):
    with pytest.raises(UnsafeUrl, match=r"loopback|ASCII") as caught:
        check_url(f"http://{host}:8000/hook", allowed_origins=[])
    assert caught.value.field == "host"


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("", "scheme"),
        ("example.com", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("https://good.example\\@evil.example/", "userinfo"),
        ("https://good.example\\.evil.example/", "host"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://a..b/", "host"),
        ("https://user:pass@example.com/", "userinfo"),
        ("https://example.com:0/", "port"),
        ("https://example.com:/", "port"),
        ("https://example.com:70000/", "url"),
        ("https://[::1/", "url"),
        ("https://exam\tple.com/", "url"),
        ("https://example.com/a b", "url"),
        ("https://example.com/\r\nHost: x", "url"),
    ],
)
def test_a_malformed_url_is_refused_naming_the_part_at_fault(url, field):
    with pytest.raises(UnsafeUrl) as caught:
        check_url(url, allowed_origins=[])
    assert caught.value.field == field


def test_a_name_that_resolves_to_a_private_address_may_not_be_saved(monkeypatch):
    answer_with(monkeypatch, "8.8.8.8", "10.0.0.7")
    with pytest.raises(UnsafeUrl, match=r"10\.0\.0\.7"):
        check_url("https://inside.example/", allowed_origins=[])


def test_a_name_that_resolves_to_public_addresses_may_be_saved(monkeypatch):
    answer_with(monkeypatch, "8.8.8.8", "1.1.1.1")
    check_url("https://outside.example/", allowed_origins=[])


def test_a_name_that_does_not_resolve_may_be_saved(monkeypatch):
    def getaddrinfo(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    check_url("https://later.example/", allowed_origins=[])


def test_a_name_server_that_hangs_does_not_hold_up_saving(monkeypatch):
    release = threading.Event()

    def getaddrinfo(*args, **kwargs):
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("notifications.ssrf.LOOKUP_SECONDS", 0.05)
    check_url("https://slow.example/", allowed_origins=[])
    release.set()


def test_an_allowed_origin_may_be_saved_in_any_writing():
    for url in ("http://localhost/x", "http://LOCALHOST:80/x", "http://localhost.:80"):
        check_url(url, allowed_origins=["http://localhost"])


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8001/", "https://localhost:8000/", "http://127.0.0.1:8000/"],
)
def test_another_port_scheme_or_host_than_the_allowed_one_is_refused(url):
    with pytest.raises(UnsafeUrl):
        check_url(url, allowed_origins=["http://localhost:8000"])


def test_a_refusal_says_nothing_of_path_and_query():
    with pytest.raises(UnsafeUrl) as caught:
        check_url("http://127.0.0.1/bot123:token?key=secret", allowed_origins=[])
    assert "token" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_name_that_is_not_ascii_is_refused_for_it_could_be_read_in_two_ways():
    with pytest.raises(UnsafeUrl, match="xn--"):
        check_url("https://busineß.com/x", allowed_origins=["https://business.com"])


def test_an_origin_is_written_in_one_way():
    assert origin_of("HTTPS://Books.Example/x?y") == "https://books.example:443"
    assert origin_of("http://[::1]/") == "http://[::1]:80"


def test_a_lookup_that_nobody_waits_for_ends_quietly(monkeypatch):
    release = threading.Event()

    def getaddrinfo(*args, **kwargs):
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    pending = lookup("slow.example", 80)
    thread = next(t for t in threading.enumerate() if t.name == "dns" and t.is_alive())
    assert pending.cancel()
    release.set()
    thread.join(5)
    assert not thread.is_alive()


def test_of_thousands_of_names_only_some_are_looked_up_at_once(monkeypatch):
    release, begun = threading.Event(), []

    def getaddrinfo(host, *args, **kwargs):
        begun.append(host)
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("notifications.ssrf.LOOKUP_SECONDS", 0.05)
    with looked_up(f"https://h{n}.example/" for n in range(2000)):
        assert len(begun) <= MOST_AT_ONCE
        for n in range(2000):  # no answer in time: the sender judges again
            check_url(f"https://h{n}.example/", allowed_origins=[])
    release.set()
