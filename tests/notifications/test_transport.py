"""One request against receivers on loopback that behave, misbehave and are not there."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import socket
import ssl
import threading
import time
import traceback
from concurrent.futures import Future

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifications import connection as module
from notifications.transport import (
    AnswerLost,
    AnswerTimeout,
    Call,
    CallAborted,
    ConnectFailed,
    InvalidRequest,
    Transport,
    TransportError,
    UnsafeAddress,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SECRET_PATH = "/bot123:very-secret-token/send?key=also-secret"


class Receiver:
    """A loopback server; `behave(connection, request)` runs once for each request read."""

    def __init__(self, behave, *, tls=None):
        self.behave = behave
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()[:2]
        self.connections = []
        self.requests = []
        self.stopping = threading.Event()
        self.received = threading.Event()
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while not self.stopping.is_set():
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                thread = threading.Thread(target=self._serve, args=[connection])
                self.threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.connections.append(connection)
            with connection:
                while request := self._read(connection):
                    self.requests.append(request)
                    self.received.set()
                    if self.behave(self, connection) == "close":
                        return

    def _read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (part := connection.recv(65536)):
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self):
        self.stopping.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(5)
        for connection in self.connections:
            connection.close()


def answering(data, then=None):
    def behave(receiver, connection):
        connection.sendall(data)
        return then

    return behave


answer_ok = answering(OK)


def dripping(first, drop=b"x"):
    def behave(receiver, connection):
        connection.sendall(first)
        while not receiver.stopping.wait(0.02):
            connection.sendall(drop)

    return behave


def silent(receiver, connection):
    receiver.stopping.wait(30)


@pytest.fixture
def receiver():
    started = []

    def start(behave=answer_ok, **options):
        started.append(Receiver(behave, **options))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def transport():
    made = []

    def make(*allowed, **options):
        defaults = {
            "connect_timeout": 5.0,
            "total_timeout": 10.0,
            "max_answer_bytes": 1000,
            "user_agent": "Backbeat/test",
        }
        made.append(Transport(allowed_origins=set(allowed), **{**defaults, **options}))
        return made[-1]

    yield make
    for each in made:
        each.close()


def post(sender, url, body=b"{}", headers=None, **options):
    return sender.request("POST", url, headers=headers or {}, body=body, **options)


def fail(sender, url, **options):
    with pytest.raises(TransportError) as caught:
        post(sender, url, **options)
    return caught.value


def resolve_to(monkeypatch, *rounds):
    """Let each lookup of a name have the next of `rounds`; return the rounds used."""
    used: list[list[str]] = []

    def getaddrinfo(host, port, *args, **kwargs):
        ips = rounds[min(len(used), len(rounds) - 1)]
        used.append(ips)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return used


def record_connects(monkeypatch, *, reach=None):
    """Return the list of addresses connected to; all of them lead to `reach`."""
    connected = []
    real = socket.socket.connect

    def connect(self, address):
        connected.append(address[0])
        if reach is None:
            raise ConnectionRefusedError(111, "Connection refused")
        return real(self, ("127.0.0.1", reach.port))

    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


# What a request and an answer look like


def test_the_answer_holds_status_headers_and_body(receiver, transport):
    target = receiver(
        answering(
            b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nX-A: 1\r\nX-A: 2\r\n"
            b"Content-Length: 4\r\n\r\nwait"
        )
    )
    answer = post(transport(target.url), f"{target.url}/hook")
    assert (answer.status, answer.body, answer.truncated) == (429, b"wait", False)
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-a"] == "1, 2"
    assert answer.elapsed_ms > 0


def test_method_path_headers_and_body_arrive(receiver, transport):
    target = receiver()
    sender = transport(target.url)
    sender.request(
        "PUT", f"{target.url}/a?b=c", headers={"X-Key": " k "}, body=b"\x00raw"
    )
    head, _, body = target.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /a?b=c HTTP/1.1\r\n")
    assert b"\r\nX-Key: k\r\n" in head + b"\r\n"
    assert b"\r\nUser-Agent: Backbeat/test\r\n" in head + b"\r\n"
    assert b"\r\nAccept-Encoding: identity\r\n" in head + b"\r\n"
    assert body == b"\x00raw"


def test_a_get_has_no_body(receiver, transport):
    target = receiver()
    answer = transport(target.url).request("GET", target.url, headers={}, body=None)
    assert answer.body == b"ok"
    assert b"content-length" not in target.requests[0].lower()


def test_a_compressed_answer_is_not_expanded(receiver, transport):
    target = receiver(
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nbomb!"
        )
    )
    assert post(transport(target.url), target.url).body == b"bomb!"


def test_a_chunked_answer_is_put_together(receiver, transport):
    target = receiver(
        answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
    )
    assert post(transport(target.url), target.url).body == b"abcde"


def test_an_answer_that_ends_with_the_connection_is_whole(receiver, transport):
    target = receiver(answering(b"HTTP/1.0 200 OK\r\n\r\nall of it", then="close"))
    assert post(transport(target.url), target.url).body == b"all of it"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-B: 2"},
        {"X-A": "1\nX-B: 2"},
        {"X-A": "\r"},
        {"X-A": "nul\x00"},
        {"X-A": "naïve"},
        {"X-A\r\nX-B": "1"},
        {"X A": "1"},
        {"": "1"},
        {"Host": "other.example"},
        {"Content-Length": "5"},
        {"transfer-encoding": "chunked"},
    ],
)
def test_a_header_that_could_forge_a_request_is_refused(receiver, transport, headers):
    target = receiver()
    error = fail(transport(target.url), target.url, headers=headers)
    assert isinstance(error, InvalidRequest)
    assert "header" in error.reason
    assert (error.permanent, error.sent) == (True, False)
    assert target.connections == []


def test_a_refused_header_keeps_its_value_to_itself(transport):
    error = fail(
        transport(), "https://example.com", headers={"Authorization": "Bearer top\n"}
    )
    assert "'Authorization'" in error.reason
    assert "top" not in error.reason


@pytest.mark.parametrize("method", ["get", "GET /x", "", "PO\r\nST"])
def test_a_strange_method_is_refused(transport, method):
    with pytest.raises(InvalidRequest, match="method"):
        transport().request(method, "https://example.com", headers={}, body=None)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "https://u:p@example.com/", "https:///x", "nonsense"]
)
def test_a_url_that_cannot_be_called_is_refused(transport, url):
    assert isinstance(fail(transport(), url), InvalidRequest)


# Where a request may go


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "[::ffff:127.0.0.1]",
        "localhost",
        "0.0.0.0",
    ],
)
def test_no_spelling_of_loopback_is_connected_to(receiver, transport, host):
    target = receiver()
    error = fail(transport(), f"http://{host}:{target.port}/hook")
    assert isinstance(error, UnsafeAddress)
    assert (error.permanent, error.sent) == (True, False)
    assert target.connections == []


@pytest.mark.parametrize("host", ["[::1]", "[::]", "[fe80::1]", "[64:ff9b::7f00:1]"])
def test_no_inner_ipv6_address_is_connected_to(transport, monkeypatch, host):
    connected = record_connects(monkeypatch)
    assert isinstance(fail(transport(), f"http://{host}/"), UnsafeAddress)
    assert connected == []


def test_digits_in_circles_are_no_way_in(receiver, transport):
    target = receiver()
    error = fail(transport(), f"http://①②⑦.⓪.⓪.①:{target.port}/hook")
    assert (error.permanent, error.sent) == (True, False)
    assert target.connections == []


def test_tls_is_guarded_like_plain_http(receiver, transport):
    target = receiver()
    error = fail(transport(), f"https://127.0.0.1:{target.port}/")
    assert isinstance(error, UnsafeAddress)
    assert target.connections == []


def test_an_allowed_origin_is_connected_to_but_no_other_port_of_its_host(
    receiver, transport
):
    allowed, other = receiver(), receiver()
    sender = transport(allowed.url)
    assert post(sender, allowed.url).status == 200
    assert isinstance(fail(sender, other.url), UnsafeAddress)
    assert other.connections == []


def test_an_allowed_origin_does_not_allow_its_address_under_another_name(
    receiver, transport
):
    target = receiver()
    sender = transport(f"http://localhost:{target.port}")
    assert isinstance(fail(sender, f"http://127.0.0.1:{target.port}"), UnsafeAddress)
    assert target.connections == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(
    receiver, transport, monkeypatch, status
):
    elsewhere = receiver()
    target = receiver(
        answering(
            f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
    )
    answer = post(transport(target.url, elsewhere.url), target.url)
    assert answer.status == status
    assert elsewhere.connections == []


def test_a_redirect_to_the_metadata_service_is_not_followed(
    receiver, transport, monkeypatch
):
    target = receiver(
        answering(
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\n"
            b"Content-Length: 0\r\n\r\n"
        )
    )
    connected = record_connects(monkeypatch, reach=target)
    assert post(transport(target.url), target.url).status == 302
    assert connected == ["127.0.0.1"]


def test_the_address_that_was_judged_is_the_one_connected_to(
    receiver, transport, monkeypatch
):
    target = receiver()
    used = resolve_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    connected = record_connects(monkeypatch, reach=target)
    assert post(transport(), "http://rebinding.example/hook").status == 200
    assert connected == ["8.8.8.8"]
    assert used == [["8.8.8.8"]]
    assert b"\r\nHost: rebinding.example\r\n" in target.requests[0]


def test_a_name_that_turns_inside_is_refused_at_the_next_connection(
    receiver, transport, monkeypatch
):
    target = receiver(answering(OK, then="close"))
    resolve_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    connected = record_connects(monkeypatch, reach=target)
    sender = transport()
    url = f"http://rebinding.example:{target.port}/hook"
    post(sender, url)
    target.threads[-1].join(5)
    assert isinstance(fail(sender, url), UnsafeAddress)
    assert connected == ["8.8.8.8"]


def test_one_forbidden_answer_among_public_ones_refuses_the_name(
    transport, monkeypatch
):
    resolve_to(monkeypatch, ["8.8.8.8", "169.254.169.254"])
    connected = record_connects(monkeypatch)
    error = fail(transport(), "http://mixed.example/")
    assert isinstance(error, UnsafeAddress)
    assert "169.254.169.254" in error.reason
    assert connected == []


def test_the_next_address_is_tried_when_the_first_refuses(transport, monkeypatch):
    resolve_to(monkeypatch, ["8.8.8.8", "1.1.1.1"])
    connected = record_connects(monkeypatch)
    assert isinstance(fail(transport(), "http://two.example/"), ConnectFailed)
    assert connected == ["8.8.8.8", "1.1.1.1"]


def test_proxies_and_passwords_of_the_environment_are_not_used(
    receiver, transport, monkeypatch, tmp_path
):
    proxy, target = receiver(), receiver()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    post(transport(target.url), target.url)
    assert proxy.connections == []
    assert b"authorization" not in target.requests[0].lower()


def test_cookies_are_not_kept(receiver, transport):
    target = receiver(
        answering(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
        )
    )
    sender = transport(target.url)
    post(sender, target.url)
    post(sender, target.url)
    assert b"cookie" not in target.requests[1].lower()


# Limits of time and size


@pytest.mark.parametrize(
    "behave",
    [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        dripping(b"HTTP/1.1 200 OK\r\n", drop=b"X-A: b\r\n"),
        dripping(b"", drop=b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "one header", "many headers", "continue"],
)
def test_a_receiver_that_never_ends_its_header_is_left_at_the_limit(
    receiver, transport, behave
):
    target = receiver(behave)
    started = time.monotonic()
    error = fail(transport(target.url), target.url, total_timeout=0.3)
    assert 0.25 < time.monotonic() - started < 2
    assert isinstance(error, AnswerTimeout)
    assert (error.sent, error.status) == (True, None)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 500\r\n\r\n",
        b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1f4\r\n",
    ],
    ids=["length", "until close", "chunked"],
)
def test_a_receiver_that_drips_its_body_is_left_at_the_limit(receiver, transport, head):
    target = receiver(dripping(b"HTTP/1.1 200 OK\r\n" + head))
    started = time.monotonic()
    error = fail(transport(target.url), target.url, total_timeout=0.3)
    assert 0.25 < time.monotonic() - started < 2
    assert isinstance(error, AnswerTimeout)
    assert (error.sent, error.status) == (True, 200)
    assert "0.3 s" in error.reason


def test_a_receiver_that_does_not_read_is_left_at_the_limit(receiver, transport):
    target = receiver()
    target._read = lambda connection: target.stopping.wait(30) and b""
    started = time.monotonic()
    error = fail(
        transport(target.url), target.url, body=b"x" * 20_000_000, total_timeout=0.3
    )
    assert time.monotonic() - started < 2
    assert isinstance(error, AnswerTimeout)
    assert not error.sent  # not whole: nobody can have acted on it


def test_a_slow_receiver_does_not_hold_up_the_others(receiver, transport):
    slow, quick = receiver(dripping(b"HTTP/1.1 200 OK\r\n\r\n")), receiver()
    sender = transport(slow.url, quick.url)
    errors = []

    def wait_in_vain(limit):
        errors.append(fail(sender, slow.url, total_timeout=limit))

    threads = [
        threading.Thread(target=wait_in_vain, args=[limit]) for limit in (0.6, 0.3, 0.5)
    ]
    for thread in threads:
        thread.start()
    assert slow.received.wait(5)
    assert post(sender, quick.url, total_timeout=5).status == 200
    for thread in threads:
        thread.join(5)
    assert [type(error) for error in errors] == [AnswerTimeout] * 3


def test_an_endless_body_is_capped(receiver, transport):
    def endless(receiver, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not receiver.stopping.is_set():
            connection.sendall(b"x" * 65536)

    target = receiver(endless)
    answer = post(transport(target.url), target.url)
    assert (answer.body, answer.truncated) == (b"x" * 1000, True)


@pytest.mark.parametrize(("size", "truncated"), [(1000, False), (1001, True)])
def test_an_answer_of_exactly_the_limit_is_not_truncated(
    receiver, transport, size, truncated
):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    target = receiver(answering(head + b"x" * size))
    answer = post(transport(target.url), target.url)
    assert (len(answer.body), answer.truncated) == (1000, truncated)


def test_a_truncated_answer_ends_its_connection(receiver, transport):
    target = receiver(
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000)
    )
    sender = transport(target.url)
    post(sender, target.url)
    assert post(sender, target.url).status == 200
    assert len(target.connections) == 2


def test_a_name_server_that_hangs_is_left_at_the_connect_limit(transport, monkeypatch):
    release = threading.Event()

    def getaddrinfo(*args, **kwargs):
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    started = time.monotonic()
    error = fail(transport(connect_timeout=0.1), "http://slow.example/")
    release.set()
    assert time.monotonic() - started < 2
    assert isinstance(error, ConnectFailed)
    assert not error.sent


# What went wrong, and whether it was sent


def test_a_refused_connection_was_not_sent(transport):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = fail(
        transport(f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}{SECRET_PATH}"
    )
    assert isinstance(error, ConnectFailed)
    assert (error.sent, error.permanent) == (False, False)
    assert error.reason == f"http://127.0.0.1:{port}: no connection: connection refused"


def test_a_connect_that_is_not_answered_was_not_sent(transport):
    with full_listener() as port:
        origin = f"http://127.0.0.1:{port}"
        error = fail(transport(origin, connect_timeout=0.1), origin)
    assert isinstance(error, ConnectFailed)
    assert "no connection within 0.1 s" in error.reason
    assert not error.sent


def test_an_unknown_name_was_not_sent(transport, monkeypatch):
    def getaddrinfo(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = fail(transport(), f"https://unknown.example{SECRET_PATH}")
    assert isinstance(error, ConnectFailed)
    assert not error.sent
    assert error.reason == "https://unknown.example:443: the host name is not known"


def test_a_receiver_that_closes_after_reading_may_have_got_it(receiver, transport):
    target = receiver(answering(b"", then="close"))
    error = fail(transport(target.url), target.url + SECRET_PATH)
    assert isinstance(error, AnswerLost)
    assert (error.sent, error.status) == (True, None)
    assert "without an answer" in error.reason


def test_an_answer_that_breaks_off_is_lost_but_has_its_status(receiver, transport):
    target = receiver(
        answering(b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf", then="close")
    )
    error = fail(transport(target.url), target.url)
    assert isinstance(error, AnswerLost)
    assert (error.sent, error.status) == (True, 202)


def test_an_answer_that_is_not_http_is_lost(receiver, transport):
    target = receiver(answering(b"220 smtp ready\r\n", then="close"))
    error = fail(transport(target.url), target.url)
    assert isinstance(error, AnswerLost)
    assert error.sent


def test_the_error_that_a_caller_is_handling_is_not_taken_for_this_one(
    receiver, transport
):
    target = receiver(answering(b"", then="close"))
    sender = transport(target.url)
    try:
        Future().result(timeout=0)
    except TimeoutError:
        error = fail(sender, target.url)
    assert isinstance(error, AnswerLost)


@pytest.mark.parametrize(
    "behave",
    [
        silent,
        answering(b"", then="close"),
        answering(b"junk\r\n\r\n", then="close"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", then="close"),
        answering(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=["silent", "closed", "not http", "cut short", "bad header"],
)
def test_neither_errors_nor_logs_hold_the_path(receiver, transport, caplog, behave):
    target = receiver(behave)
    with caplog.at_level(logging.DEBUG):
        try:
            post(transport(target.url), target.url + SECRET_PATH, total_timeout=0.2)
        except TransportError as error:
            told = "".join(traceback.format_exception(error))
        else:
            told = ""
    assert "secret" not in told + caplog.text


# Connections are reused


def test_one_connection_serves_request_after_request(receiver, transport):
    target = receiver()
    sender = transport(target.url)
    for _ in range(3):
        assert post(sender, target.url).body == b"ok"
    assert len(target.requests) == 3
    assert len(target.connections) == 1


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    receiver, transport, monkeypatch
):
    target = receiver()
    sender = transport(target.url)
    post(sender, target.url)
    monkeypatch.setattr(module, "_MAX_IDLE_SECONDS", 0.0)
    post(sender, target.url)
    assert len(target.connections) == 2


def test_a_connection_that_the_receiver_closed_is_replaced(receiver, transport):
    target = receiver(answering(OK, then="close"))
    sender = transport(target.url)
    post(sender, target.url)
    target.threads[-1].join(5)
    assert post(sender, target.url).body == b"ok"


def test_a_deadline_that_passed_does_not_end_a_later_request(receiver, transport):
    def answer_then_wait(receiver, connection):
        if len(receiver.requests) == 2:
            receiver.stopping.wait(0.3)
        connection.sendall(OK)

    target = receiver(answer_then_wait)
    sender = transport(target.url)
    post(sender, target.url, total_timeout=0.1)
    assert post(sender, target.url, total_timeout=5).body == b"ok"
    assert len(target.connections) == 1


def test_many_threads_share_one_transport(receiver, transport):
    target = receiver()
    sender = transport(target.url)
    statuses = []

    def work():
        for _ in range(20):
            statuses.append(post(sender, target.url).status)  # noqa: PERF401 -- each may fail

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [200] * 160
    assert len(target.connections) <= 8


# Abort


@contextlib.contextmanager
def full_listener():
    """Yield the port of a listener that leaves further connects unanswered."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def abort_in_the_midst(sender, url, is_under_way):
    call = Call()
    errors = []
    thread = threading.Thread(
        target=lambda: errors.append(fail(sender, url, call=call))
    )
    thread.start()
    assert is_under_way()
    started = time.monotonic()
    call.abort()
    thread.join(5)
    assert time.monotonic() - started < 1
    return errors[0]


