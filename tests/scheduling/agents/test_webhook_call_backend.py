from __future__ import annotations

import pytest
from pydantic import ValidationError
from werkzeug import Response

from scheduling.agents.base import AgentError, Misconfigured
from scheduling.agents.webhook_call import (
    MAX_ANSWER_BYTES,
    WebhookCallBackend,
    WebhookCallOptions,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def call(httpserver, make_request):
    """Call a webhook that answers with `response`; what was sent is in `httpserver.log`."""

    async def call(response: Response, *, changes=None, **options):
        httpserver.expect_request("/hook").respond_with_response(response)
        options.setdefault("url", httpserver.url_for("/hook"))
        request = make_request(WebhookCallOptions(**options), **(changes or {}))
        return await WebhookCallBackend().invoke(request)

    return call


async def test_the_body_is_sent_as_it_stands(call, httpserver):
    await call(Response("ok"), body='{"a":  1}')
    sent, _ = httpserver.log[0]
    assert sent.method == "POST"
    assert sent.data == b'{"a":  1}'
    assert sent.headers["Content-Type"] == "application/json"


async def test_status_and_body_are_the_output(call):
    result = await call(Response('{"n": 1}', status=201))
    assert result.output == '{"n": 1}'
    assert result.data == {"status_code": 201, "body": '{"n": 1}'}


async def test_an_empty_body_has_no_content_type(call, httpserver):
    await call(Response("ok"))
    sent, _ = httpserver.log[0]
    assert "Content-Type" not in sent.headers
    assert sent.data == b""


async def test_a_get_has_no_content_type(call, httpserver):
    await call(Response("ok"), method="GET", body="x")
    sent, _ = httpserver.log[0]
    assert sent.method == "GET"
    assert "application/json" not in sent.headers.get("Content-Type", "")


async def test_the_prompt_may_be_the_body(call, httpserver):
    await call(Response("ok"), send_input=True)
    assert httpserver.log[0][0].data == b"What is new?"


async def test_secrets_are_sent_as_headers(call, httpserver):
    secrets = {"bearer_token": "t0ken-abc", "secret_header": "X-Api-Key: k3y-abc"}
    await call(
        Response("ok"), headers={"X-Team": "ops"}, changes={"credentials": secrets}
    )
    sent = httpserver.log[0][0].headers
    assert sent["Authorization"] == "Bearer t0ken-abc"
    assert sent["X-Api-Key"] == "k3y-abc"
    assert sent["X-Team"] == "ops"


async def test_a_secret_that_is_no_header_is_not_quoted(call):
    with pytest.raises(Misconfigured) as caught:
        await call(
            Response("ok"), changes={"credentials": {"secret_header": "k3y-abc"}}
        )
    assert "k3y-abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "retryable"), [(404, False), (429, True), (503, True), (408, True)]
)
async def test_any_other_status_is_a_failure_in_s3s_words(call, status, retryable):
    with pytest.raises(AgentError) as caught:
        await call(Response("no way", status=status, headers={"Retry-After": "7"}))
    assert str(caught.value) == f"webhook returned status {status}: no way"
    assert caught.value.retryable is retryable
    assert caught.value.retry_after == 7


async def test_a_secret_that_comes_back_is_blotted_out(call):
    with pytest.raises(AgentError) as caught:
        await call(
            Response("you are t0ken-abc", status=401),
            changes={"credentials": {"bearer_token": "t0ken-abc"}},
        )
    assert "t0ken-abc" not in str(caught.value)


async def test_a_wrong_key_blocks_the_agent(call):
    with pytest.raises(Misconfigured, match="webhook returned status 401: who"):
        await call(Response("who are you?", status=401))


async def test_a_long_answer_is_cut_at_a_megabyte_and_says_so(call, context):
    from tests.scheduling.agents import conftest

    limit, conftest.MAX_BODY_BYTES = conftest.MAX_BODY_BYTES, 2 * MAX_ANSWER_BYTES
    try:
        result = await call(Response(b"x" * (MAX_ANSWER_BYTES + 5)))
    finally:
        conftest.MAX_BODY_BYTES = limit
    assert len(result.output) == MAX_ANSWER_BYTES
    assert result.metadata["truncated"] is True


async def test_an_answer_without_a_body_still_says_something(call):
    result = await call(Response(status=204))
    assert result.output == "Status 204, without a body."
    assert result.data["body"] == ""


async def test_it_waits_for_thirty_seconds_at_most(call, context):
    await call(Response("ok"), changes={"deadline_seconds": 300.0})
    await call(Response("ok"), changes={"deadline_seconds": 4.0})
    assert context.timeouts == [30.0, 5.0]


async def test_without_an_address_it_cannot_run(call):
    with pytest.raises(Misconfigured, match="no url"):
        await call(Response("ok"), url="")


@pytest.mark.parametrize(
    "options", [{"method": "post"}, {"url": "ftp://x"}, {"headers": {"Cookie": "a"}}]
)
def test_a_wrong_option_is_refused(options):
    with pytest.raises(ValidationError):
        WebhookCallOptions(**({"url": "https://x.example"} | options))


def test_tasks_name_an_address_only_where_the_agent_has_neither_one_nor_a_secret():
    allowed = WebhookCallBackend.task_options_of
    assert allowed({}, ()) == {"url", "headers", "method", "body"}
    assert allowed({"url": "https://x.example"}, ()) == {"method", "body"}
    assert allowed({}, ("bearer_token",)) == {"method", "body"}


async def test_the_address_is_looked_at_before(httpserver, context):
    options = WebhookCallOptions(url=httpserver.url_for("/hook"))
    (found,) = await WebhookCallBackend().preflight(options, {}, context)
    assert found.ok


async def test_a_secret_without_an_address_is_found_before(context):
    (found,) = await WebhookCallBackend().preflight(
        WebhookCallOptions(), {"bearer_token": "x"}, context
    )
    assert not found.ok
