"""One HTTP request to a place that somebody else chose, and what came of it.

The address is judged where the socket is opened (`notifications.ssrf`), so neither a name
that answers differently the second time nor a redirect can lead inside. There is no
`requests.Session`: no cookie, proxy variable or .netrc plays a part, only the adapter
with its pooled connections. What comes back is an `Answer` (a 500 and a redirect too) or
a `TransportError`. No message holds more of a URL than its origin, as paths hold tokens.
"""

from __future__ import annotations

import contextlib
import heapq
import http.client
import itertools
import logging
import math
import re
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from notifications.ssrf import (
    Address,
    UnsafeUrl,
    judge,
    lookup,
    origin_for,
    origin_of,
)

_MAX_IDLE_SECONDS = 20.0
"""Receivers and firewalls drop idle connections; what is sent into one may be lost."""
_POOLED_ORIGINS = 100
_POOLED_CONNECTIONS = 16
_METHOD = re.compile(r"[A-Z]+")
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_OWN_HEADERS = frozenset(
    [
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "te",
        "transfer-encoding",
        "upgrade",
    ]
)


# OSError holds those of `socket`, `ssl` and `requests`.
_BROKEN = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the receiver said; any status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """As sent, never decompressed; `truncated` when there was more than the limit."""
    truncated: bool
    elapsed_ms: int


