from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
from pydantic import ValidationError
from werkzeug import Response

from scheduling.agents.base import (
    AgentError,
    InvalidOutput,
    Misconfigured,
    ParentOutput,
)
from scheduling.agents.http import (
    MAX_ANSWER_BYTES,
    HttpBackend,
    HttpOptions,
    read_answer,
)
from tests.flows.stack import free_port
from tests.scheduling.agents.conftest import Answer

pytestmark = pytest.mark.anyio


@pytest.fixture
def ask(httpserver, make_request):
    """Answer one POST with `response` and return what the backend makes of it."""

    async def ask(response: Response | object, **changes):
        respond = httpserver.expect_oneshot_request("/agent", method="POST")
        if isinstance(response, Response):
            respond.respond_with_response(response)
        else:
            respond.respond_with_json(response)
        changes.setdefault("options", HttpOptions(url=httpserver.url_for("/agent")))
        return await HttpBackend().invoke(make_request(**changes))

    return ask


async def test_the_run_is_posted_as_json(ask, httpserver):
    await ask({"output": "Hello"})
    sent, _ = httpserver.log[0]
    assert json.loads(sent.data) == {
        "run_id": "run-1",
        "task_id": "task-1",
        "task_name": "Morning digest",
        "user_id": "user-1",
        "attempt": 1,
        "scheduled_for": "2026-03-01T07:00:00+00:00",
        "system_prompt": "Be brief.",
        "input_message": "What is new?",
        "parents": {},
    }
    assert sent.headers["Content-Type"] == "application/json"


async def test_what_came_before_is_sent_along(ask, httpserver):
    before = ParentOutput(task_name="Prices", status="succeeded", output="up", data=[1])
    await ask({"output": "Hello"}, parents={"prices": before})
    sent, _ = httpserver.log[0]
    assert json.loads(sent.data)["parents"] == {
        "prices": {"task_name": "Prices", "status": "succeeded", "output": "up", "data": [1]}
    }  # fmt: skip


async def test_the_run_id_is_the_idempotency_key(ask, httpserver):
    await ask({"output": "Hello"}, attempt=3)
    sent, _ = httpserver.log[0]
    assert sent.headers["Idempotency-Key"] == "run-1"


async def test_the_token_is_sent_as_bearer(ask, httpserver):
    await ask({"output": "Hello"}, credentials={"bearer_token": "s3cret"})
    sent, _ = httpserver.log[0]
    assert sent.headers["Authorization"] == "Bearer s3cret"


async def test_without_a_token_there_is_no_authorization(ask, httpserver):
    await ask({"output": "Hello"})
    sent, _ = httpserver.log[0]
    assert "Authorization" not in sent.headers


async def test_headers_of_the_options_are_sent(ask, httpserver):
    url = httpserver.url_for("/agent")
    await ask({"output": "x"}, options=HttpOptions(url=url, headers={"X-Team": "ops"}))
    sent, _ = httpserver.log[0]
    assert sent.headers["X-Team"] == "ops"


async def test_the_wait_leaves_it_to_the_deadline_to_end_the_run(
    ask, httpserver, context
):
    url = httpserver.url_for("/agent")
    options = HttpOptions(url=url, timeout_seconds=600)
    await ask({"output": "x"}, options=options, deadline_seconds=12.0)
    await ask({"output": "x"}, deadline_seconds=8.0)
    assert context.timeouts == [13.0, 9.0]


@pytest.mark.parametrize("name", ["output", "content", "text"])
async def test_the_output_may_have_any_of_its_names(ask, name):
    assert (await ask({name: "Hello"})).output == "Hello"


async def test_everything_the_agent_says_is_taken(ask):
    result = await ask(
        {
            "output": "**Hi**",
            "output_type": "markdown",
            "data": {"n": [1, 2]},
            "metadata": {"mood": "calm"},
            "usage": {
                "input_tokens": 12,
                "output_tokens": 3,
                "cost": "0.0004",
                "model": "own-model",
            },
            "something": "else",
        }
    )
    assert result.output_type == "markdown"
    assert result.data == {"n": [1, 2]}
    assert result.metadata == {"mood": "calm"}
    assert (result.usage.input_tokens, result.usage.output_tokens) == (12, 3)
    assert result.usage.cost == Decimal("0.0004")
    assert result.usage.model == "own-model"


async def test_null_means_that_nothing_was_said(ask):
    result = await ask({"output": "Hi", "metadata": None, "usage": None})
    assert result.metadata == {}
    assert result.usage.cost is None


