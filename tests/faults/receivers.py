"""Receivers that misbehave, on loopback: raw sockets, each connection given to one function."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

#: What becomes of one connection: gets the receiver and the connection.
Behaviour = Callable[["Receiver", socket.socket], None]


class Receiver:
    """Counts the connections, keeps the ids that were sent, and behaves as told."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(0.1)
        self._tls = tls
        self._behave = behave
        self._threads: list[threading.Thread] = []
        self.port = self._listener.getsockname()[1]
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/hook"
        self.stopping = threading.Event()
        self.connections = 0
        self.ids: list[str] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                link, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(link,))
                thread.start()
                self._threads.append(thread)

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(10)
        with contextlib.suppress(OSError):
            if self._tls:
                link = self._tls.wrap_socket(link, server_side=True)
            self._behave(self, link)
        with contextlib.suppress(OSError):
            link.close()

    def read(self, link: socket.socket) -> bytes:
        """Read one whole request, and keep its id. Returns the head; b"" when there is none."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (part := link.recv(65_536)):
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(
            line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line
        )
        missing = int(fields.get(b"content-length", b"0")) - len(body)
        while missing > 0 and (part := link.recv(65_536)):
            missing -= len(part)
        self.ids.append(fields.get(b"webhook-id", b"").decode())
        return head

    def stop(self) -> None:
        self.stopping.set()
        self._accepting.join(5)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@contextlib.contextmanager
def receiving(
    behave: Behaviour, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    receiver = Receiver(behave, tls)
    try:
        yield receiver
    finally:
        receiver.stop()


def answering(*answers: bytes) -> Behaviour:
    """Answer these in turn, the last one again and again, each on a connection of its own."""
    waiting, lock = list(answers), threading.Lock()

    def behave(receiver: Receiver, link: socket.socket) -> None:
        if receiver.read(link):
            with lock:
                answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            link.sendall(answer)

    return behave


def answer(status: int, body: str = "", **headers: str) -> bytes:
    """The bytes of an answer that ends its connection."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named |= {"Content-Length": str(len(body.encode())), "Connection": "close"}
    head = [f"HTTP/1.1 {status} X", *(f"{n}: {v}" for n, v in named.items())]
    return "\r\n".join([*head, "", body]).encode()


def slow_loris(receiver: Receiver, link: socket.socket) -> None:
    """One byte of the answer at a time, for ever."""
    receiver.read(link)
    for byte in iter(lambda: b"H", None):
        link.sendall(byte)
        if receiver.stopping.wait(0.1):
            return


def endless_body(receiver: Receiver, link: socket.socket) -> None:
    """A success whose body never ends."""
    receiver.read(link)
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not receiver.stopping.is_set():
        link.sendall(b"x" * 65_536)


def reset_before_the_body(receiver: Receiver, link: socket.socket) -> None:
    """Reset after the first bytes, while the body is still on its way."""
    link.recv(100)
    _reset(link)


def reset_after_the_body(receiver: Receiver, link: socket.socket) -> None:
    """Take the whole request, then reset without a word."""
    receiver.read(link)
    _reset(link)


def reset_in_the_handshake(receiver: Receiver, link: socket.socket) -> None:
    """For a plain listener that is spoken TLS to: reset at its first words."""
    link.recv(100)
    _reset(link)


def _reset(link: socket.socket) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


def own_certificate(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate for 127.0.0.1 that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
