"""What a look at an agent finds before it runs."""

from __future__ import annotations

import socket

import pytest

from scheduling.agents.llm import LlmBackend, LlmOptions
from tests.scheduling.agents.llm_asking import open_backend

pytestmark = pytest.mark.anyio


@pytest.fixture
def look(context, httpserver):
    async def look(*, credentials=None, **options):
        values = {
            "provider": "openai",
            "model": "m",
            "base_url": httpserver.url_for("/v1"),
        }
        async with open_backend() as backend:
            return await backend.preflight(
                LlmOptions(**{**values, **options}),
                {"api_key": "key-of-the-agent"} if credentials is None else credentials,
                context,
            )

    return look


def brief(findings):
    return [(each.name, each.ok, each.passing) for each in findings]


async def test_a_model_that_is_there_is_well(look, httpserver):
    httpserver.expect_request(
        "/v1/models/m", headers={"Authorization": "Bearer key-of-the-agent"}
    ).respond_with_json({"id": "m"})
    assert brief(await look()) == [("model", True, False)]


@pytest.mark.parametrize(
    ("provider", "path", "header"),
    [
        ("anthropic", "/v1/models/m", "X-Api-Key"),
        ("google", "/v1beta/models/m", "X-Goog-Api-Key"),
    ],
)
async def test_each_provider_is_asked_its_own_way(
    look, httpserver, provider, path, header
):
    httpserver.expect_request(
        path, headers={header: "key-of-the-agent"}
    ).respond_with_json({"id": "m"})
    findings = await look(provider=provider, base_url=httpserver.url_for(""))
    assert brief(findings) == [("model", True, False)]


@pytest.mark.parametrize(("listed", "ok"), [("m", True), ("other", False)])
async def test_a_server_that_only_lists_its_models_is_asked_for_the_list(
    look, httpserver, listed, ok
):
    httpserver.expect_request("/v1/models").respond_with_json(
        {"data": [{"id": listed}]}
    )
    httpserver.expect_request("/v1/models/m").respond_with_data("no", status=404)
    findings = await look()
    assert brief(findings) == [("model", ok, False)]
    assert ok or "it has other" in findings[0].words


async def test_a_server_that_tells_nothing_is_well(look, httpserver):
    httpserver.expect_request("/v1/models").respond_with_data("no", status=404)
    httpserver.expect_request("/v1/models/m").respond_with_data("no", status=404)
    assert brief(await look()) == [("address", True, False)]


async def test_a_key_that_is_refused_is_not_well_and_not_shown(look, httpserver):
    httpserver.expect_request("/v1/models/m").respond_with_data("no", status=401)
    (finding,) = await look()
    assert (finding.name, finding.ok, finding.passing) == ("key", False, False)
    assert "key-of-the-agent" not in finding.words


async def test_a_missing_key_is_named_without_a_call(look, httpserver):
    (finding,) = await look(credentials={})
    assert (finding.name, finding.ok) == ("key", False)
    assert "credentials.api_key" in finding.words
    assert httpserver.log == []


async def test_an_overloaded_server_is_not_well_for_now(look, httpserver):
    httpserver.expect_request("/v1/models/m").respond_with_data("no", status=503)
    assert brief(await look()) == [("address", False, True)]


async def test_nobody_listening_is_not_well_for_now(look):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        findings = await look(base_url=f"http://127.0.0.1:{port}/v1")
    assert brief(findings) == [("address", False, True)]


async def test_a_forbidden_address_is_not_well(look, context):
    context.refused = {"127.0.0.1", "::1"}
    (finding,) = await look()
    assert (finding.name, finding.ok, finding.passing) == ("address", False, False)
    assert "which is refused" in finding.words


@pytest.mark.parametrize(
    ("model", "words"), [("gpt-4o-mini", "is known"), ("llama9", "is not known")]
)
async def test_a_limit_of_cost_without_a_price_is_told_and_stops_nothing(
    look, httpserver, model, words
):
    httpserver.expect_request(f"/v1/models/{model}").respond_with_json({"id": model})
    findings = await look(model=model, cost_limit=0.5)
    assert brief(findings) == [("model", True, False), ("cost", True, False)]
    assert words in findings[1].words


async def test_a_program_that_may_not_run_is_not_well(look, httpserver, configure):
    configure("SCHEDULING", allowed_commands=())
    httpserver.expect_request("/v1/models/m").respond_with_json({"id": "m"})
    findings = await look(mcp_servers=[{"name": "sums", "command": "/bin/cat"}])
    assert brief(findings) == [("model", True, False), ("mcp sums", False, False)]
    assert "SCHEDULING_ALLOWED_COMMANDS" in findings[1].words


def test_a_program_that_may_not_run_is_refused_when_the_agent_is_saved(configure):
    configure("SCHEDULING", allowed_commands=("/bin/true",))
    options = {"provider": "openai", "model": "m"}
    servers = [{"name": "sums", "command": "/bin/cat"}]
    refused = LlmBackend.refusal(LlmOptions(**options, mcp_servers=servers))
    assert refused.startswith("mcp_servers: sums: ")
    servers[0]["command"] = "/bin/true"
    assert LlmBackend.refusal(LlmOptions(**options, mcp_servers=servers)) == ""
