"""An agent that answers later: through the API, to a worker that waits."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling import callbacks, lifecycle
from scheduling.agents.http import MAX_ANSWER_BYTES
from scheduling.models import Callback
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.threads import await_status, await_true, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def reply(token: str, body: object = None, **kwargs):
    """POST an answer to the address with this token, as any program could."""
    kwargs = {"content_type": "application/json"} | kwargs
    data = body if isinstance(body, bytes | str) else json.dumps(body or {"output": "Hi"})  # fmt: skip
    return Client(enforce_csrf_checks=True).post(
        f"/v2/callbacks/{token}", data, **kwargs
    )


@pytest.fixture
def run():
    return make_run()


@pytest.fixture
def token(run):
    token = callbacks.open_callback(run.id, seconds=60)
    assert token is not None
    return token


def test_an_answer_is_kept_for_the_run(run, token):
    answer = reply(token, "Hello", content_type="text/markdown")
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    (kept,) = callbacks.answers_of([run.id]).values()
    assert (kept.body, kept.headers) == (b"Hello", {"content-type": "text/markdown"})


def test_the_address_is_kept_nowhere(run, token):
    assert token not in str(Callback.objects.values().get())
    assert len(token) >= 43


def test_a_second_answer_is_refused(run, token):
    reply(token, {"output": "first"})
    again = reply(token, {"output": "second"})
    assert again.status_code == 409
    assert again["Content-Type"] == "application/problem+json"
    assert b"first" in callbacks.answers_of([run.id])[run.id].body


def test_an_unknown_address_is_not_found():
    assert reply("unknown").status_code == 404


def test_after_the_deadline_it_is_too_late(run, token):
    Callback.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert reply(token).status_code == 410


def test_a_run_that_is_over_takes_no_answer(run, token):
    lifecycle_over = {"status": "cancelled", "finished_at": timezone.now()}
    type(run).objects.filter(id=run.id).update(**lifecycle_over)
    answer = reply(token)
    assert answer.status_code == 410
    assert "cancelled" in answer.json()["detail"]


def test_the_address_of_an_earlier_try_is_unknown(run, token):
    assert callbacks.open_callback(run.id, seconds=60)
    assert reply(token).status_code == 404


def test_what_was_answered_between_two_tries_counts(run, token):
    reply(token)
    assert callbacks.open_callback(run.id, seconds=60) is None


def test_a_long_answer_is_refused_and_the_address_stays_good(token):
    assert reply(token, b"x" * (MAX_ANSWER_BYTES + 1)).status_code == 413
    assert reply(token).status_code == 202


def test_other_verbs_are_refused(token):
    assert Client().get(f"/v2/callbacks/{token}").status_code == 405


# -- a worker that waits


@pytest.fixture
def accepted(httpserver, make_worker):
    """Start a run whose agent accepts; what it was sent, and the run, and its worker."""

    def start(**task):
        httpserver.expect_request("/agent").respond_with_data(status=202)
        worker = make_worker(
            agent_allowed_origins=(httpserver.url_for("/"),),
            public_url="http://backbeat.test/",
        )
        agent = make_agent(
            id="later",
            backend="http",
            options={"url": httpserver.url_for("/agent"), "callback": True},
        )
        run = make_run(make_task(agent=agent, **task), **task)
        chunk = in_thread(worker.run_chunk, [run.id])
        await_true(lambda: httpserver.log, "the agent is asked")
        return run, json.loads(httpserver.log[-1][0].data), worker, chunk

    return start


def test_the_later_answer_is_the_output(accepted):
    run, sent, _worker, chunk = accepted()
    start, _, token = sent["callback_url"].rpartition("/")
    assert start == "http://backbeat.test/v2/callbacks"
    assert reply(token, {"output": "Done", "data": [1]}).status_code == 202
    chunk.result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.output, run.output_data) == ("succeeded", "Done", [1])


def test_a_failure_that_comes_later_fails_the_run(accepted):
    run, sent, _worker, chunk = accepted()
    reply(sent["callback_url"].rpartition("/")[2], {"error": "no data"})
    chunk.result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "error")
    assert "no data" in run.error


def test_the_deadline_ends_the_wait(accepted):
    run, _sent, _worker, chunk = accepted(deadline_seconds=1)
    chunk.result(timeout=3)
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "timeout")


def test_a_cancel_ends_the_wait_within_two_seconds(accepted):
    run, _sent, _worker, _chunk = accepted()
    begun = time.monotonic()
    run.refresh_from_db()
    lifecycle.request_cancel(run)
    await_status(run, "cancelled")
    assert time.monotonic() - begun < 2


def test_a_run_that_is_given_back_is_answered_all_the_same(
    accepted, configure, httpserver, make_worker
):
    run, sent, worker, chunk = accepted()
    configure("SCHEDULING", drain_seconds=0.0)
    worker.stop()
    chunk.result(timeout=10)
    assert reply(sent["callback_url"].rpartition("/")[2]).status_code == 202
    second = make_worker()
    type(run).objects.filter(id=run.id).update(next_attempt_at=timezone.now())
    in_thread(second.run_chunk, [run.id]).result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "Hi")
    assert len(httpserver.log) == 1


def test_without_an_address_of_our_own_the_agent_is_misconfigured(
    httpserver, make_worker
):
    worker = make_worker(agent_allowed_origins=(httpserver.url_for("/"),))
    options = {"url": httpserver.url_for("/agent"), "callback": True}
    run = make_run(
        make_task(agent=make_agent(id="later", backend="http", options=options))
    )
    in_thread(worker.run_chunk, [run.id]).result(timeout=10)
    run.refresh_from_db()
    assert run.status == "failed"
    assert "SCHEDULING_PUBLIC_URL" in run.error
