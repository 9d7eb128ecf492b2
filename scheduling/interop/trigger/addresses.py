"""Which address a request comes from, and whether that is one of those named. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS = 50
"""Proxies of one request that are looked at."""
_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?|([^:\[\]]+)(?::\d{1,5})?")


def client_address(
    remote: str, forwarded: str, proxies: Iterable[Network]
) -> Address | None:
    """Who asks: `remote`, or, where that is a trusted proxy, whom the proxies name.

    That is the rightmost address of `X-Forwarded-For` which is no trusted proxy itself: what
    stands left of it anybody may have written. None: it cannot be told.
    """
    trusted = tuple(proxies)
    here = read_address(remote)
    hops = [each for each in forwarded.rsplit(",", MOST_HOPS) if each.strip()]
    while here is not None and hops and is_within(here, trusted):
        here = read_address(hops.pop())
    return here


def read_address(text: str) -> Address | None:
    """Return the address in `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.

    An IPv4 address that is mapped into IPv6 is the IPv4 address. None: there is none.
    """
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def counted_as(address: Address) -> Address | Network:
    """Return by what requests are counted: of IPv6 the /64, in which one machine has every address."""
    if isinstance(address, IPv4Address):
        return address
    return ip_network((address, 64), strict=False)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks holds it."""
    return any(address in each for each in networks)


@lru_cache(maxsize=8)
def read_networks(words: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the addresses and networks that are named; what names none is left out."""
    found = (read_network(each) for each in words)
    return tuple(each for each in found if each is not None)


def read_network(word: str) -> Network | None:
    """Return `10.0.0.0/8`, or an address as a network of its own. None: it is neither."""
    try:
        return ip_network(word, strict=False)
    except ValueError:
        return None
