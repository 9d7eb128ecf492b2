"""Connections that open to judged addresses only, under the adapter of `requests`.

The address is judged where the socket is opened (`notifications.ssrf`), so neither a name
that answers differently the second time nor a redirect can lead inside.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from contextvars import ContextVar
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from notifications.exchange import Exchange, TransportError
from notifications.ssrf import Address, judge, origin_for

_MAX_IDLE_SECONDS = 20.0
"""Receivers and firewalls drop idle connections; what is sent into one may be lost."""
_POOLED_ORIGINS = 100
_POOLED_CONNECTIONS = 16

#: urllib3 has no way to hand it down to the connection that it picks.
exchange_of_this_thread: ContextVar[Exchange] = ContextVar("exchange")


class _GuardedConnection(HTTPConnection):
    """Opens its socket to judged addresses only, and tells the exchange what it does."""

    _used_at = 0.0
    _writes_left = 0

    @property
    def is_connected(self) -> bool:
        is_fresh = time.monotonic() - self._used_at < _MAX_IDLE_SECONDS
        return is_fresh and super().is_connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._used_at = time.monotonic()
        # The head, then the body in one piece.
        self._writes_left = 2 if kwargs.get("body") else 1
        if self.sock is not None:
            exchange_of_this_thread.get().use(self.sock)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange = exchange_of_this_thread.get()
        exchange.check()
        self.sock.settimeout(exchange.seconds_left())
        exchange.began = True
        super().send(data)
        # A receiver that has not got the whole request can do nothing with it.
        self._writes_left -= 1
        exchange.sent = exchange.sent or self._writes_left <= 0

    def _new_conn(self) -> socket.socket:
        exchange = exchange_of_this_thread.get()
        addresses = exchange.resolve(self._dns_host, self.port)
        scheme = "https" if isinstance(self, HTTPSConnection) else "http"
        if origin_for(scheme, self.host, self.port) not in exchange.allowed_origins:
            for address in addresses:
                if reason := judge(address.ip):
                    raise exchange.unsafe(address.ip, reason)
        failure: Exception | None = None
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            sock = socket.socket(address.family, socket.SOCK_STREAM)
            try:
                self._open(sock, address, exchange, share=1 / left)
            except (OSError, TransportError) as error:
                sock.close()
                exchange.check()
                failure = error
            else:
                return sock
        raise exchange.explain(failure)

    def _open(
        self,
        sock: socket.socket,
        address: Address,
        exchange: Exchange,
        *,
        share: float,
    ) -> None:
        """Connect `sock` within a share of the time, so that the next address has some."""
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        exchange.use(sock)
        sock.settimeout(exchange.connect_seconds_left() * share)
        sock.connect(address.sockaddr)
        # A connect that was shut down meanwhile may look like a success.
        exchange.check()
        sock.settimeout(exchange.connect_seconds_left())


class _GuardedTlsConnection(_GuardedConnection, HTTPSConnection):
    pass


class _GuardedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


class GuardedAdapter(HTTPAdapter):
    """The adapter of `requests` with guarded connections and one TLS context for all."""

    def __init__(self, ca_file: str | None) -> None:
        self._tls = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        if ca_file:
            self._tls.load_verify_locations(cafile=ca_file)
        super().__init__(
            pool_connections=_POOLED_ORIGINS, pool_maxsize=_POOLED_CONNECTIONS
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _GuardedPool,
            "https": _GuardedTlsPool,
        }

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the connection its context, which verifies; the base would reload the
        certificates for every connection."""


def _is_not_ours(record: logging.LogRecord) -> bool:
    return exchange_of_this_thread.get(None) is None


# urllib3 logs the path of each request; errors say here all that is to be said.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_is_not_ours)