@pytest.mark.parametrize(
    ("content_type", "output_type"),
    [
        ("text/plain", "text"),
        ("text/markdown; charset=utf-8", "markdown"),
        ("text/html", "html"),
    ],
)
async def test_a_text_body_is_the_output(ask, content_type, output_type):
    body = "Xin chào".encode()
    result = await ask(Response(body, content_type=content_type))
    assert result.output == "Xin chào"
    assert result.output_type == output_type


async def test_the_charset_is_obeyed(ask):
    body = "Grüße".encode("latin-1")
    result = await ask(Response(body, content_type='text/plain; charset="ISO-8859-1"'))
    assert result.output == "Grüße"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_passing_failure_can_be_retried(ask, status):
    with pytest.raises(AgentError) as caught:
        await ask(Response("busy", status=status))
    assert caught.value.retryable
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_refusal_is_final_and_quoted(ask, status):
    with pytest.raises(AgentError) as caught:
        await ask(Response("no such agent", status=status))
    assert not caught.value.retryable
    assert (
        str(caught.value) == f"the agent answered with status {status}: no such agent"
    )


async def test_a_wrong_key_blocks_the_agent_and_other_refusals_do_not(ask):
    with pytest.raises(Misconfigured, match="status 401"):
        await ask(Response("who are you?", status=401))
    with pytest.raises(AgentError) as caught:
        await ask(Response("not you", status=403))
    assert not isinstance(caught.value, Misconfigured)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), ("7200", 3600), ("soon", None), ("-5", None), ("", None)],
)
async def test_retry_after_is_taken_in_seconds_up_to_an_hour(ask, header, seconds):
    with pytest.raises(AgentError) as caught:
        await ask(Response("busy", status=429, headers={"Retry-After": header}))
    assert caught.value.retry_after == seconds


async def test_a_long_refusal_is_shortened(ask):
    with pytest.raises(AgentError) as caught:
        await ask(Response("x" * 5000, status=400))
    assert len(str(caught.value)) < 400


async def test_a_token_that_the_answer_repeats_is_blotted_out(ask):
    with pytest.raises(AgentError) as caught:
        await ask(
            Response("bad token s3cret!", status=401),
            credentials={"bearer_token": "s3cret"},
        )
    assert "s3cret" not in str(caught.value)
    assert "bad token ***!" in str(caught.value)


async def test_a_redirect_is_not_followed_and_explained(ask):
    with pytest.raises(AgentError, match="redirects are not followed") as caught:
        await ask(Response("", status=302, headers={"Location": "/elsewhere"}))
    assert not caught.value.retryable


async def test_accepted_for_later_is_an_error_that_says_so(ask):
    with pytest.raises(AgentError, match="status 202"):
        await ask(Response("{}", status=202, content_type="application/json"))


@pytest.mark.parametrize("body", ["{", '{"output": NaN}', "", "[" * 100_000])
async def test_json_that_is_none_is_invalid_output(ask, body):
    with pytest.raises(InvalidOutput, match="not valid JSON"):
        await ask(Response(body, content_type="application/json"))


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({}, "output"),
        ({"output": 5}, "output"),
        ({"output": "x", "metadata": [1]}, "metadata"),
        ({"output": "x", "usage": {"input_tokens": -1}}, "usage.input_tokens"),
        ({"output": "x", "usage": {"cost": "NaN"}}, "usage.cost"),
        (["x"], "the answer"),
    ],
)
async def test_json_of_another_shape_is_invalid_and_says_where(ask, answer, where):
    with pytest.raises(InvalidOutput) as caught:
        await ask(answer)
    assert f"does not fit: {where}:" in str(caught.value)


async def test_an_empty_answer_is_invalid_output(ask):
    with pytest.raises(InvalidOutput, match="empty"):
        await ask(Response("  \n", content_type="text/plain"))


async def test_data_alone_is_an_answer(ask):
    assert (await ask({"output": "", "data": [1]})).data == [1]


async def test_a_picture_is_invalid_output(ask):
    with pytest.raises(InvalidOutput, match="image/png"):
        await ask(Response(b"\x89PNG", content_type="image/png"))


async def test_bytes_that_are_no_text_are_invalid_output(ask):
    with pytest.raises(InvalidOutput, match="not utf-8"):
        await ask(Response(b"\xff\xfe\x00", content_type="text/plain"))


@pytest.mark.parametrize("charset", ["klingon", "punycode", "unicode_escape"])
async def test_an_unknown_charset_is_invalid_output(ask, charset):
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    with pytest.raises(InvalidOutput, match=f"unknown charset '{charset}'"):
        await ask(Response(b"x", headers=headers))


async def test_an_answer_that_was_cut_is_invalid_output(ask):
    with pytest.raises(InvalidOutput, match="too long"):
        await ask(Response("x" * 300_000, content_type="text/plain"))


