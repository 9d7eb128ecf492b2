"""Receivers that misbehave, and what the documentation says becomes of the delivery each time.

While one misbehaves, others are sent by the same threads; their lag is printed (`pytest -s`).
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db.models import F, Max
from django.utils import timezone

from notifications import ssrf
from notifications.models import Attempt, Delivery, Webhook
from notifications.sender import deliver
from tests.factories import make_delivery
from tests.faults import receivers
from tests.faults.receivers import Behaviour, Receiver, answer, answering, receiving
from tests.threads import at_once, in_thread

pytestmark = pytest.mark.faults

BYSTANDERS, THREADS = 12, 6
LAG_SECONDS = 5.0
"""Far above what is measured (see docs/delivery.md): the machine may be busy."""
LIMITS: dict[str, Any] = {"total_seconds": 1.0, "connect_seconds": 0.5}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How a receiver misbehaves, and what is written about it."""

    behave: Behaviour
    status: str
    attempts: int
    words: str = ""
    format: str = "raw"
    content: str = "VN-Index +1.2 %"
    turns: int = 1
    """How often its time comes."""
    wait: tuple[float, float] | None = None
    """Seconds that it is put off by, at least and at most."""
    on: bool = True
    """Whether the webhook is still switched on."""
    tls: bool = False


def throttle(body: str = "", **headers: str) -> Behaviour:
    return answering(answer(429, body, **headers))


def in_a_minute(receiver: Receiver, link: socket.socket) -> None:
    receiver.read(link)
    at = format_datetime(timezone.now() + timedelta(seconds=60), usegmt=True)
    link.sendall(answer(429, Retry_After=at))


DISCORD = json.dumps({"message": "slow down", "retry_after": 64.57, "global": False})
BIG = "x" * 12_000_000

FAULTS = {
    "500, 500, 200": Fault(behave=answering(answer(500), answer(500), answer(200)), turns=3, status="delivered", attempts=3),
    "Retry-After in seconds": Fault(behave=throttle(Retry_After="90"), status="pending", attempts=1, wait=(80, 96)),
    "Retry-After with a fraction": Fault(behave=throttle(Retry_After="30.5"), status="pending", attempts=1, wait=(25, 34)),
    "Retry-After as a date": Fault(behave=in_a_minute, status="pending", attempts=1, wait=(50, 67)),
    "Retry-After in the vendor's JSON": Fault(behave=throttle(DISCORD), format="discord", status="pending", attempts=1, words="slow down", wait=(60, 72)),
    "Retry-After without measure": Fault(behave=throttle(Retry_After="9" * 30), status="pending", attempts=1, wait=(21_590, 21_606)),
    "429 that names no wait": Fault(behave=throttle(), status="pending", attempts=1, wait=(2, 6.1)),
    "slow loris": Fault(behave=receivers.slow_loris, status="pending", attempts=1, words="no full answer within 1 s"),
    "slow loris of a chat": Fault(behave=receivers.slow_loris, format="slack", status="unknown", attempts=1, words="It may have arrived"),
    "endless body": Fault(behave=receivers.endless_body, status="delivered", attempts=1),
    "410": Fault(behave=answering(answer(410)), status="failed", attempts=1, words="answered 410", on=False),
    "a certificate that nobody signed": Fault(behave=answering(answer(200)), tls=True, status="pending", attempts=1, words="the certificate is not accepted"),
    "a certificate that nobody signed, chat": Fault(behave=answering(answer(200)), tls=True, format="discord", status="pending", attempts=1, words="the certificate is not accepted"),
    "reset before the body was there": Fault(behave=receivers.reset_before_the_body, content=BIG, status="pending", attempts=1, words="reset by peer|broken pipe|without an answer|connection aborted"),
    "reset after the body": Fault(behave=receivers.reset_after_the_body, turns=2, status="pending", attempts=2, words="the answer was lost"),
    "reset after the body of a chat": Fault(behave=receivers.reset_after_the_body, format="telegram", status="unknown", attempts=1, words="It may have arrived"),
}  # fmt: skip


@pytest.fixture
def stage(shared_database: None, configure: Callable[..., None], tmp_path: Any) -> Iterator[Callable[..., Any]]:  # fmt: skip
    """`stage(behave)`: a misbehaving receiver and a good one, both allowed."""
    with ExitStack() as exits:

        def start(behave: Behaviour, *, tls: bool = False) -> tuple[Receiver, Receiver]:
            context = receivers.own_certificate(tmp_path) if tls else None
            bad = exits.enter_context(receiving(behave, context))
            good = exits.enter_context(receiving(answering(answer(200))))
            configure("NOTIFICATIONS", allowed_origins=(bad.origin, good.origin), **LIMITS)  # fmt: skip
            return bad, good

        yield start


def owe(url: str, *, format: str = "raw", content: str = "Fine.") -> Delivery:
    chat_id = "-100" if format == "telegram" else ""
    webhook = Webhook.objects.create(url=url, format=format, chat_id=chat_id)
    delivery = make_delivery(webhook)
    delivery.payload["content"] = content
    delivery.save()
    return delivery


def send_beside_others(delivery: Delivery, good: Receiver, name: str) -> None:
    """Send `delivery` while threads send others; those must all arrive, soon."""
    others = in_thread(lambda: [owe(good.url).id for _ in range(BYSTANDERS)])
    chunks = [[delivery.id], *(others[start::THREADS] for start in range(THREADS))]
    waiting, lock = list(chunks), threading.Lock()

    def work() -> int:
        with lock:
            chunk = waiting.pop(0)
        return deliver(chunk)

    at_once(work, len(chunks))

    def lag() -> float:
        done = Delivery.objects.filter(id__in=others, status="delivered")
        assert done.count() == BYSTANDERS
        worst = done.aggregate(lag=Max(F("finished_at") - F("created_at")))["lag"]
        return float(worst.total_seconds())

    seconds = in_thread(lag)
    sys.stdout.write(f"{name}: {BYSTANDERS} others arrived within {seconds:.2f} s\n")
    assert seconds < LAG_SECONDS


