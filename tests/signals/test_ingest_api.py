"""POST /v2/signal-outputs/ingest."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from signals.models import SignalOutput

pytestmark = pytest.mark.django_db
INGEST = "/v2/signal-outputs/ingest"
RAW = {
    "task_id": "t", "task_name": "T", "run_id": "r1", "user_id": "45",
    "output_type": "text", "content": "x", "metadata": {"ticker": "VNM"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def keys(configure, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is not there
    configure("SIGNALS", ingest_keys=("old-key", "new-key"))


def send(body=RAW, key="new-key", path=INGEST, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        headers["X-Api-Key"] = key
    return APIClient().post(path, body, headers=headers)


def send_text(body):
    headers = {"X-Api-Key": "new-key"}
    return APIClient().generic(
        "POST", INGEST, body, "application/json", headers=headers
    )


@pytest.mark.parametrize("path", [INGEST, f"{INGEST}/"], ids=["bare", "slash"])
def test_a_signal_is_stored(path):
    answer = send(path=path)
    assert answer.status_code == 201, answer.content
    signal = SignalOutput.objects.get()
    assert answer.json()["id"] == signal.pk
    assert (signal.ticker, signal.status) == ("VNM", "new")


@pytest.mark.parametrize("key", ["old-key", "new-key"])
def test_either_key_opens_while_one_is_rotated(key):
    assert send(key=key).status_code == 201


@pytest.mark.parametrize(
    "key", ["wrong", "", None, "old-key,new-key", "kéy"],
    ids=["wrong", "empty", "none", "both", "not ascii"],
)  # fmt: skip
def test_nobody_else_gets_in(key):
    answer = send(key=key)
    assert answer.status_code == 401
    assert "X-Api-Key" in answer["WWW-Authenticate"]
    assert answer["Content-Type"] == "application/problem+json"
    assert SignalOutput.objects.count() == 0


def test_without_a_key_on_the_server_the_ingest_is_shut(configure):
    configure("SIGNALS", ingest_keys=())
    answer = send(key="x")
    assert answer.status_code == 403
    assert "INTERNAL_API_KEY" in answer.json()["detail"]
    assert SignalOutput.objects.count() == 0


def test_without_a_key_the_ingest_is_open_in_debug(configure, settings):
    configure("SIGNALS", ingest_keys=())
    settings.DEBUG = True
    assert send(key=None).status_code == 201


def test_with_a_key_debug_opens_nothing(settings):
    settings.DEBUG = True
    assert send(key=None).status_code == 401


@pytest.mark.parametrize(
    "again",
    [
        lambda: send(Idempotency_Key="k"),
        lambda: send(RAW | {"idempotency_key": "k"}),
        lambda: send(webhook_id="w"),
    ],
    ids=["header", "body", "webhook-id"],
)
def test_the_same_key_is_stored_once(again):
    first, second = again(), again()
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_one_webhook_id_of_two_runs_is_two_signals():
    send(webhook_id="w")
    assert send(RAW | {"run_id": "r2"}, webhook_id="w").status_code == 201


def test_a_bad_field_is_named_and_nothing_stored():
    answer = send(RAW | {"event_date": "tomorrow", "tikcer": "x"})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"event_date", "tikcer"}
    assert SignalOutput.objects.count() == 0


def test_a_key_that_is_no_text_is_refused():
    assert "idempotency_key" in send(RAW | {"idempotency_key": 7}).json()["errors"]


def test_a_body_over_the_limit_is_refused(configure):
    configure("SIGNALS", ingest_keys=("new-key",), max_body_bytes=200)
    answer = send(RAW | {"content": "x" * 200})
    assert answer.status_code == 413
    assert "200" in answer.json()["detail"]


def test_nan_is_refused():
    answer = send_text('{"content": NaN}')
    assert answer.status_code == 400
    assert "NaN" in answer.json()["detail"]


def test_what_a_database_does_not_take_is_cleaned():
    body = r'{"content": {"a\u0000": "\ud800"}}'
    assert send_text(body).status_code == 201
    assert SignalOutput.objects.get().content == {"a": "\ufffd"}
