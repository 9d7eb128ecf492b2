"""One HTTP request to a place that somebody else chose.

There is no `requests.Session`: no cookie, proxy variable or .netrc plays a part, only the
adapter with its guarded, pooled connections (`notifications.connection`). What comes back
is an `Answer` or a `TransportError` (`notifications.exchange`).
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Collection, Mapping

import requests
import urllib3

from notifications.connection import GuardedAdapter, exchange_of_this_thread
from notifications.exchange import (
    Answer,
    AnswerLost,
    AnswerTimeout,
    Call,
    CallAborted,
    ConnectFailed,
    Exchange,
    InvalidRequest,
    TransportError,
    UnsafeAddress,
)
from notifications.ssrf import UnsafeUrl, origin_of
from notifications.watchdog import watch

__all__ = [
    "OWN_HEADERS",
    "Answer",
    "AnswerLost",
    "AnswerTimeout",
    "Call",
    "CallAborted",
    "ConnectFailed",
    "InvalidRequest",
    "Transport",
    "TransportError",
    "UnsafeAddress",
]

OWN_HEADERS = frozenset(
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
"""Headers that the transport sets itself, or that would change what it does (lower case)."""
_METHOD = re.compile(r"[A-Z]+")
_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
# OSError holds those of `socket`, `ssl` and `requests`.
_BROKEN = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


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
        self._adapter = GuardedAdapter(ca_file)

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
        exchange = Exchange(
            origin=origin,
            allowed_origins=self._allowed_origins,
            connect_timeout=self._connect_timeout,
            total_timeout=total_timeout or self._total_timeout,
        )
        token = exchange_of_this_thread.set(exchange)
        try:
            if call:
                call.attach(exchange)
            watch(exchange)
            answer = self._send(prepared, exchange)
        except (TransportError, *_BROKEN) as error:
            # Without its cause: the errors beneath have the whole URL in them.
            raise exchange.explain(error) from None
        finally:
            exchange_of_this_thread.reset(token)
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

    def _send(self, prepared: requests.PreparedRequest, exchange: Exchange) -> Answer:
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


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        problem = ""
        if not _HEADER_NAME.fullmatch(name):
            problem = "is not a header name; use letters, digits and dashes"
        elif name.lower() in OWN_HEADERS:
            problem = "is set by the transport; leave it out"
        elif any(character < " " and character != "\t" for character in value):
            problem = "has a line end or control character in its value; remove it"
        elif not value.isascii():
            problem = "has a value that is not ASCII; encode it"
        if problem:
            raise InvalidRequest(f"header {name[:60]!r} {problem}", sent=False)
    return {name: value.strip() for name, value in headers.items()}
