"""E-mail: what a real SMTP server on loopback gets, and what becomes of its answers."""

from __future__ import annotations

import contextlib
import email.policy
import json
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from notifications import lifecycle, preview, sender
from notifications.carriers.mail import send
from notifications.models import Attempt, Delivery, Webhook
from tests.notifications.conftest import claim
from tests.notifications.test_transport import certificate, tls  # noqa: F401 -- fixtures

Status = Delivery.Status
AN, BINH = "an@example.org", "binh@example.org"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Mailroom:
    """A mail server that answers as told; the last answer repeats."""

    def __init__(self) -> None:
        self.said: list[str] = ["250 2.0.0 kept"]
        self.refused: dict[str, str] = {}
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address not in self.refused:
            envelope.rcpt_tos.append(address)
        return self.refused.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        read = BytesParser(EmailMessage, policy=email.policy.default).parsebytes
        self.mails.append((envelope.rcpt_tos, read(content)))
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]

    def only(self) -> EmailMessage:  # aiosmtpd reads all properties of a handler
        ((_, found),) = self.mails
        return found


@pytest.fixture
def mailroom(settings: Any) -> Iterator[Mailroom]:
    found = Mailroom()
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.DEFAULT_FROM_EMAIL = "Backbeat <backbeat@example.com>"
    yield found
    controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def deliver(owed: Callable[..., Delivery], to: str = AN, **fields: Any) -> Delivery:
    delivery = owed(f"mailto:{to}", "email", **fields)
    sender.deliver([delivery.id])
    delivery.refresh_from_db()
    return delivery


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_mail_has_the_text_and_the_same_as_html(mailroom, owed):
    text = "# Chợ sáng\n\n**VCB** ↑ 🚀\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    delivery = deliver(owed, f"{AN},{BINH}", content=text)
    assert delivery.status == Status.DELIVERED
    ((recipients, mail),) = mailroom.mails
    assert recipients == [AN, BINH]
    assert (mail["Subject"], mail["To"]) == ("Morning report", f"{AN}, {BINH}")
    assert mail["From"] == "Backbeat <backbeat@example.com>"
    assert part(mail, "plain").startswith(text)
    html = part(mail, "html")
    assert "<strong>VCB</strong> ↑ 🚀" in html
    assert '<td style="border' in html
    assert f"run {delivery.run_id}" in html
    attempt = delivery.attempts.get()
    assert (attempt.status_code, attempt.response) == (250, "250 2.0.0 kept")
    assert attempt.duration_ms < 5_000


def test_its_id_is_that_of_the_delivery_so_that_readers_know_a_repetition(
    mailroom, owed
):
    delivery = deliver(owed)
    lifecycle.reopen(delivery)
    sender.deliver([delivery.id])
    assert len(mailroom.mails) == 2
    for _, mail in mailroom.mails:
        assert mail["Message-ID"] == f"<{delivery.id}@example.com>"
        assert mail["Webhook-Id"] == str(delivery.id)
        assert mail["Auto-Submitted"] == "auto-generated"


def test_nothing_in_it_is_remote_or_alive(mailroom, owed):
    deliver(owed, content="![x](https://spy.example/p.png) <img src=x onerror=a()>")
    html = part(mailroom.only(), "html")
    assert "<img" not in html
    assert "src=" not in html.replace("src=x", "")
    assert "&lt;img" in html


def test_a_title_cannot_become_a_header(mailroom, owed):
    evil = "Report\r\nBcc: eve@example.net\n\nHello\u2028you"
    delivery = owed(f"mailto:{AN}", "email", webhook={"options": {"subject": "{{task_name}}!"}})  # fmt: skip
    delivery.payload["task_name"] = evil
    delivery.save()
    sender.deliver([delivery.id])
    ((recipients, mail),) = mailroom.mails
    assert recipients == [AN]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Report Bcc: eve@example.net Hello you!"


def test_a_very_long_output_goes_along_as_a_file(mailroom, owed):
    text = "Giá vàng hôm nay. " * 12_000
    delivery = deliver(owed, content=text)
    assert delivery.status == Status.DELIVERED
    (file,) = mailroom.only().iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (
        *("output.md", "text/markdown"),
    )
    assert file.get_content().strip() == text.strip()
    plain = part(mailroom.only(), "plain")
    assert f"has {len(text)} characters and is attached as output.md" in plain
    assert len(plain) < 25_000


def test_a_long_output_stands_whole_in_the_mail(mailroom, owed):
    deliver(owed, content="word " * 30_000)
    assert not list(mailroom.only().iter_attachments())
    assert part(mailroom.only(), "plain").count("word ") == 30_000


def test_a_server_that_is_busy_is_asked_again_later(mailroom, owed):
    mailroom.said = ["451 4.3.0 Busy", "250 OK"]
    delivery = deliver(owed)
    assert delivery.status == Status.PENDING
    assert "451 4.3.0 Busy" in delivery.error
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at="2020-01-01T00:00Z")
    sender.deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == Status.DELIVERED
    assert delivery.attempts.count() == 2


@pytest.mark.parametrize("at", ["text", "recipient"])
def test_what_is_refused_for_good_is_not_sent_again(mailroom, owed, at):
    if at == "text":
        mailroom.said = ["550 5.7.1 Looks like spam"]
    else:
        mailroom.refused = {AN: f"550 5.1.1 <{AN}> is unknown here"}
    delivery = deliver(owed)
    assert (delivery.status, delivery.attempts.count()) == (Status.FAILED, 1)
    assert "The mail server refused it" in delivery.error
    assert "550 5." in delivery.error
    assert AN not in delivery.error