class TransportError(Exception):
    """There is no answer. `reason` is for people and free of secrets.

    `sent` False means that no byte of the request has left: trying again cannot double
    it. `status` is set when the answer broke off after its status line and headers.
    """

    permanent = False
    """True when the same request can never succeed."""

    def __init__(self, reason: str, *, sent: bool, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.status = status


class InvalidRequest(TransportError):
    """The URL, the method or a header cannot be sent."""

    permanent = True


class UnsafeAddress(TransportError):
    """The host leads to an address that must not be connected to."""

    permanent = True


class ConnectFailed(TransportError):
    """No connection: name unknown, refused, too slow, or TLS failed."""


class AnswerTimeout(TransportError):
    """The time limit passed before the answer was complete."""


class AnswerLost(TransportError):
    """The connection broke, or what came back was not HTTP."""


class CallAborted(TransportError):
    """`Call.abort()` ended it."""


class Call:
    """A handle by which another thread ends a request, or a row of them, at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._aborted = False
        self._exchange: _Exchange | None = None

    def abort(self) -> None:
        """End the request under way, if any, and every later one made with this call."""
        with self._lock:
            self._aborted = True
            if self._exchange:
                self._exchange.stop(CallAborted)

    def attach(self, exchange: _Exchange | None) -> None:
        """Make `exchange` the one that `abort` ends; None when it is over."""
        with self._lock:
            self._exchange = exchange
            if exchange and self._aborted:
                exchange.stop(CallAborted)


class Transport:
    """Sends requests; thread-safe. Make one per process and keep it: connections are reused.

    `allowed_origins` (`http://localhost:8000`) may have any address, all others must be
    public. `connect_timeout` covers name, TCP and TLS, `total_timeout` everything, both
    in seconds. Of an answer at most `max_answer_bytes` are read. `ca_file` holds
    certificates to trust besides the public ones.
    """

    def __init__(
        self,
        *,
        allowed_origins: Collection[str],
        connect_timeout: float,
        total_timeout: float,
        max_answer_bytes: int,
        user_agent: str,
        ca_file: str | None = None,
    ) -> None:
        self._allowed_origins = frozenset(origin_of(url) for url in allowed_origins)
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._max_answer_bytes = max_answer_bytes
        self._user_agent = user_agent
        self._adapter = _GuardedAdapter(ca_file)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        total_timeout: float | None = None,
        call: Call | None = None,
    ) -> Answer:
        """Send one request and return the answer. Raises a `TransportError`.

        `total_timeout` (seconds) takes the place of the general one.
        """
        prepared, origin = self._prepare(method, url, headers, body)
        exchange = _Exchange(
            origin=origin,
            allowed_origins=self._allowed_origins,
            connect_timeout=self._connect_timeout,
            total_timeout=total_timeout or self._total_timeout,
        )
        token = _exchange_of_this_thread.set(exchange)
        try:
            if call:
                call.attach(exchange)
            _watchdog.watch(exchange)
            answer = self._send(prepared, exchange)
        except (TransportError, *_BROKEN) as error:
            # Without its cause: the errors beneath have the whole URL in them.
            raise exchange.explain(error) from None
        finally:
            _exchange_of_this_thread.reset(token)
            if call:
                call.attach(None)
            exchange.close()
        # A connection shut down by `stop` may look like the end of the body.
        exchange.check()
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()

    def _prepare(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[requests.PreparedRequest, str]:
        if not _METHOD.fullmatch(method):
            raise InvalidRequest(
                f"method {method!r} must be capital letters", sent=False
            )
        try:
            origin = origin_of(url)
            prepared = requests.Request(method, url, data=body).prepare()
        except UnsafeUrl as error:
            raise InvalidRequest(str(error), sent=False) from None
        except requests.RequestException:
            problem = "url: cannot be read; write https://host[:port]/path"
            raise InvalidRequest(problem, sent=False) from None
        prepared.headers["User-Agent"] = self._user_agent
        prepared.headers.update(_checked(headers))
        # An answer that is never decompressed cannot grow beyond its limit.
        prepared.headers["Accept-Encoding"] = "identity"
        return prepared, origin

    def _send(self, prepared: requests.PreparedRequest, exchange: _Exchange) -> Answer:
        response = self._adapter.send(
            prepared,
            stream=True,
            timeout=(exchange.connect_timeout, exchange.seconds_left()),
        )
        with response:
            # Cut off by `stop`, half a header passes for a whole one.
            exchange.check()
            exchange.status = response.status_code
            body = self._read(response.raw)
        limit = self._max_answer_bytes
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body[:limit],
            truncated=len(body) > limit,
            elapsed_ms=exchange.elapsed_ms(),
        )

    def _read(self, raw: urllib3.HTTPResponse) -> bytes:
        """Read one byte more than the limit at most, to know whether there was more."""
        body = b""
        while wanted := self._max_answer_bytes + 1 - len(body):
            # A read may be short; only an empty one proves the answer complete.
            if not (part := raw.read(wanted, decode_content=False)):
                break
            body += part
        return body


class _Exchange:
    """The state of one request: its time, how far it got, and the means to stop it."""

    def __init__(
        self,
        *,
        origin: str,
        allowed_origins: frozenset[str],
        connect_timeout: float,
        total_timeout: float,
    ) -> None:
        self.origin = origin
        self.allowed_origins = allowed_origins
        self.total_timeout = total_timeout
        self.connect_timeout = min(connect_timeout, total_timeout)
        self.started = time.monotonic()
        self.deadline = self.started + total_timeout
        self.sent = False
        self.status: int | None = None
        self.stopped_by: type[TransportError] | None = None
        self._lock = threading.Lock()
        self._is_closed = False
        self._socket: socket.socket | None = None
        self._lookup: Future[list[Address]] | None = None

    def seconds_left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    def connect_seconds_left(self) -> float:
        return max(self.started + self.connect_timeout - time.monotonic(), 0.001)

    def elapsed_ms(self) -> int:
        return math.ceil((time.monotonic() - self.started) * 1000)

    def use(self, sock: socket.socket) -> None:
        """Let `stop` shut `sock` down, from now on.

        A duplicate is kept: shutting it down ends the connection, under TLS too, and its
        number cannot be closed and given to another file meanwhile.
        """
        with self._lock:
            self._drop_socket()
            self._socket = socket.socket(fileno=socket.dup(sock.fileno()))
        self.check()

    def resolve(self, host: str, port: int) -> list[Address]:
        """Return the addresses of `host`, not judged yet."""
        pending = lookup(host, port)
        with self._lock:
            self._lookup = pending
        self.check()
        try:
            return pending.result(self.connect_seconds_left())
        except CancelledError:
            raise self.explain(None) from None
        except TimeoutError:
            problem = "the name server did not answer in time"
        except OSError:
            problem = "the host name is not known"
        except ValueError:
            problem = "the host name is not valid"
        finally:
            pending.cancel()
        raise self._error(ConnectFailed, problem)

    def check(self) -> None:
        """Raise when somebody has stopped this request."""
        if self.stopped_by:
            raise self.explain(None)

    def stop(self, by: type[TransportError]) -> None:
        """End this request from another thread; the first reason stays."""
        with self._lock:
            if self._is_closed or self.stopped_by:
                return
            self.stopped_by = by
            if self._lookup:
                self._lookup.cancel()
            if self._socket:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._drop_socket()

    def explain(self, error: Exception | None) -> TransportError:
        """Return the typed error for what went wrong, in words without a URL's path."""
        if self.stopped_by is CallAborted:
            return self._error(CallAborted, "stopped on request")
        if isinstance(error, TransportError):
            return error
        if self.stopped_by or _is_timeout(error):
            if self.sent:
                limit = f"{self.total_timeout:g} s"
                return self._error(AnswerTimeout, f"no full answer within {limit}")
            limit = f"{self.connect_timeout:g} s"
            return self._error(ConnectFailed, f"no connection within {limit}")
        if self.sent:
            return self._error(AnswerLost, f"the answer was lost: {_words(error)}")
        return self._error(ConnectFailed, f"no connection: {_words(error)}")

    def unsafe(self, ip: str, reason: str) -> TransportError:
        return self._error(UnsafeAddress, f"leads to {ip}, which is {reason}")

    def _error(self, kind: type[TransportError], words: str) -> TransportError:
        return kind(f"{self.origin}: {words}", sent=self.sent, status=self.status)

    def _drop_socket(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None


_exchange_of_this_thread: ContextVar[_Exchange] = ContextVar("exchange")


class _Watchdog:
    """One thread that stops every request at its deadline.

    The time limits of sockets start anew with each byte received, so a receiver that
    drips would never run into them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, weakref.ref[_Exchange]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def watch(self, exchange: _Exchange) -> None:
        with self._changed:
            # Weak: most requests are over long before their deadline comes up.
            entry = (exchange.deadline, next(self._numbers), weakref.ref(exchange))
            heapq.heappush(self._waiting, entry)
            # A forked child has the object but not the thread.
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._run, name="transport-watchdog", daemon=True
                )
                self._thread.start()
            elif self._waiting[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                if not self._waiting:
                    self._changed.wait()
                elif (left := self._waiting[0][0] - time.monotonic()) > 0:
                    self._changed.wait(left)
                elif exchange := heapq.heappop(self._waiting)[2]():
                    exchange.stop(AnswerTimeout)
                    # Or the name would keep it alive until the next one is due.
                    del exchange


_watchdog = _Watchdog()


class _GuardedConnection(HTTPConnection):
    """Opens its socket to judged addresses only, and tells the exchange what it does."""

    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        is_fresh = time.monotonic() - self._used_at < _MAX_IDLE_SECONDS
        return is_fresh and super().is_connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._used_at = time.monotonic()
        if self.sock is not None:
            _exchange_of_this_thread.get().use(self.sock)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange = _exchange_of_this_thread.get()
        exchange.check()
        self.sock.settimeout(exchange.seconds_left())
        exchange.sent = True
        super().send(data)

    def _new_conn(self) -> socket.socket:
        exchange = _exchange_of_this_thread.get()
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
        exchange: _Exchange,
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


class _GuardedAdapter(HTTPAdapter):
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


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        problem = ""
        if not _HEADER_NAME.fullmatch(name):
            problem = "is not a header name; use letters, digits and dashes"
        elif name.lower() in _OWN_HEADERS:
            problem = "is set by the transport; leave it out"
        elif any(character < " " and character != "\t" for character in value):
            problem = "has a line end or control character in its value; remove it"
        elif not value.isascii():
            problem = "has a value that is not ASCII; encode it"
        if problem:
            raise InvalidRequest(f"header {name[:60]!r} {problem}", sent=False)
    return {name: value.strip() for name, value in headers.items()}


def _beneath(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error` and all that it was made of.

    Not `__context__`: that leads on to what the caller may be handling just now.
    """
    pending: list[object] = [error]
    seen = set()
    while pending:
        part = pending.pop()
        if isinstance(part, BaseException) and id(part) not in seen:
            seen.add(id(part))
            yield part
            pending += [*part.args, part.__cause__, getattr(part, "reason", None)]


def _is_timeout(error: Exception | None) -> bool:
    kinds = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    return any(isinstance(part, kinds) for part in _beneath(error))


def _words(error: Exception | None) -> str:
    """Say what went wrong; the text of the errors themselves may hold the URL."""
    parts = list(_beneath(error))
    for part in parts:
        if isinstance(part, ssl.SSLCertVerificationError):
            return f"the certificate is not accepted ({part.verify_message})"
        if isinstance(part, http.client.RemoteDisconnected):
            return "the receiver closed the connection without an answer"
    for part in parts:
        if isinstance(part, ssl.SSLError) and part.reason:
            return f"TLS failed ({part.reason.lower().replace('_', ' ')})"
        if isinstance(part, OSError) and part.strerror:
            return part.strerror.lower()
        if isinstance(part, http.client.HTTPException):
            return f"not a whole HTTP answer ({type(part).__name__})"
    return type(error).__name__


def _is_not_ours(record: logging.LogRecord) -> bool:
    return _exchange_of_this_thread.get(None) is None


# urllib3 logs the path of each request; errors say here all that is to be said.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_is_not_ours)
