"""Which addresses this server may be asked to connect to.

Whoever may enter a URL can make the server connect to it, also to its own loopback, its
neighbours and the cloud's metadata service. Strings are no guide to where a URL leads
(`0x7f.1`, `2130706433` and `①②⑦.⓪.⓪.①` are all 127.0.0.1, and a name can answer
differently tomorrow), so addresses are judged after resolution: here when a webhook is
saved, and again in `notifications.transport` for the address that is really connected.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, InvalidStateError, wait
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pages.sentence import Sentence

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOKUP_SECONDS = 3.0
"""How long saving a webhook waits for the name server."""
MOST_AT_ONCE = 50
"""Names that are looked up at the same time: each has a thread."""

_IPv4 = ipaddress.IPv4Address
_IPv6 = ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What `is_global` of some Python 3.11 and 3.12 releases lets through.
_NOT_PUBLIC = {
    ipaddress.ip_network(network): reason
    for network, reason in {
        "168.63.129.16/32": Sentence("a cloud's metadata address"),
        "100.64.0.0/10": Sentence("in the carrier's shared range"),
        "192.0.0.0/24": Sentence("reserved for protocols"),
        "192.88.99.0/24": Sentence("a 6to4 relay"),
        "2001::/32": Sentence("a Teredo tunnel"),
        "2001:20::/28": Sentence("an identifier, not a place"),
        "2002::/16": Sentence("a 6to4 tunnel"),
        "3fff::/20": Sentence("reserved for documentation"),
    }.items()
}


class UnsafeUrl(ValueError):
    """A URL that must not be saved. `field` is the part at fault: url, scheme, host ..."""

    def __init__(self, field: str, reason: str) -> None:
        self.sentence = Sentence("%(field)s: %(reason)s", field=field, reason=reason)
        super().__init__(self.sentence)
        self.field = field
        self.reason = reason


class Address(NamedTuple):
    """One answer of the resolver; `sockaddr` is what `socket.connect` takes."""

    family: socket.AddressFamily
    sockaddr: Any

    @property
    def ip(self) -> str:
        return str(self.sockaddr[0])


_KNOWN: ContextVar[Mapping[tuple[str, int], Future[list[Address]]]] = ContextVar(
    "looked_up", default=MappingProxyType({})
)


def judge(ip: str) -> str | None:
    """Return why `ip` must not be connected to, or None when it is a public address.

    An IPv4 address carried inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is judged as
    well: a gateway would unwrap it. Tunnels are refused whatever they carry.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return Sentence("not an IP address")
    if isinstance(address, _IPv4):
        return _judge_either(address)
    inner = _carried_by(address)
    if inner is not None and (reason := _judge_either(inner)):
        return Sentence(
            "%(reason)s (%(inner)s inside IPv6)", reason=reason, inner=inner
        )
    if address.ipv4_mapped or address in _NAT64:
        return None
    return _judge_either(address)


def check_url(
    url: str,
    *,
    allowed_origins: Collection[str],
    setting: str = "NOTIFICATIONS_ALLOWED_ORIGINS",
    by_name: bool = True,
) -> None:
    """Raise `UnsafeUrl` unless `url` may be saved as a place to send to.

    A name that does not resolve just now passes: the sender judges again. An origin in
    `allowed_origins` (`http://localhost:8000`) passes whatever its address is; `setting` is
    where they come from, as a refusal names it. Not `by_name`: no name is looked up, because this
    URL was judged when it was written. Messages hold no more of the URL than its
    host, as path and query may be secrets.
    """
    scheme, host, port = _split(url)
    origin = origin_for(scheme, host, port)
    if origin in {origin_of(allowed) for allowed in allowed_origins}:
        return
    if not by_name and not _is_literal(host):
        return
    known = _KNOWN.get().get((host, port))
    try:
        # What was asked for at once was waited for at once, too.
        addresses = known.result(0) if known else lookup(host, port).result(LOOKUP_SECONDS)  # fmt: skip
    except OSError:  # no answer, or none in time
        return
    except ValueError:
        raise UnsafeUrl(
            "host", Sentence("%(host)r is not a valid host name", host=host[:80])
        ) from None
    for address in addresses:
        if reason := judge(address.ip):
            raise UnsafeUrl(
                "host",
                Sentence(
                    "%(host)s leads to %(ip)s, which is %(reason)s; use a public address, "
                    "or have %(origin)s added to %(setting)s",
                    host=host,
                    ip=address.ip,
                    reason=reason,
                    origin=origin,
                    setting=setting,
                ),
            )


