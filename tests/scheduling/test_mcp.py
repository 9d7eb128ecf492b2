"""The MCP server, by the SDK's own client: what is listed, called and refused."""

from __future__ import annotations

import json
import threading
from io import StringIO
from typing import Any

import anyio
import pytest
from django.core.management import CommandError, call_command
from mcp import Client
from mcp.shared.exceptions import MCPError

from pages.tokens import make_token
from scheduling import toolbox
from scheduling.agents.base import ToolError
from scheduling.mcp import http
from scheduling.mcp.server import build_server
from scheduling.toolbox import Caller, Tool
from tests.factories import make_member, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_database")]  # fmt: skip


@pytest.fixture
def tools(monkeypatch):
    """Tools of every name that answer who called them, or as `say` tells."""

    def fake(called: str) -> Tool:
        class Fake(Tool):
            name, description = called, f"Does {called}."
            parameters = {"type": "object", "properties": {"say": {"type": "string"}}}
            changes_world = called not in ("list_runs", "get_run")

            def call(self, caller: Caller, arguments: Any) -> Any:
                match arguments.get("say"):
                    case "refuse":
                        raise ToolError("ten schedules are the most there may be")
                    case "break":
                        raise RuntimeError("a secret detail")
                    case "text":
                        return "Plain words."
                    case _:
                        pass
                return {"lineage": caller.lineage, "may": caller.may_schedule}

        return Fake()

    monkeypatch.setattr(toolbox, "get_tool", fake)


def session(user: Any, work: Any) -> Any:
    """What `work(client)` returns, with a client that is connected in that person's name."""

    async def run() -> Any:
        async with Client(build_server(lambda _context: user.pk)) as client:
            try:
                return await work(client)
            except MCPError as error:  # its task group would make a group of it
                return error

    answer = anyio.run(run)
    if isinstance(answer, MCPError):
        raise answer
    return answer


async def names(client: Client) -> set[str]:
    return {each.name for each in (await client.list_tools()).tools}


def call(user: Any, name: str, **arguments: Any) -> Any:
    return session(user, lambda client: client.call_tool(name, arguments))


def test_who_may_make_tasks_is_lent_all_tools_but_memory_and_pages(tools):
    expected = {*toolbox.SCHEDULING_TOOLS, "list_runs", "get_run"}
    assert session(make_user(), names) == expected
    assert session(make_member("editors"), names) == expected


def test_who_may_only_look_is_lent_what_only_looks(tools):
    viewer = make_member("viewers")
    assert session(viewer, names) == {"list_runs", "get_run"}
    refused = call(viewer, "cron_create")
    assert refused.is_error
    assert "you need the permission scheduling.add_scheduledtask" in refused.content[0].text  # fmt: skip


def test_staff_without_any_permission_and_who_is_inactive_are_refused(tools):
    for user in (make_user(is_staff=True), make_user(is_active=False)):
        with pytest.raises(MCPError):
            session(user, names)


def test_a_tool_says_whether_it_changes_the_world(tools):
    async def hints(client: Client) -> Any:
        found = (await client.list_tools()).tools
        return {each.name: each.annotations.read_only_hint for each in found}

    told = session(make_user(), hints)
    assert told["list_runs"] is True
    assert told["cron_create"] is False


def test_an_object_comes_as_text_and_as_itself(tools):
    user = make_user()
    answer = call(user, "list_runs")
    assert answer.structured_content == {"lineage": f"user:{user.pk}", "may": True}
    assert json.loads(answer.content[0].text) == answer.structured_content
    assert call(user, "list_runs", say="text").content[0].text == "Plain words."


def test_a_refusal_comes_in_its_words_and_a_fault_without_its_details(tools):
    user = make_user()
    refused = call(user, "cron_create", say="refuse")
    assert (refused.is_error, refused.content[0].text) == (
        True, "ten schedules are the most there may be",
    )  # fmt: skip
    broken = call(user, "cron_create", say="break")
    assert (broken.is_error, broken.content[0].text) == (
        True, "A fault of Backbeat's own; its log says more.",
    )  # fmt: skip


def test_a_fault_while_tools_are_listed_comes_without_its_details(tools, monkeypatch):
    def broken(_name: str) -> Tool:
        raise RuntimeError("a secret detail")

    user = make_user()
    monkeypatch.setattr(toolbox, "get_tool", broken)
    with pytest.raises(MCPError) as caught:
        session(user, names)
    assert str(caught.value) == "A fault of Backbeat's own; its log says more."


def test_a_tool_that_is_not_lent_is_not_there(tools):
    with pytest.raises(MCPError, match="no tool 'fetch_page'"):
        call(make_user(), "fetch_page")


# over HTTP


def post(client: Any, body: Any, token: str = "", **headers: str) -> Any:
    given = {"accept": "application/json, text/event-stream", **headers}
    if token:
        given["authorization"] = f"Bearer {token}"
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post("/mcp", data, content_type="application/json", headers=given)


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def test_a_message_is_answered_as_json_without_a_session(tools, client):
    token = make_token(make_user(), 1)[1]
    answer = post(client, LIST, token)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert "mcp-session-id" not in answer
    assert {each["name"] for each in answer.json()["result"]["tools"]} >= {"list_runs"}


def test_without_a_valid_token_it_is_401_whatever_cookies_there_are(client):
    client.force_login(make_user())
    for token in ("", "wrong"):
        answer = post(client, LIST, token)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_staff_who_may_see_no_runs_are_403(client):
    answer = post(client, LIST, make_token(make_user(is_staff=True), 1)[1])
    assert answer.status_code == 403
    assert "scheduling.view_run" in answer.json()["detail"]


def test_a_page_of_another_site_is_403_and_one_of_its_own_is_not(tools, client):
    token = make_token(make_user(), 1)[1]
    assert post(client, LIST, token, origin="https://evil.example").status_code == 403
    assert post(client, LIST, token, origin="http://testserver").status_code == 200


def test_nothing_is_streamed_and_no_session_ended(client):
    token = make_token(make_user(), 1)[1]
    for verb in (client.get, client.delete):
        answer = verb("/mcp", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_what_is_too_large_or_no_json_is_refused(tools, client):
    token = make_token(make_user(), 1)[1]
    assert post(client, b"x" * (http.MAX_BODY_BYTES + 1), token).status_code == 413
    answer = post(client, b"{", token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32700)


def test_more_calls_at_once_than_there_are_places_are_503(client, monkeypatch):
    places = threading.BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(http.McpView, "_places", places)
    answer = post(client, LIST, make_token(make_user(), 1)[1])
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


# the command


@pytest.mark.parametrize(
    ("arguments", "token", "words"),
    [
        ([], "", "Give --user NAME, or an API token"),
        ([], "wrong", "BACKBEAT_TOKEN: Invalid token"),
        (["--user", "nobody"], "", "--user: there is no user 'nobody'"),
    ],
)
def test_the_command_refuses_whom_it_does_not_know(
    arguments, token, words, monkeypatch
):
    monkeypatch.setenv("BACKBEAT_TOKEN", token)
    out = StringIO()
    with pytest.raises(CommandError, match=words) as ended:
        call_command("mcp", *arguments, stdout=out)
    assert (ended.value.returncode, out.getvalue()) == (2, "")