def test_a_mailbox_that_is_full_just_now_is_tried_again(mailroom, owed):
    mailroom.refused = {AN: "452 4.2.2 Mailbox full"}
    assert deliver(owed).status == Status.PENDING


def test_who_was_refused_beside_others_is_named_in_the_answer(mailroom, owed):
    mailroom.refused = {BINH: f"550 5.1.1 {BINH}: no such user"}
    delivery = deliver(owed, f"{AN},{BINH}")
    assert delivery.status == Status.DELIVERED
    answer = delivery.attempts.get().response
    assert "b***@example.org was refused: 550 5.1.1" in answer
    assert BINH not in answer


def test_nobody_there_is_tried_again(owed, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    delivery = deliver(owed)
    assert delivery.status == Status.PENDING
    assert "refused" in delivery.error.lower()


@pytest.mark.parametrize("trusted", [True, False])
def test_under_tls_it_logs_in_where_the_certificate_is_known_and_nowhere_else(
    owed,
    settings,
    monkeypatch,
    certificate,  # noqa: F811
    tls,  # noqa: F811
    trusted,
):
    def judge(server: Any, session: Any, envelope: Any, way: str, given: Any) -> Any:
        known = LoginPassword(b"an", b"s3cret")
        return AuthResult(success=given == known)

    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
    found = Mailroom()
    controller = Controller(
        found, hostname="localhost", port=free_port(), tls_context=tls,
        require_starttls=True, auth_required=True, authenticator=judge,
    )  # fmt: skip
    controller.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "localhost"
    settings.EMAIL_PORT, settings.EMAIL_USE_TLS = controller.port, True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "an", "s3cret"
    delivery = deliver(owed)
    controller.stop()
    assert len(found.mails) == trusted
    assert delivery.status == (Status.DELIVERED if trusted else Status.PENDING)
    assert ("certificate" in delivery.error.lower()) == (not trusted)


@pytest.fixture
def listener(settings: Any) -> Iterator[socket.socket]:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as found:
        settings.EMAIL_PORT = found.getsockname()[1]
        yield found


def silent_after(listener: socket.socket, answers: list[bytes], *, hang: bool) -> None:
    """Answer line by line and then, at the end of the text, nothing."""
    with contextlib.suppress(OSError):
        client, _ = listener.accept()
        with client:
            client.sendall(b"220 here\r\n")
            for answer in answers:
                client.recv(65_536)
                client.sendall(answer)
            client.recv(65_536)
            if hang:
                client.recv(65_536)


DIALOGUE = [b"250 here\r\n", b"250 from\r\n", b"250 to\r\n", b"354 go on\r\n"]


@pytest.mark.parametrize("hang", [False, True])
def test_an_answer_lost_after_the_text_leaves_a_doubt(listener, owed, configure, hang):
    configure("NOTIFICATIONS", total_seconds=0.5)
    server = threading.Thread(
        target=silent_after, args=(listener, DIALOGUE), kwargs={"hang": hang}
    )
    server.start()
    delivery = deliver(owed)
    server.join(10)
    assert delivery.status == Status.UNKNOWN
    assert "It may have arrived" in delivery.error


def test_a_connection_lost_before_the_text_is_tried_again(listener, owed, configure):
    configure("NOTIFICATIONS", total_seconds=0.5)
    server = threading.Thread(
        target=silent_after, args=(listener, DIALOGUE[:2]), kwargs={"hang": False}
    )
    server.start()
    delivery = deliver(owed)
    server.join(10)
    assert delivery.status == Status.PENDING


def test_without_a_server_it_fails_at_once_and_says_what_to_set(owed, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, ""
    delivery = deliver(owed)
    assert delivery.status == Status.FAILED
    assert "EMAIL_URL" in delivery.error


def test_another_of_djangos_backends_is_simply_used(owed, mailoutbox):
    assert deliver(owed).status == Status.DELIVERED
    assert mailoutbox[0].to == [AN]


def test_a_test_message_is_really_sent(db, mailroom):
    hook = Webhook(name="ops", format="email", url=f"mailto:{AN}")
    result = preview.send_test(hook)
    assert (result.arrived, result.status) == (True, 250)
    assert "test message" in part(mailroom.only(), "plain")
    assert not Attempt.objects.exists()


def test_a_preview_shows_subject_text_and_html():
    hook = Webhook(format="email", url=f"mailto:{AN}", options={"subject": "{{task_name}}: {{status}}"})  # fmt: skip
    (body,) = preview.bodies(hook, preview.sample_payload())
    assert body["subject"] == "Morning report: succeeded"
    assert "| VCB | 92.4 | +1.2 |" in body["text"]
    assert "<strong>rose by 12.4 points</strong>" in body["html"]
    json.dumps(body)


def test_the_link_to_the_session_ends_the_text():
    payload = preview.sample_payload()
    payload["metadata"] |= {"session_url": "https://backbeat.example/sessions/1/"}
    (body,) = preview.bodies(Webhook(format="email", url=f"mailto:{AN}"), payload)
    link = "[Open the conversation](https://backbeat.example/sessions/1/)"
    assert body["text"].index(link) < body["text"].index("-- \n")
    assert 'href="https://backbeat.example/sessions/1/"' in body["html"]


def test_a_carrier_writes_nothing(mailroom, owed):
    delivery = claim(owed(f"mailto:{AN}", "email"))
    assert delivery.webhook
    send(delivery, delivery.webhook, {"subject": "s", "text": "t"}, 1)
    assert not Attempt.objects.exists()