@contextlib.contextmanager
def looked_up(urls: Iterable[str]) -> Iterator[None]:
    """Look the hosts of these up now, many at once; inside, `check_url` waits for none of them.

    For what checks URLs in a transaction: name servers may take `LOOKUP_SECONDS` for each.
    """
    places = [*{place for url in urls if (place := _place_of(url))}]
    asked: dict[tuple[str, int], Future[list[Address]]] = {}
    end = time.monotonic() + LOOKUP_SECONDS
    for start in range(0, len(places), MOST_AT_ONCE):
        some, left = places[start : start + MOST_AT_ONCE], end - time.monotonic()
        # Whose turn does not come in time has no answer in time.
        asked |= {place: lookup(*place) if left > 0 else Future() for place in some}
        wait([asked[place] for place in some], timeout=max(left, 0))
    token = _KNOWN.set(asked)
    try:
        yield
    finally:
        _KNOWN.reset(token)


def _place_of(url: str) -> tuple[str, int] | None:
    try:
        return _split(url)[1:]
    except UnsafeUrl:  # said where it is checked
        return None


def origin_of(url: str) -> str:
    """Return `scheme://host:port` of `url`, lower-case and always with the port.

    Raises `UnsafeUrl` for anything but http(s) to a host without user and password.
    """
    return origin_for(*_split(url))


def safe_origin(url: str) -> str:
    """Return `origin_of(url)`, or "" for a URL that has none."""
    try:
        return origin_of(url)
    except UnsafeUrl:
        return ""


def origin_for(scheme: str, host: str, port: int) -> str:
    """Return `scheme://host:port`; international names become ASCII."""
    host = host.lower().rstrip(".")
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def lookup(host: str, port: int) -> Future[list[Address]]:
    """Resolve `host` and return the answers as a future, which the caller may cancel.

    It ends in `OSError` when there is no answer and in `ValueError` for an impossible name.
    The resolver takes no time limit, so a name is looked up in a thread of its own, left
    behind when it takes too long. A literal address in any spelling is answered at once.
    """
    future: Future[list[Address]] = Future()
    if _is_literal(host):
        _resolve(host, port, future)
    else:
        threading.Thread(
            target=_resolve, args=(host, port, future), name="dns", daemon=True
        ).start()
    return future


def _judge_either(address: _IPv4 | _IPv6) -> str | None:
    for network, reason in _NOT_PUBLIC.items():
        if address in network:
            return reason
    for reason, holds in (
        (Sentence("unspecified"), address.is_unspecified),
        (Sentence("loopback"), address.is_loopback),
        (
            Sentence("link-local, where clouds keep their metadata"),
            address.is_link_local,
        ),
        (Sentence("multicast"), address.is_multicast),
        (Sentence("private or reserved"), not address.is_global or address.is_reserved),
        (
            Sentence("outside the routed range"),
            address.version == 6 and not _is_routed(address),
        ),
    ):
        if holds:
            return reason
    return None


def _is_routed(address: _IPv4 | _IPv6) -> bool:
    return address in _GLOBAL_UNICAST


def _carried_by(address: _IPv6) -> _IPv4 | None:
    if address in _NAT64:
        return _IPv4(int(address) & 0xFFFF_FFFF)
    return (
        address.ipv4_mapped
        or address.sixtofour
        or (address.teredo[1] if address.teredo else None)
    )


def _split(url: str) -> tuple[str, str, int]:
    parts, port = _parsed(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise UnsafeUrl(
            "scheme",
            Sentence("%(scheme)r must be http or https", scheme=parts.scheme[:20]),
        )
    if "@" in parts.netloc:
        raise UnsafeUrl("userinfo", Sentence("User and password belong into a header"))
    if not parts.hostname:
        raise UnsafeUrl(
            "host", Sentence("The host is missing: write https://host[:port]/path")
        )
    # Two ways to turn a name into ASCII give two hosts: one is judged, another one asked.
    if not parts.netloc.isascii() or "\\" in parts.netloc or "%" in parts.netloc:
        raise UnsafeUrl(
            "host",
            Sentence(
                "The host must be ASCII without backslash or percent sign: write an "
                "international name as xn--…"
            ),
        )
    if port == 0 or parts.netloc.endswith(":"):
        raise UnsafeUrl("port", Sentence("The port must be a number from 1 to 65535"))
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def _parsed(url: str) -> tuple[SplitResult, int | None]:
    if "://" not in url:
        raise UnsafeUrl(
            "scheme", Sentence("This is no web address: write https://host/path")
        )
    # urlsplit drops tabs and line ends in silence, other parsers do not.
    if any(character <= " " or character == "\x7f" for character in url):
        raise UnsafeUrl(
            "url", Sentence("A space or a control character is in it: encode it")
        )
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise UnsafeUrl(
            "url", Sentence("It cannot be read: write https://host[:port]/path")
        ) from None


def _is_literal(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    try:
        return bool(socket.inet_aton(host))
    except (OSError, ValueError):
        return False


def _resolve(host: str, port: int, future: Future[list[Address]]) -> None:
    # The future is cancelled when nobody waits any more.
    with contextlib.suppress(InvalidStateError):
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError, OverflowError) as error:
            future.set_exception(error)
        else:
            future.set_result([Address(answer[0], answer[4]) for answer in answers])
