"""What goes over the wire to a model, seen by servers that only look."""

from __future__ import annotations

import re
import socket
import traceback
from contextlib import asynccontextmanager, suppress

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from werkzeug import Response

from scheduling.agents.base import AgentError
from scheduling.agents.llm import LlmBackend, LlmOptions
from scheduling.agents.llm.options import Provider

pytestmark = pytest.mark.anyio

KEY = "key-of-the-agent"
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-sonnet-5-5",
    "google": "gemini-2.5-flash",
    "openai_compatible": "llama3.2",
}
EVERY_CALL = re.compile(r".*(completions|messages|generateContent)")
every_provider = pytest.mark.parametrize("provider", MODELS)


@pytest.fixture
def request_to(make_request):
    def request_to(provider: Provider, url: str, **credentials: str):
        return make_request(
            LlmOptions(provider=provider, model=MODELS[provider], base_url=url),
            credentials=credentials or {"api_key": KEY},
        )

    return request_to


@asynccontextmanager
async def open_backend():
    backend = LlmBackend()
    try:
        yield backend
    finally:
        await backend.close()


@every_provider
async def test_a_cancelled_run_hangs_up(provider, request_to):
    asked, hung_up = anyio.Event(), anyio.Event()

    async def never_answer(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            asked.set()
            with suppress(anyio.BrokenResourceError):
                async for _ in stream:
                    pass
            hung_up.set()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(  # noqa: S610 -- anyio's attributes, not Django's SQL
        SocketAttribute.local_port
    )
    async with listener, open_backend() as backend, anyio.create_task_group() as group:
        group.start_soon(listener.serve, never_answer)
        call = anyio.CancelScope()

        async def run() -> None:
            with call:
                await backend.invoke(request_to(provider, f"http://127.0.0.1:{port}"))

        group.start_soon(run)
        with anyio.fail_after(30):
            await asked.wait()
            call.cancel()
            await hung_up.wait()
        group.cancel_scope.cancel()
    assert call.cancelled_caught


@every_provider
async def test_a_redirect_does_not_take_the_key_elsewhere(
    provider, request_to, httpserver
):
    other = httpserver.url_for("/elsewhere")
    httpserver.expect_request("/elsewhere").respond_with_data("{}")
    moved = Response("", status=307, headers={"Location": other})
    httpserver.expect_request(EVERY_CALL).respond_with_response(moved)
    async with open_backend() as backend:
        with pytest.raises(AgentError):
            await backend.invoke(request_to(provider, httpserver.url_for("")))
    assert len(httpserver.log) == 1
    assert httpserver.log[0][0].path != "/elsewhere"


@every_provider
async def test_nothing_of_ours_is_sent_to_the_agents_address(
    provider, request_to, httpserver, monkeypatch
):
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", "our-secret-key")
        monkeypatch.setenv(
            f"{name}_CUSTOM_HEADERS",
            "X-Gateway: our-secret-token\nAuthorization: Bearer our-secret"
            "\nX-Api-Key: our-secret",
        )
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "our-secret-token")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "our-secret-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "our-secret-org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "our-secret-project")
    monkeypatch.setenv("GOOGLE_API_KEY", "our-secret-key")
    httpserver.expect_request(EVERY_CALL).respond_with_data("no", status=400)
    async with open_backend() as backend:
        with pytest.raises(AgentError):
            await backend.invoke(request_to(provider, httpserver.url_for("")))
    (sent, _) = httpserver.log[0]
    assert "our-secret" not in str(sent.headers) + sent.url
    assert KEY in str(sent.headers)


@every_provider
async def test_cookies_of_one_run_do_not_reach_the_next(
    provider, request_to, httpserver
):
    refusal = Response("no", status=400, headers={"Set-Cookie": "who=first; Path=/"})
    httpserver.expect_request(EVERY_CALL).respond_with_response(refusal)
    async with open_backend() as backend:
        for _ in range(2):
            with pytest.raises(AgentError, match="status 400"):
                await backend.invoke(request_to(provider, httpserver.url_for("")))
    assert [sent.headers.get("Cookie") for sent, _ in httpserver.log] == [None, None]


async def test_nobody_listening_can_be_retried(request_to):
    with socket.socket() as taken:  # bound but not listening: refuses connections
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with open_backend() as backend:
            with pytest.raises(
                AgentError, match=f"could not be reached at 127.0.0.1:{port}"
            ) as caught:
                await backend.invoke(
                    request_to("openai", f"http://127.0.0.1:{port}/v1")
                )
    assert caught.value.retryable


@every_provider
async def test_an_address_that_is_refused_is_never_connected(
    provider, request_to, httpserver, context
):
    context.refused = {"127.0.0.1", "::1"}
    async with open_backend() as backend:
        with pytest.raises(AgentError, match="which is refused") as caught:
            await backend.invoke(request_to(provider, httpserver.url_for("")))
    assert not caught.value.retryable
    assert httpserver.log == []


async def test_what_is_judged_is_what_a_name_stands_for(
    request_to, httpserver, context
):
    context.refused = {"127.0.0.1"}
    async with open_backend() as backend:
        with pytest.raises(AgentError, match="which is refused"):
            await backend.invoke(
                request_to("openai", f"http://0x7f.1:{httpserver.port}/v1")
            )
    assert context.checked == [("0x7f.1", httpserver.port, "127.0.0.1")]


async def test_an_address_of_this_installation_needs_no_leave(
    make_request, httpserver, context, monkeypatch
):
    context.refused = {"127.0.0.1", "::1"}
    monkeypatch.setenv("OPENAI_API_KEY", "our-secret-key")
    monkeypatch.setenv("OPENAI_BASE_URL", httpserver.url_for("/v1"))
    httpserver.expect_request(EVERY_CALL).respond_with_data("no", status=400)
    options = LlmOptions(provider="openai", model=MODELS["openai"])
    async with open_backend() as backend:
        with pytest.raises(AgentError, match="status 400"):
            await backend.invoke(make_request(options))


@every_provider
async def test_what_the_provider_said_does_not_reach_the_trace(
    provider, request_to, httpserver
):
    said = {"error": {"message": "no", "hidden": f"you sent {KEY}"}}
    httpserver.expect_request(EVERY_CALL).respond_with_json(said, status=400)
    async with open_backend() as backend:
        with pytest.raises(AgentError) as caught:
            await backend.invoke(request_to(provider, httpserver.url_for("")))
    trace = "".join(traceback.format_exception(caught.value))
    assert KEY not in trace
    assert "hidden" not in trace
