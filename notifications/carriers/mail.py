"""A mail, handed to the installation's mail server."""

from __future__ import annotations

import contextlib
import json
import re
import smtplib
import time
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.utils import timezone

from notifications.carriers.base import Try, attempt_of
from notifications.carriers.letter import compose
from notifications.exchange import Exchange
from notifications.mail_addresses import addresses_of, mask_address
from notifications.models import Delivery, Webhook
from notifications.reach import mail_problem
from notifications.transport import TransportError
from notifications.watchdog import watch

TAKEN = 250
_ACCEPTED = (250, 251)
_WORDS_CHARS = 500


class MailRefused(TransportError):
    """The mail server will never take this message, or none of its recipients."""

    permanent = True


def send(
    delivery: Delivery,
    webhook: Webhook,
    message: Any,
    part: int,
    *,
    total_timeout: float | None = None,
) -> Try:
    """Hand one mail over. 250 means that the server took it, for one recipient or more.

    Those that it refused beside them are named in the answer. It may have arrived when the
    connection breaks after the text has been sent. `total_timeout` in seconds.
    """
    started, clock = timezone.now(), time.monotonic()
    recipients = addresses_of(webhook.url)
    said, error = "", None
    try:
        said = _sent(delivery, webhook, message, recipients, total_timeout)
    except TransportError as caught:
        error = caught
    attempt = attempt_of(
        delivery,
        part,
        started_at=started,
        duration_ms=round((time.monotonic() - clock) * 1000),
        request_body=json.dumps(message, ensure_ascii=False),
        status_code=None if error else TAKEN,
        response=said,
        error=error.reason if error else "",
    )
    return Try(attempt=attempt, error=error)


def _sent(
    delivery: Delivery,
    webhook: Webhook,
    message: Any,
    recipients: Sequence[str],
    total_timeout: float | None,
) -> str:
    """What the server said. Raises `TransportError`."""
    if problem := mail_problem(webhook.url):
        raise MailRefused(problem, sent=False)
    mail = compose(message, recipients, webhook_id=str(delivery.id))
    server = get_connection()
    conf = settings.NOTIFICATIONS
    exchange = Exchange(
        origin=getattr(server, "host", ""),
        allowed_origins=frozenset(),
        connect_timeout=conf.connect_seconds,
        total_timeout=total_timeout or conf.total_seconds,
    )
    try:
        if not isinstance(server, EmailBackend):  # it prints, or keeps it for a test
            server.send_messages([mail])
            return ""
        return _masked(_talk(server, mail, exchange), recipients)
    except OSError as error:  # smtplib's own errors are among them
        words = _masked(_words(error, exchange), recipients)
        raise TransportError(
            f"The mail server did not take it: {words}", sent=exchange.sent
        ) from None
    except MailRefused as error:
        words = _masked(error.reason, recipients)
        raise MailRefused(words, sent=False) from None
    finally:
        with contextlib.suppress(OSError):
            server.close()
        exchange.close()


def _talk(server: EmailBackend, mail: EmailMessage, exchange: Exchange) -> str:
    """Hand `mail` over, command by command: only so it is known what was refused, and when."""
    server.timeout = exchange.connect_timeout
    server.open()
    smtp = server.connection
    if (
        smtp is None or smtp.sock is None
    ):  # `open` has raised, unless it was to be silent
        raise smtplib.SMTPServerDisconnected("no connection")
    exchange.use(smtp.sock)
    smtp.sock.settimeout(exchange.seconds_left())
    watch(exchange)
    smtp.ehlo_or_helo_if_needed()
    options = ["body=8bitmime"] if smtp.has_extn("8bitmime") else []
    _judge({"": smtp.mail(_plain(mail.from_email), options)})
    answers = {each: smtp.rcpt(_plain(each)) for each in mail.recipients()}
    refused = {
        address: answer
        for address, answer in answers.items()
        if answer[0] not in _ACCEPTED
    }
    if len(refused) == len(answers):
        _judge(refused)
    body = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg] # Django's
    exchange.sent = True  # as far as can be known, until it answers
    try:
        answer = smtp.data(body)
    except smtplib.SMTPDataError as error:  # it did not want to hear the text
        answer = error.smtp_code, _bytes(error.smtp_error)
    exchange.sent = answer[0] == TAKEN
    _judge({"": answer})
    return "\n".join([_line(*answer), *_named(refused)])


def _judge(answers: dict[str, tuple[int, bytes]]) -> None:
    """Raise for refusals: `MailRefused` when all of them are for good (5xx)."""
    refused = {who: said for who, said in answers.items() if said[0] not in _ACCEPTED}
    if not refused:
        return
    if all(code >= 500 for code, _ in refused.values()):
        words = "; ".join(_named(refused))
        raise MailRefused(f"The mail server refused it: {words}", sent=False)
    raise smtplib.SMTPException("; ".join(_named(refused)))


def _named(refused: dict[str, tuple[int, bytes]]) -> list[str]:
    return [
        f"{who} was refused: {_line(*said)}" if who else _line(*said)
        for who, said in refused.items()
    ]


def _line(code: int, words: bytes) -> str:
    text = " ".join(words.decode("utf-8", "replace").split())
    return f"{code} {text[:_WORDS_CHARS]}".strip()


def _words(error: OSError, exchange: Exchange) -> str:
    if exchange.stopped_by:
        return f"no answer within {exchange.total_timeout:g} s"
    if isinstance(error, smtplib.SMTPResponseException):
        return _line(error.smtp_code, _bytes(error.smtp_error))
    return (error.strerror or str(error) or type(error).__name__)[:_WORDS_CHARS]


def _bytes(words: bytes | str) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _plain(address: str) -> str:
    """The address alone, as the envelope wants it: a name in another script as punycode."""
    return sanitize_address(address, settings.DEFAULT_CHARSET)


def _masked(text: str, recipients: Collection[str]) -> str:
    """Servers repeat the addresses; who reads about the delivery need not learn them."""
    for address in recipients:
        text = re.sub(
            re.escape(address), mask_address(address), text, flags=re.IGNORECASE
        )
    return text
