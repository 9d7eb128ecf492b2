"""Whether an agent could run now: what is looked at, and who is told how."""

from __future__ import annotations

import json
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from scheduling import preflight
from scheduling.agents import AGENT_BACKENDS
from scheduling.agents.base import AgentBackend, AgentResult, Finding, Options
from scheduling.models import Agent
from tests.factories import make_agent, make_member

pytestmark = pytest.mark.django_db


class Answers(Options):
    count: int = 1


class Given(AgentBackend[Answers]):
    label, options_class = "given", Answers
    credential_names = frozenset({"api_key"})
    look: Any = None

    async def invoke(self, request: Any) -> AgentResult:
        raise NotImplementedError

    async def preflight(self, options: Any, credentials: Any, context: Any) -> Any:
        return await type(self).look(credentials)


@pytest.fixture
def backend(monkeypatch):
    """`backend(function)`: an agent whose preflight is this coroutine function."""
    monkeypatch.setitem(AGENT_BACKENDS, "given", ("Given", f"{__name__}.Given"))

    def install(look: Any) -> Agent:
        monkeypatch.setattr(Given, "look", staticmethod(look))
        return make_agent(id="given", backend="given", credentials={"api_key": "sk-secret-1"})  # fmt: skip

    return install


def found(agent: Agent, **kwargs: Any) -> dict[str, tuple[bool, bool, str]]:
    return {
        each.name: (each.ok, each.passing, each.words)
        for each in preflight.Look(agent, **kwargs).findings()
    }


def test_an_agent_that_needs_nothing_could_run():
    assert found(make_agent()) == {
        "active": (True, True, "It is switched on."),
        "options": (True, False, "The options fit."),
    }


def test_options_that_do_not_fit_any_more_are_named():
    agent = make_agent(id="odd", options={"nonsense": 1})
    assert found(agent)["options"][0] is False
    assert "nonsense" in found(agent)["options"][2]


def test_a_backend_that_is_gone_is_named():
    assert "'gone' is no agent backend" in found(make_agent(id="x", backend="gone"))["backend"][2]  # fmt: skip


def test_being_switched_off_is_no_fault(client):
    ok, passing, words = found(make_agent(active=False))["active"]
    assert (ok, passing, words) == (False, True, "It is switched off.")


def test_credentials_whose_key_is_lost_are_a_fault(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["a" * 43 + "="]
    make_agent(id="locked", credentials={})
    settings.FIELD_ENCRYPTION_KEYS = ["b" * 43 + "="]
    ok, passing, _words = found(Agent.objects.get(pk="locked"))["credentials"]
    assert (ok, passing) == (False, False)


def test_a_check_that_waits_is_given_up_and_passes(backend):
    async def look(credentials: Any) -> Any:
        await __import__("asyncio").Event().wait()

    ok, passing, words = found(backend(look), seconds=0.05)["preflight"]
    assert (ok, passing) == (False, True)
    assert words == "The check has not ended within 0.05 s."


def test_a_check_that_blocks_its_thread_holds_nobody_else_up(backend, monkeypatch):
    monkeypatch.setattr(preflight, "_GRACE", 0.05)
    end = threading.Event()

    async def look(credentials: Any) -> Any:
        end.wait(20)
        return []

    try:
        assert found(backend(look), seconds=0.05)["preflight"][:2] == (False, True)
    finally:
        end.set()


def test_a_check_that_breaks_blocks_nothing_and_tells_no_secret(backend):
    async def look(credentials: Any) -> Any:
        raise RuntimeError(f"bad {credentials}")

    ok, passing, words = found(backend(look))["preflight"]
    assert (ok, passing) == (False, True)
    assert words == "The check itself has failed: RuntimeError."


def test_findings_tell_no_credential(backend):
    async def look(credentials: Any) -> Any:
        return [Finding(name="key", ok=False, words=f"{credentials['api_key']} is wrong.")]  # fmt: skip

    assert found(backend(look))["key"][2] == "*** is wrong."


async def _no_key(credentials: Any) -> Any:
    return [Finding(name="key", ok=False, words="There is no key.")]


def test_the_command_prints_what_it_found_and_ends_with_one(backend):
    backend(_no_key)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_agent", "given", stdout=out)
    assert ended.value.code == 1
    assert "not well  key          There is no key.\n" in out.getvalue()


def test_the_command_prints_json_and_ends_well():
    make_agent()
    out = StringIO()
    call_command("check_agent", "echo", "--json", stdout=out)
    assert json.loads(out.getvalue())["ok"] is True


def test_the_command_ends_with_two_for_an_agent_that_there_is_not():
    with pytest.raises(CommandError, match="no agent 'none'") as ended:
        call_command("check_agent", "none")
    assert ended.value.returncode == 2


def test_the_api_tells_the_findings_and_the_agent_says_why_it_is_blocked(
    backend, client
):
    backend(_no_key)
    client.force_login(make_member("editors"))
    answer = client.post("/v2/admin/agents/given/check")
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert answer.json()["findings"][-1] == {
        "name": "key", "ok": False, "words": "There is no key.", "passing": False,
    }  # fmt: skip
    agent = client.get("/v2/admin/agents/given/").json()
    assert agent["blocked_reason"] == "There is no key."
    assert agent["blocked_at"] == agent["checked_at"]


def test_the_button_shows_the_findings_in_place(backend, client):
    backend(_no_key)
    client.force_login(make_member("editors"))
    url = reverse("admin:scheduling_agent_check", args=["given"])
    page = client.post(url, headers={"hx-request": "true"}).content.decode()
    assert "There is no key." in page
    assert "Blocked" in page
    answer = client.post(url, follow=True)
    assert "could not run now: There is no key." in answer.content.decode()


def test_blocked_agents_are_on_the_list_and_on_the_first_page(backend, client):
    preflight.check(backend(_no_key))
    client.force_login(make_member("editors"))
    for name in ("scheduling_agent_changelist", "index"):
        assert "There is no key." in client.get(reverse(f"admin:{name}")).content.decode()  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_saving_in_the_admin_says_at_once_that_it_could_not_run(backend, client):
    backend(_no_key)
    client.force_login(make_member("editors"))
    url = reverse("admin:scheduling_agent_change", args=["given"])
    form = {"name": "Given", "active": "on", "backend": "given", "system_prompt": ""}
    answer = client.post(url, form, follow=True)
    assert "could not run now: There is no key." in answer.content.decode()
    assert Agent.objects.get(pk="given").blocked_at is not None
