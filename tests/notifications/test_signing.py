"""Signatures of Standard Webhooks, judged by two verifiers that nobody here wrote."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from notifications.envelope import headers_of, secrets_of, signing_secrets
from notifications.exceptions import Conflict
from notifications.formatters import (
    FormatConfig,
    FormatterError,
    NotificationPayload,
    get_formatter,
)
from notifications.models import Delivery, Webhook
from notifications.sender import deliver
from notifications.services import rotate_secret
from notifications.signing import (
    BadSecret,
    check_secret,
    generate_secret,
    signature_headers,
)
from notifications.validation import webhook_errors
from tests.modelserver.server import HERE, require_node

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
BODY = '{"say": "Phở 😀"}'.encode()
SIGNED = FormatConfig(has_secret=True)


def headers(*secrets, body=BODY, now=None):
    now = now or datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        **signature_headers("msg_1", body, secrets, now=now),
    }


def test_the_vector_of_the_standard_is_signed_as_it_says():
    made = signature_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        [SECRET],
        now=datetime.fromtimestamp(1614265330.9, UTC),
    )
    assert made == {
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_python_library_accepts_what_is_signed_with_either_secret():
    for secret in (SECRET, OTHER):
        Verifier(secret).verify(BODY, headers(OTHER, SECRET))
    with pytest.raises(WebhookVerificationError):
        Verifier(generate_secret()).verify(BODY, headers(OTHER, SECRET))


def verdicts(*cases):
    """What the npm package says of each `(secret, headers, body)`."""
    program = HERE / "verify_webhooks.mjs"
    node = require_node(HERE / "node_modules/standardwebhooks/dist/index.js")
    lines = [
        json.dumps({"secret": secret, "headers": sent, "body": body.decode()})
        for secret, sent, body in cases
    ]
    done = subprocess.run(
        [node, str(program)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.node
def test_the_npm_package_accepts_ours_and_nothing_else():
    now = datetime.now(UTC)
    both = headers(OTHER, SECRET)
    moved = {**both, "webhook-id": "msg_2"}
    found = verdicts(
        (SECRET, headers(SECRET), BODY),
        (SECRET, both, BODY),
        (OTHER, both, BODY),
        (generate_secret(), both, BODY),
        (SECRET, both, BODY + b" "),
        (SECRET, moved, BODY),
        (SECRET, headers(SECRET, now=now - timedelta(minutes=6)), BODY),
        (SECRET, headers(SECRET, now=now + timedelta(minutes=6)), BODY),
    )
    assert found == [
        *["ok"] * 3,
        *["No matching signature found"] * 3,
        "Message timestamp too old",
        "Message timestamp too new",
    ]


@pytest.mark.node
def test_the_npm_package_accepts_a_real_delivery_and_its_second_try(owed, receiver):
    url = receiver.answers(500, 200)
    fields = {"signing_secret": SECRET}
    delivery = owed(url, "standard", content="Phở **😀**", webhook=fields)
    deliver([delivery.id])
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now())
    rotate_secret(delivery.webhook, user=None)
    deliver([delivery.id])
    first, second = receiver.requests
    assert [each.headers["Webhook-Id"] for each in (first, second)] == [
        str(delivery.id)
    ] * 2
    new = Webhook.objects.get(pk=delivery.webhook_id).signing_secret
    sent = [(dict(each.headers), each.get_data()) for each in (first, second)]
    lower = [({k.lower(): v for k, v in head.items()}, body) for head, body in sent]
    assert verdicts(
        (SECRET, *lower[0]), (SECRET, *lower[1]), (new, *lower[1]), (new, *lower[0])
    ) == ["ok", "ok", "ok", "No matching signature found"]
    body = json.loads(sent[0][1])
    assert list(body) == ["type", "timestamp", "data"]
    assert body["type"] == "run.succeeded"
    assert body["data"] == delivery.payload


@pytest.mark.parametrize("format", ["raw", "template"])
def test_whatever_has_a_secret_is_signed(owed, receiver, format):
    url = receiver.answers(200)
    deliver([owed(url, format, webhook={"signing_secret": SECRET}).id])
    (sent,) = receiver.requests
    Verifier(SECRET).verify(sent.get_data(), dict(sent.headers))


def test_without_a_secret_nothing_is_signed(owed, receiver):
    url = receiver.answers(200)
    deliver([owed(url).id])
    (sent,) = receiver.requests
    assert "Webhook-Signature" not in sent.headers


def test_each_part_is_signed_under_its_own_id():
    webhook = Webhook(url="https://example.com/", signing_secret=SECRET)
    delivery = Delivery()
    made = headers_of(delivery, webhook, 2, BODY, now=datetime.now(UTC))
    assert made["Webhook-Id"] == f"{delivery.id}.2"
    Verifier(SECRET).verify(BODY, made)


def test_an_old_secret_signs_until_its_time_is_over():
    now = datetime.now(UTC)
    webhook = Webhook(
        signing_secret=SECRET, previous_secret=OTHER, previous_secret_until=now
    )
    assert signing_secrets(webhook, now - timedelta(seconds=1)) == [SECRET, OTHER]
    assert signing_secrets(webhook, now) == [SECRET]
    webhook.signing_secret = ""
    assert signing_secrets(webhook, now - timedelta(seconds=1)) == []


def test_a_receiver_that_echoes_a_secret_is_masked_and_a_signature_is_not():
    webhook = Webhook(
        url="https://example.com/", signing_secret=SECRET, previous_secret=OTHER
    )
    made = headers_of(Delivery(), webhook, 1, BODY, now=datetime.now(UTC))
    masked = secrets_of(made, webhook)
    assert {SECRET.encode(), OTHER.encode()} <= set(masked)
    for name in ("Webhook-Signature", "Webhook-Timestamp", "Webhook-Id"):
        assert made[name].encode() not in masked


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "must begin with whsec_"),
        ("whsec_", "holds 0 bytes; give 24 to 64"),
        ("whsec_c2hvcnQ=", "holds 5 bytes"),
        ("whsec_" + "QUJD" * 22, "holds 66 bytes"),
        ("whsec_not base64!", "must be base64"),
        ("whsec_Phở", "must be base64"),
        ("whsec_AAAAA", "must be base64"),
    ],
)
def test_a_bad_secret_is_refused_at_its_field_and_not_repeated(secret, why):
    with pytest.raises(BadSecret, match=why) as refused:
        check_secret(secret)
    assert secret.removeprefix("whsec_") not in str(refused.value) or len(secret) < 7
    webhook = Webhook(url="https://8.8.8.8/", signing_secret=secret)
    assert why in webhook_errors(webhook)["signing_secret"]


def test_own_and_unpadded_secrets_are_fine():
    check_secret(generate_secret())
    check_secret(OTHER.rstrip("="))
    assert generate_secret() != generate_secret()


def test_the_standard_format_is_refused_without_a_secret():
    webhook = Webhook(url="https://8.8.8.8/", format="standard")
    assert "is missing" in webhook_errors(webhook)["signing_secret"]
    webhook.signing_secret = SECRET
    assert webhook_errors(webhook) == {}
    with pytest.raises(FormatterError, match="signing_secret"):
        get_formatter("standard").messages(payload(), FormatConfig())


def payload(**changes):
    fields = {
        "task_id": "t1",
        "task_name": "Morning report",
        "run_id": "r1",
        "user_id": "45",
        "output_type": "text",
        "content": {"a": 1},
        "metadata": {},
    }
    return NotificationPayload(**(fields | changes))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"metadata": {"status": "succeeded"}}, "run.succeeded"),
        ({"metadata": {"status": "failed"}}, "run.failed"),
        (
            {"output_type": "alert", "metadata": {"incident": {"state": "resolved"}}},
            "incident.resolved",
        ),
        ({"output_type": "digest", "metadata": {"status": "failed"}}, "digest"),
        ({"metadata": {"status": "succeeded", "test": True}}, "test"),
    ],
)
def test_the_type_says_what_happened(fields, expected):
    (body,) = get_formatter("standard").messages(payload(**fields), SIGNED)
    assert body["type"] == expected


def test_the_moment_is_that_of_the_run():
    at = "2026-01-05T00:00:00+00:00"
    told = payload(metadata={"finished_at": at})
    (body,) = get_formatter("standard").messages(told, SIGNED)
    assert body["timestamp"] == at
    assert body["data"] == told.as_dict()


@pytest.mark.django_db
def test_a_new_secret_is_returned_once_and_the_old_one_signs_for_a_day(caplog):
    webhook = Webhook.objects.create(
        url="https://8.8.8.8/", format="standard", signing_secret=SECRET
    )
    secret = rotate_secret(webhook, user=None)
    check_secret(secret)
    stored = Webhook.objects.get()
    assert (stored.signing_secret, stored.previous_secret) == (secret, SECRET)
    left = stored.previous_secret_until - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    rotate_secret(webhook, user=None, keep_old_for=timedelta(0))
    stored = Webhook.objects.get()
    assert (stored.previous_secret, stored.previous_secret_until) == ("", None)
    assert secret not in caplog.text


@pytest.mark.django_db
def test_a_format_that_is_not_signed_gets_no_secret():
    webhook = Webhook.objects.create(url="https://8.8.8.8/", format="slack")
    with pytest.raises(Conflict, match="'slack' are not signed"):
        rotate_secret(webhook, user=None)


@pytest.mark.django_db
def test_a_bad_secret_is_not_saved():
    webhook = Webhook(url="https://8.8.8.8/", format="raw", signing_secret="x")
    with pytest.raises(ValidationError) as refused:
        webhook.full_clean()
    assert refused.value.message_dict.keys() == {"signing_secret"}
