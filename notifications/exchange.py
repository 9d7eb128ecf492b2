"""One request under way: how far it got, the means to stop it, and what came of it.

What comes back is an `Answer` (a 500 and a redirect too) or a `TransportError`. No message
holds more of a URL than its origin, as paths hold tokens.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

import requests
import urllib3

from notifications.ssrf import Address, lookup


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

    `sent` False means that the request has not left whole: trying again cannot double it.
    `status` is set when the answer broke off after its status line and headers.
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
        self._exchange: Exchange | None = None

    def abort(self) -> None:
        """End the request under way, if any, and every later one made with this call."""
        with self._lock:
            self._aborted = True
            if self._exchange:
                self._exchange.stop(CallAborted)

    def attach(self, exchange: Exchange | None) -> None:
        """Make `exchange` the one that `abort` ends; None when it is over."""
        with self._lock:
            self._exchange = exchange
            if exchange and self._aborted:
                exchange.stop(CallAborted)


class Exchange:
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
        self.began = False
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
            if self.began:
                limit = f"{self.total_timeout:g} s"
                return self._error(AnswerTimeout, f"no full answer within {limit}")
            limit = f"{self.connect_timeout:g} s"
            return self._error(ConnectFailed, f"no connection within {limit}")
        if self.sent:
            return self._error(AnswerLost, f"the answer was lost: {_words(error)}")
        if self.began:
            problem = f"the request was not taken whole: {_words(error)}"
            return self._error(AnswerLost, problem)
        return self._error(ConnectFailed, f"no connection: {_words(error)}")

    def unsafe(self, ip: str, reason: str) -> TransportError:
        return self._error(UnsafeAddress, f"leads to {ip}, which is {reason}")

    def _error(self, kind: type[TransportError], words: str) -> TransportError:
        return kind(f"{self.origin}: {words}", sent=self.sent, status=self.status)

    def _drop_socket(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None


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