async def test_an_answer_beyond_the_cap_is_invalid_output():
    answer = Answer(
        status=200,
        headers={"content-type": "text/plain"},
        body=b"x" * (MAX_ANSWER_BYTES + 1),
        truncated=False,
    )
    with pytest.raises(InvalidOutput, match="too long"):
        read_answer(answer)


@pytest.mark.parametrize(("size", "on_loop"), [(100, True), (100_000, False)])
async def test_a_large_answer_is_not_read_on_the_loop(ask, monkeypatch, size, on_loop):
    readers = []

    def read(*args, **kwargs):
        readers.append(threading.get_ident())
        return read_answer(*args, **kwargs)

    monkeypatch.setattr("scheduling.agents.http.read_answer", read)
    result = await ask({"output": "x" * size})
    assert len(result.output) == size
    assert (readers == [threading.get_ident()]) is on_loop


async def test_a_token_with_a_line_break_is_refused_without_being_shown(ask):
    with pytest.raises(AgentError) as caught:
        await ask({"output": "x"}, credentials={"bearer_token": "a\nX-Evil: 1"})
    assert "X-Evil" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com",
        "http://",
        "http://user:word@example.com/",
        "http://example.com:port/",
        "http://exa mple.com/",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(url):
    with pytest.raises(ValidationError, match="url"):
        HttpOptions(url=url)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"},
        {"Idempotency-Key": "x"},
        {"X Bad": "x"},
        {"X-Bad": "a\r\nb"},
    ],
)
def test_headers_that_are_not_for_options_are_refused(headers):
    with pytest.raises(ValidationError, match=next(iter(headers))):
        HttpOptions(url="http://example.com/", headers=headers)


# -- accepted, then a callback


LATER = Answer(
    status=200,
    headers={"content-type": "application/json"},
    body=b'{"output": "Later"}',
    truncated=False,
)


@pytest.fixture
def ask_later(ask, context, httpserver):
    """As `ask`, of an agent that may answer later."""
    context.callback_url, context.answer = "https://here.example/cb/1", LATER
    options = HttpOptions(url=httpserver.url_for("/agent"), callback=True)

    async def ask_later(response: Response | object):
        return await ask(response, options=options)

    return ask_later


@pytest.mark.parametrize(
    "accepted",
    [Response(status=202), {"status": "accepted"}, {"status": "accepted", "id": 7}],
)
async def test_an_agent_that_accepts_is_waited_for(ask_later, httpserver, accepted):
    assert (await ask_later(accepted)).output == "Later"
    sent, _ = httpserver.log[0]
    assert json.loads(sent.data)["callback_url"] == "https://here.example/cb/1"


@pytest.mark.parametrize(
    "answer", [{"output": "Now"}, {"status": "accepted", "output": "Now"}]
)
async def test_an_agent_may_answer_at_once_all_the_same(ask_later, answer):
    assert (await ask_later(answer)).output == "Now"


async def test_what_was_answered_to_an_earlier_try_is_not_asked_again(
    ask_later, context, httpserver
):
    context.answered = True
    httpserver.clear()
    assert (await ask_later({"output": "Now"})).output == "Later"
    assert httpserver.log == []


async def test_a_refusal_is_no_acceptance(ask_later):
    with pytest.raises(AgentError, match="status 503"):
        await ask_later(Response("busy", status=503))


async def test_an_error_in_the_answer_fails_the_run(ask):
    with pytest.raises(AgentError, match="the agent failed: no data today") as caught:
        await ask({"error": "no data\ntoday", "output": None})
    assert not caught.value.retryable


# -- preflight


async def test_an_address_that_answers_is_well(httpserver, context):
    found = await HttpBackend().preflight(
        HttpOptions(url=httpserver.url_for("/agent")), {}, context
    )
    assert [(each.name, each.ok) for each in found] == [("address", True)]
    assert httpserver.log == []


async def test_an_address_that_nobody_listens_at_is_not_well_for_now(context):
    options = HttpOptions(url=f"http://127.0.0.1:{free_port()}/")
    (found,) = await HttpBackend().preflight(options, {}, context)
    assert not found.ok
    assert found.passing


async def test_a_refused_address_is_never_connected(httpserver, context):
    context.refused = {"127.0.0.1"}
    (found,) = await HttpBackend().preflight(
        HttpOptions(url=httpserver.url_for("/agent")), {}, context
    )
    assert not found.ok
    assert not found.passing


async def test_a_callback_needs_an_address_of_our_own(httpserver, context):
    options = HttpOptions(url=httpserver.url_for("/agent"), callback=True)
    _, found = await HttpBackend().preflight(options, {}, context)
    assert found.words == "no address of its own."