def send_again(delivery: Delivery) -> None:
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now())
    deliver([delivery.id])


@pytest.mark.parametrize("name", FAULTS)
def test_a_receiver_that_misbehaves_gets_what_is_written_and_disturbs_nobody(
    stage: Callable[..., Any], name: str
) -> None:
    fault = FAULTS[name]
    bad, good = stage(fault.behave, tls=fault.tls)
    delivery = in_thread(lambda: owe(bad.url, format=fault.format, content=fault.content))  # fmt: skip
    for turn in range(fault.turns):
        if turn:
            in_thread(lambda: send_again(delivery))
        else:
            send_beside_others(delivery, good, name)

    def look() -> None:
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts.count()) == (fault.status, fault.attempts)  # fmt: skip
        assert re.search(fault.words, delivery.error)
        assert delivery.webhook
        assert delivery.webhook.active is fault.on
        if fault.wait:
            seconds = (delivery.next_attempt_at - timezone.now()).total_seconds()
            assert fault.wait[0] <= seconds <= fault.wait[1]

    in_thread(look)
    assert set(bad.ids) <= {str(delivery.id)}


INSIDE = {
    "decimal": "http://2130706433:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "short": "http://127.1:{port}/",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "any": "http://0.0.0.0:{port}/",
    "a name": "http://localhost:{port}/",
}


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("format", ["raw", "discord"])
def test_nobody_inside_is_connected_to_however_the_address_is_written(
    stage: Callable[..., Any], name: str, format: str
) -> None:
    inside, _ = stage(answering(answer(200)))
    with receiving(answering(answer(200))) as private:
        url = INSIDE[name].format(port=private.port)
        delivery = in_thread(lambda: owe(url, format=format))
        in_thread(lambda: deliver([delivery.id]))
        in_thread(delivery.refresh_from_db)
        assert (private.connections, inside.connections) == (0, 0)
    assert delivery.status == "failed"
    assert re.search("which is|must be", delivery.error)


def test_a_redirect_to_a_private_address_is_not_followed(
    stage: Callable[..., Any],
) -> None:
    with receiving(answering(answer(200))) as private:
        bad, good = stage(answering(answer(307, Location=private.url)))
        delivery = in_thread(lambda: owe(bad.url))
        send_beside_others(delivery, good, "redirect")
        in_thread(delivery.refresh_from_db)
        assert (bad.connections, private.connections) == (1, 0)
    assert (delivery.status, delivery.error) == ("failed", "The receiver answered 307.")


def test_a_name_that_leads_inside_the_second_time_is_not_followed(
    stage: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, good = stage(answering(answer(200)))
    real, asked = socket.getaddrinfo, []

    def rebinding(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with receiving(answering(answer(200))) as private:
        url = f"http://rebind.example:{private.port}/hook"
        ssrf.check_url(url, allowed_origins=())  # when it was saved, it led outside
        delivery = in_thread(lambda: owe(url))
        send_beside_others(delivery, good, "rebinding")
        in_thread(delivery.refresh_from_db)
        assert private.connections == 0
    assert len(asked) == 2
    assert delivery.status == "failed"
    assert "leads to 127.0.0.1" in delivery.error


def test_a_reset_in_the_handshake_leaves_nothing_in_doubt(
    stage: Callable[..., Any], configure: Callable[..., None]
) -> None:
    plain, good = stage(receivers.reset_in_the_handshake)
    origin = f"https://127.0.0.1:{plain.port}"
    configure("NOTIFICATIONS", allowed_origins=(origin, good.origin), **LIMITS)
    delivery = in_thread(lambda: owe(f"{origin}/hook", format="slack"))
    send_beside_others(delivery, good, "reset in the handshake")
    in_thread(delivery.refresh_from_db)
    assert delivery.status == "pending"


def test_receivers_that_hang_hold_up_their_own_lane_alone(
    stage: Callable[..., Any], configure: Callable[..., None]
) -> None:
    def hang(receiver: Receiver, link: socket.socket) -> None:
        receiver.read(link)
        receiver.stopping.wait(20)

    bad, good = stage(hang)
    configure("NOTIFICATIONS", allowed_origins=(bad.origin, good.origin), per_host=2, at_once=6, **LIMITS)  # fmt: skip
    hanging = in_thread(lambda: [owe(bad.url).id for _ in range(8)])
    fine = in_thread(lambda: [owe(good.url).id for _ in range(40)])
    chunks = [hanging[n::8] + fine[n::8] for n in range(8)]
    lock = threading.Lock()

    def work() -> int:
        with lock:
            chunk = chunks.pop()
        return deliver(chunk)

    at_once(work, 8)

    def look() -> tuple[float, int]:
        done = Delivery.objects.filter(id__in=fine, status="delivered")
        assert done.count() == 40
        worst = done.aggregate(lag=Max(F("finished_at") - F("created_at")))["lag"]
        tries = Attempt.objects.filter(delivery__in=hanging).count()
        return worst.total_seconds(), tries

    seconds, tries = in_thread(look)
    sys.stdout.write(f"8 that hang: 40 others arrived within {seconds:.2f} s\n")
    assert tries == 8
    assert seconds < LAG_SECONDS
