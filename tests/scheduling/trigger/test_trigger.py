"""`POST /webhook/trigger/{task_id}`: who gets by, and what begins."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import jwt
import pytest
from django.db import OperationalError, connection
from django.test import Client

from pages.tokens import make_token
from scheduling import services
from scheduling.interop.trigger.hook import Verification, register_verify_hook
from scheduling.models import Run, TriggerKey, UsedSignature
from scheduling.services import make_trigger_key
from tests.factories import make_member, make_task, make_user
from tests.scheduling.trigger.conftest import SECRET, rejected, signed

pytestmark = pytest.mark.django_db
JWT_KEY = "a-key-for-json-web-tokens-of-32-bytes"


@pytest.fixture
def secret(configure):
    configure("SCHEDULING", trigger_secret=SECRET)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def a_jwt(sub, key=JWT_KEY, **claims):
    return jwt.encode({"sub": sub, "exp": time.time() + 60} | claims, key, "HS256")


# Signatures


def test_a_signed_request_begins_a_run(task, secret, post):
    body = json.dumps({"inputs": {"ticker": "VCB"}}).encode()
    answer = post(body=body, headers=signed(body))
    run = Run.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True, "status": "triggered", "task_id": "report", "run_id": str(run.id),
        "message": "Task execution started in background",
    }  # fmt: skip
    assert (run.trigger, run.status, run.scheduled_for) == ("webhook", "queued", None)
    assert run.event["payload"] == {"ticker": "VCB"}
    assert answer["Cache-Control"].startswith("max-age=0")


def test_a_trigger_moves_no_plan_and_uses_no_slot(task, secret, post):
    before = (task.next_slot, task.next_run_at, task.scheduled_runs)
    assert post(headers=signed()).status_code == 200
    task.refresh_from_db()
    assert (task.next_slot, task.next_run_at, task.scheduled_runs) == before


def test_a_signature_begins_one_run(task, secret, post):
    headers = signed()
    assert post(headers=headers).status_code == 200
    assert rejected(post(headers=headers)) == (403, "Replayed request")
    changed = headers | {"X-Webhook-Signature": "sha256=" + headers["X-Webhook-Signature"].upper()}  # fmt: skip
    assert rejected(post(headers=changed)) == (403, "Replayed request")
    assert Run.objects.count() == 1


def test_the_signature_of_one_task_is_none_of_another(task, post):
    other = make_task(id="other")
    _, key = make_trigger_key(task, kind="secret", user=None)
    assert post(headers=signed(secret=key)).status_code == 200
    assert rejected(post("other", headers=signed(secret=key))) == (403, "Invalid signature")  # fmt: skip
    assert not other.runs.exists()


WRONG = {
    "unsigned": (dict, "Missing signature"),
    "empty": (lambda: signed() | {"X-Webhook-Signature": ""}, "Missing signature"),
    "no stamp": (lambda: signed() | {"X-Webhook-Timestamp": ""}, "Missing timestamp"),
    "no number": (lambda: signed() | {"X-Webhook-Timestamp": "x"}, "Invalid timestamp"),
    "stale": (lambda: signed(at=time.time() - 400), "Timestamp expired"),
    "ahead": (lambda: signed(at=time.time() + 400), "Timestamp expired"),
    "other secret": (lambda: signed(secret="another"), "Invalid signature"),
    "other body": (lambda: signed(b"{}"), "Invalid signature"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("task_id", ["report", "nowhere"])
def test_who_cannot_sign_learns_nothing_of_the_task(task, secret, post, task_id, wrong):
    headers, said = WRONG[wrong]
    assert rejected(post(task_id, headers=headers())) == (403, said)
    assert not Run.objects.exists()
    assert not UsedSignature.objects.exists()


def test_without_keys_and_settings_nobody_gets_in(task, post):
    assert rejected(post()) == (403, "Missing signature")
    assert rejected(post(headers=signed(secret=""))) == (403, "Invalid signature")


def test_an_expired_secret_signs_nothing(task, post):
    key, told = make_trigger_key(task, kind="secret", days=1, user=None)
    TriggerKey.objects.update(expires_at=key.created_at)
    assert rejected(post(headers=signed(secret=told))) == (403, "Invalid signature")


def test_a_task_that_is_not_there_is_told_to_who_may_know(secret, post):
    answer = post("nowhere", headers=signed())
    assert answer.status_code == 404
    assert answer.json() == {
        "success": False, "error": "Task nowhere not found", "error_code": "TASK_NOT_FOUND",
        "task_id": "nowhere",
    }  # fmt: skip


def test_a_signature_that_began_no_run_may_be_sent_again(task, secret, post):
    task.agent.active = False
    task.agent.save()
    headers = signed()
    answer = post(headers=headers)
    assert (answer.status_code, answer.json()["success"]) == (409, False)
    assert answer.json()["error_code"] == "CONFLICT"
    task.agent.active = True
    task.agent.save()
    assert post(headers=headers).status_code == 200


# Tokens


def test_a_token_of_the_task_begins_a_run_and_keeps_when(task, post):
    key, token = make_trigger_key(task, user=None)
    assert post(headers=bearer(token)).status_code == 200
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    assert post(headers=bearer(token)).status_code == 200
    key.refresh_from_db()
    assert key.last_used_at == first  # not written again within the minute


def test_a_token_opens_its_own_task_alone(task, post):
    make_task(id="other")
    _, token = make_trigger_key(task, user=None)
    for task_id in ("other", "nowhere"):
        assert rejected(post(task_id, headers=bearer(token))) == (403, "Invalid token")


def test_a_revoked_and_an_expired_token_are_refused(task, post):
    key, token = make_trigger_key(task, days=1, user=None)
    TriggerKey.objects.update(expires_at=key.created_at)
    assert rejected(post(headers=bearer(token))) == (403, "Invalid token")
    services.revoke_trigger_key(key)
    assert rejected(post(headers=bearer(token))) == (403, "Invalid token")


@pytest.mark.parametrize(
    "token",
    ["x", "bbt_", "a.b.c", "bbt_\u00e9", "e30.e30.e30", "." * 3000, "x" * 20_000],
    ids=range(7),
)
def test_a_token_that_is_none_is_refused(task, post, configure, token):
    configure("SCHEDULING", trigger_jwt_key=JWT_KEY)
    assert post(headers=bearer(token.encode().decode("latin-1"))).status_code == 403


# Users


def test_the_api_token_of_an_owner_runs_their_task(post):
    lan = make_user()
    make_task(id="own", owner=lan)
    assert post("own", headers=bearer(make_token(lan, 1)[1])).status_code == 200
    assert Run.objects.get().requested_by == lan


@pytest.mark.parametrize(
    ("group", "status"), [("operators", 200), ("editors", 200), ("viewers", 403)]
)
def test_staff_need_to_be_operators(task, post, group, status):
    answer = post(headers=bearer(make_token(make_member(group), 1)[1]))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error_code"] == "PERMISSION_DENIED"


def test_who_is_only_the_target_may_not_run_it(post):
    lan = make_user()
    make_task(id="for-lan", target_user_id=str(lan.pk))
    make_task(id="not-for-lan")
    token = make_token(lan, 1)[1]
    assert post("for-lan", headers=bearer(token)).json()["error_code"] == "PERMISSION_DENIED"  # fmt: skip
    assert post("not-for-lan", headers=bearer(token)).status_code == 404
    assert post("nowhere", headers=bearer(token)).status_code == 404


def test_a_jwt_stands_for_the_user_of_its_subject(configure, post):
    configure("SCHEDULING", trigger_jwt_key=JWT_KEY)
    lan = make_user(username="lan")
    make_task(id="own", owner=lan)
    for sub in ("lan", str(lan.pk)):
        assert post("own", headers=bearer(a_jwt(sub))).status_code == 200
    assert set(Run.objects.values_list("requested_by", flat=True)) == {lan.pk}


def test_a_jwt_that_does_not_hold_is_refused(configure, post):
    configure("SCHEDULING", trigger_jwt_key=JWT_KEY)
    lan = make_user(username="lan")
    make_task(id="own", owner=lan)
    make_user(username="gone", is_active=False)
    wrong = [
        a_jwt("lan", exp=time.time() - 60), a_jwt("lan", key="another-key-of-thirty-two-bytes!"),
        jwt.encode({"sub": "lan"}, JWT_KEY, "HS256"), jwt.encode({"exp": 9e9}, JWT_KEY, "HS256"),
        jwt.encode({"sub": "lan", "exp": 9e9}, JWT_KEY * 2, "HS512"), jwt.encode({"sub": "lan", "exp": 9e9}, "", "none"),
        a_jwt("gone"), a_jwt("nobody"), a_jwt("9" * 30), a_jwt(""), a_jwt("x\0y"), a_jwt("\ud800"),
        a_jwt("lan", exp=float("inf")),
    ]  # fmt: skip
    for token in wrong:
        assert rejected(post("own", headers=bearer(token))) == (403, "Invalid token")


def test_a_jwt_must_be_for_this_audience(configure, post):
    configure("SCHEDULING", trigger_jwt_key=JWT_KEY, trigger_jwt_audience="backbeat")
    make_task(id="own", owner=make_user(username="lan"))
    assert post("own", headers=bearer(a_jwt("lan"))).status_code == 403
    assert post("own", headers=bearer(a_jwt("lan", aud="other"))).status_code == 403
    assert post("own", headers=bearer(a_jwt("lan", aud="backbeat"))).status_code == 200


def test_a_jwt_is_worth_nothing_without_a_key_in_the_settings(post):
    make_task(id="own", owner=make_user(username="lan"))
    assert post("own", headers=bearer(a_jwt("lan"))).status_code == 403


def test_a_session_is_no_credential_here(task):
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert rejected(client.post("/webhook/trigger/report")) == (403, "Missing signature")  # fmt: skip


def test_a_body_may_name_only_those_whom_the_task_is_for(task, secret, post):
    for user_id, status in (("45", 200), ("46", 403)):
        body = json.dumps({"user_id": user_id}).encode()
        assert post(body=body, headers=signed(body)).status_code == status


# The verify hook


def test_a_hook_lets_in_and_sees_what_was_sent(task, post):
    seen = []

    def judge(context):
        seen.append(context)
        return Verification(valid=True)

    register_verify_hook(judge)
    assert post(body={"a": 1}, headers={"X-Own": "yes"}).status_code == 200
    assert (seen[0].task_id, seen[0].client_ip, seen[0].body) == ("report", "127.0.0.1", b'{"a": 1}')  # fmt: skip
    assert seen[0].headers["x-own"] == "yes"


def test_a_hook_may_say_which_user_asks(post):
    lan = make_user(username="lan")
    make_task(id="own", owner=lan)
    make_task(id="other")
    register_verify_hook(lambda _: {"valid": True, "user_id": lan.pk})
    assert post("own").status_code == 200
    assert post("other").status_code == 404
    register_verify_hook(lambda _: {"valid": True, "user_id": "nobody"})
    assert post("own").status_code == 403


def test_a_hook_refuses_in_its_own_words(task, secret, post):
    register_verify_hook(lambda _: Verification(valid=False, error="Not today"))
    assert rejected(post(headers=signed())) == (403, "Not today")


@pytest.mark.parametrize("said", [{"valid": "false"}, {"valid": 1}, {}, "yes", False])
def test_a_hook_that_does_not_say_true_refuses(task, post, said):
    register_verify_hook(lambda _: said)
    assert rejected(post()) == (403, "Refused by the verify hook")


def test_a_hook_that_fails_refuses_and_is_logged(task, secret, post, caplog):
    register_verify_hook(lambda _: 1 / 0)
    assert rejected(post(headers=signed())) == (403, "Refused by the verify hook")
    assert "ZeroDivisionError" in caplog.text


def test_a_hook_without_opinion_leaves_it_to_the_signature(task, secret, post):
    register_verify_hook(lambda _: None)
    assert post(headers=signed()).status_code == 200
    assert post().status_code == 403


def always(_context):
    return True


def test_a_hook_may_be_named_by_the_settings(task, post, configure):
    configure("SCHEDULING", trigger_verify_hook=f"{__name__}:always")
    assert post().status_code == 200
    configure("SCHEDULING", trigger_verify_hook=f"{__name__}:never_written")
    assert post().status_code == 403


# Addresses and rates


def test_only_the_addresses_of_the_list_get_in(task, secret, post, configure):
    configure("SCHEDULING", trigger_allowed_ips=("203.0.113.0/24", "2001:db8::/32"))
    assert rejected(post(headers=signed())) == (403, "IP not allowed")
    for age, address in enumerate(("203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1")):
        headers = signed(at=time.time() - age)
        assert post(headers=headers, REMOTE_ADDR=address).status_code == 200
    assert post(headers=signed(), REMOTE_ADDR="").status_code == 403


def test_a_forwarded_address_counts_from_a_trusted_proxy_alone(task, secret, post, configure):  # fmt: skip
    configure("SCHEDULING", trigger_allowed_ips=("203.0.113.9",))
    headers = signed() | {"X-Forwarded-For": "203.0.113.9"}
    assert rejected(post(headers=headers)) == (403, "IP not allowed")
    configure("SCHEDULING", trusted_proxies=("127.0.0.0/8",))
    assert post(headers=headers).status_code == 200


def test_a_list_of_nonsense_lets_nobody_in(task, secret, post, configure):
    configure("SCHEDULING", trigger_allowed_ips=("localhost",))
    assert rejected(post(headers=signed())) == (403, "IP not allowed")


def test_too_many_requests_are_told_when_to_come_back(task, post, configure):
    configure("SCHEDULING", trigger_rate_per_minute=3)
    assert [post().status_code for _ in range(4)] == [403, 403, 403, 429]
    answer = post()
    assert rejected(answer) == (429, "Rate limit exceeded")
    assert 1 <= int(answer["Retry-After"]) <= 120
    assert post(REMOTE_ADDR="192.0.2.1").status_code == 403  # another address
    assert post("other").status_code == 403  # another task


def test_another_address_of_the_same_network_of_ipv6_is_counted_with_it(task, post, configure):  # fmt: skip
    configure("SCHEDULING", trigger_rate_per_minute=2)
    sent = [post(REMOTE_ADDR=f"2001:db8::{n}").status_code for n in range(1, 4)]
    assert sent == [403, 403, 429]
    assert post(REMOTE_ADDR="2001:db8:0:1::1").status_code == 403


# Bodies and methods


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff", b'{"a": NaN}'])
def test_a_signed_body_that_is_no_json_is_told_so(task, secret, post, body):
    answer = post(body=body, headers=signed(body))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_JSON"
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)  # fmt: skip
def test_the_kind_of_the_body_does_not_matter(task, secret, post, kind):
    body = b'{"inputs": {"a": "\\u0000b"}}'
    assert post(body=body, headers=signed(body), content_type=kind).status_code == 200
    assert Run.objects.get().event["payload"] == {"a": "b"}


def test_a_body_of_more_than_256_kb_is_refused(task, secret, post):
    body = b'{"a": "' + b"x" * 256 * 1024 + b'"}'
    answer = post(body=body, headers=signed(body))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("verb", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_begins_anything(task, verb):
    answer = getattr(Client(), verb)("/webhook/trigger/report")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_slash_at_the_end_is_the_same(task, secret, post):
    assert post("report/", headers=signed()).status_code == 200


@pytest.mark.parametrize("task_id", ["a%00b", "x" * 3000, "%F0%9F%98%80", "a%20b", "..%2f"])  # fmt: skip
def test_a_strange_name_of_a_task_is_no_fault(secret, post, task_id):
    assert post(task_id, headers=bearer("bbt_x")).status_code in (403, 404)
    assert post(task_id, headers=signed()).status_code in (403, 404)
    assert post(task_id).status_code in (403, 404)


# Idempotency keys


def test_an_idempotency_key_gives_the_same_run_back(task, post):
    headers = bearer(make_trigger_key(task, user=None)[1])
    sent = [post(headers=headers | {"Idempotency-Key": key}).json()["run_id"] for key in ("a", "a", "b")]  # fmt: skip
    assert sent[0] == sent[1] != sent[2]
    assert Run.objects.count() == 2


def test_the_key_of_one_caller_is_not_that_of_another(task, post):
    ids = {
        post(headers=bearer(make_trigger_key(task, user=None)[1]) | {"Idempotency-Key": "a"}).json()["run_id"]
        for _ in range(2)
    }  # fmt: skip
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["a b", "x" * 300, "\u00e9"])
def test_an_idempotency_key_that_is_none_is_refused(task, post, key):
    headers = bearer(make_trigger_key(task, user=None)[1])
    answer = post(headers=headers | {"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_VALUE")  # fmt: skip


# What it costs


def test_who_is_refused_writes_nothing(task, secret, post, django_assert_max_num_queries):  # fmt: skip
    with django_assert_max_num_queries(3) as asked:
        post(headers=signed(secret="another"))
        post(headers=bearer("bbt_x"))
        post()
    assert all(each["sql"].startswith("SELECT") for each in asked.captured_queries)


def test_a_database_that_is_away_is_told_so(task, secret, post):
    def away(*_: Any) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        answer = post(headers=signed())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_run_that_is_there_has_its_id_from_the_signature(task, secret, post):
    run_id = post(headers=signed()).json()["run_id"]
    assert uuid.UUID(run_id).version == 5