@pytest.mark.parametrize(
    "behave",
    [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\nX-A: "),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=["silent", "header", "body"],
)
def test_abort_ends_a_hanging_request_at_once(receiver, transport, behave):
    target = receiver(behave)
    error = abort_in_the_midst(
        transport(target.url), target.url, lambda: target.received.wait(5)
    )
    assert isinstance(error, CallAborted)
    assert error.sent


def test_abort_ends_a_hanging_connect_at_once(transport, monkeypatch):
    connecting = threading.Event()
    real = socket.socket.connect

    def connect(self, address):
        connecting.set()
        return real(self, address)

    with full_listener() as port:
        monkeypatch.setattr(socket.socket, "connect", connect)
        origin = f"http://127.0.0.1:{port}"
        error = abort_in_the_midst(
            transport(origin), origin, lambda: connecting.wait(5)
        )
    assert isinstance(error, CallAborted)
    assert not error.sent


def test_abort_ends_a_hanging_lookup_at_once(transport, monkeypatch):
    asked, release = threading.Event(), threading.Event()

    def getaddrinfo(*args, **kwargs):
        asked.set()
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = abort_in_the_midst(
        transport(), "http://slow.example/", lambda: asked.wait(5)
    )
    release.set()
    assert isinstance(error, CallAborted)
    assert not error.sent


def test_a_call_that_was_aborted_starts_nothing(receiver, transport):
    target = receiver()
    call = Call()
    call.abort()
    error = fail(transport(target.url), target.url, call=call)
    assert isinstance(error, CallAborted)
    assert not error.sent
    assert target.requests == []


def test_a_call_serves_one_request_after_another(receiver, transport):
    target = receiver()
    call = Call()
    sender = transport(target.url)
    for _ in range(2):
        assert post(sender, target.url, call=call).status == 200
    call.abort()
    assert isinstance(fail(sender, target.url, call=call), CallAborted)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the file of a certificate for `localhost` with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(file)


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_trusted_certificate_is_accepted_and_its_connection_reused(
    receiver, transport, certificate, tls
):
    target = receiver(tls=tls)
    origin = f"https://localhost:{target.port}"
    sender = transport(origin, ca_file=certificate)
    for _ in range(2):
        assert post(sender, origin).body == b"ok"
    assert len(target.requests) == 2
    assert len(target.connections) == 2  # the TCP socket and the TLS socket around it


def test_an_unknown_certificate_is_refused_before_anything_is_sent(
    receiver, transport, tls
):
    target = receiver(tls=tls)
    origin = f"https://localhost:{target.port}"
    error = fail(transport(origin), origin + SECRET_PATH)
    assert isinstance(error, ConnectFailed)
    assert "certificate is not accepted" in error.reason
    assert "secret" not in "".join(traceback.format_exception(error))
    assert not error.sent
    assert target.requests == []


def test_a_certificate_for_another_host_is_refused(
    receiver, transport, certificate, tls
):
    target = receiver(tls=tls)
    error = fail(transport(target.url, ca_file=certificate), target.url)
    assert isinstance(error, ConnectFailed)
    assert "certificate is not accepted" in error.reason
    assert not error.sent


def test_the_name_and_not_the_address_is_verified(
    receiver, transport, certificate, tls, monkeypatch
):
    target = receiver(tls=tls)
    resolve_to(monkeypatch, ["8.8.8.8"])
    connected = record_connects(monkeypatch, reach=target)
    sender = transport(ca_file=certificate)
    assert post(sender, "https://localhost/").status == 200
    assert connected == ["8.8.8.8"]


@pytest.mark.parametrize(
    "behave",
    [dripping(b"HTTP/1.1 200 OK\r\nX-A: "), dripping(b"HTTP/1.1 200 OK\r\n\r\n")],
    ids=["header", "body"],
)
def test_the_time_limit_holds_under_tls(receiver, transport, certificate, tls, behave):
    target = receiver(behave, tls=tls)
    origin = f"https://localhost:{target.port}"
    started = time.monotonic()
    error = fail(transport(origin, ca_file=certificate), origin, total_timeout=0.4)
    assert time.monotonic() - started < 2
    assert isinstance(error, AnswerTimeout)
    assert error.sent


def test_a_handshake_that_hangs_is_left_at_the_connect_limit(receiver, transport):
    target = receiver(silent)
    origin = f"https://127.0.0.1:{target.port}"
    error = fail(transport(origin, connect_timeout=0.2), origin)
    assert isinstance(error, ConnectFailed)
    assert not error.sent


def test_abort_ends_a_hanging_request_under_tls(receiver, transport, certificate, tls):
    target = receiver(silent, tls=tls)
    origin = f"https://localhost:{target.port}"
    error = abort_in_the_midst(
        transport(origin, ca_file=certificate), origin, lambda: target.received.wait(5)
    )
    assert isinstance(error, CallAborted)
    assert error.sent
