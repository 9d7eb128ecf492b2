"""/v2/admin/agents/."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from scheduling.models import Agent
from tests.factories import make_agent, make_task

pytestmark = pytest.mark.django_db
AGENTS = "/v2/admin/agents/"
HTTP = {
    "id": "caller", "name": "Caller", "backend": "http",
    "options": {"url": "https://agent.example/run"},
    "credentials": {"bearer_token": "0123456789SECRET"},
}  # fmt: skip


@pytest.fixture
def caller(as_staff):
    return as_staff.post(AGENTS, HTTP).json()


def test_an_agent_is_made_and_its_credentials_are_shown_masked(as_staff):
    answer = as_staff.post(AGENTS, HTTP)
    assert answer.status_code == 201, answer.content
    assert answer.json()["credentials"] == {"bearer_token": "••••CRET"}
    assert Agent.objects.get().credentials == HTTP["credentials"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("backend", "oracle", "oracle"),
        ("options", {"colour": "red"}, "colour"),
        ("options", "x", "object"),
        ("credentials", {"password": "x"}, "password"),
        ("colour", "red", "Unknown field"),
    ],
    ids=str,
)
def test_what_the_backend_does_not_take_is_named(as_staff, field, value, said):
    answer = as_staff.post(AGENTS, HTTP | {field: value})
    assert answer.status_code == 400
    assert said in " ".join(answer.json()["errors"][field])
    assert Agent.objects.count() == 0


def test_a_taken_id_is_refused(as_staff, caller):
    assert "taken" in as_staff.post(AGENTS, HTTP).json()["errors"]["id"][0]


def test_what_was_read_can_be_sent_back(as_staff, caller):
    assert as_staff.put(f"{AGENTS}caller/", caller).status_code == 200
    assert Agent.objects.get().credentials == HTTP["credentials"]


def test_a_patch_changes_what_it_names_alone(as_staff, caller):
    shown = as_staff.patch(f"{AGENTS}caller/", {"name": "Other"}).json()
    assert (shown["name"], shown["options"]) == ("Other", caller["options"])
    assert Agent.objects.get().credentials == HTTP["credentials"]


@pytest.mark.parametrize("credentials", [None, {"bearer_token": "••••CRET"}], ids=["left out", "masked"])  # fmt: skip
def test_a_kept_secret_does_not_follow_to_another_host(as_staff, caller, credentials):
    body = {"options": {"url": "https://attacker.example/"}}
    body |= {"credentials": credentials} if credentials else {}
    answer = as_staff.patch(f"{AGENTS}caller/", body)
    assert "another host" in answer.json()["errors"]["credentials"][0]
    assert Agent.objects.get().options == HTTP["options"]


def test_another_host_with_its_own_secret_is_fine(as_staff, caller):
    body = {
        "options": {"url": "https://new.example/"},
        "credentials": {"bearer_token": "new"},
    }
    assert as_staff.patch(f"{AGENTS}caller/", body).status_code == 200


def test_an_agent_in_use_is_not_deleted(as_staff):
    make_task(id="report", agent=make_agent(id="busy"))
    answer = as_staff.delete(f"{AGENTS}busy/")
    assert answer.status_code == 409
    assert "report" in answer.json()["detail"]


def test_an_agent_that_nothing_uses_is_deleted(as_staff, caller):
    assert as_staff.delete(f"{AGENTS}caller/").status_code == 204
    assert as_staff.get(AGENTS).json()["count"] == 0


def test_the_list_is_filtered(as_staff, caller):
    make_agent()
    shown = as_staff.get(f"{AGENTS}?backend=http").json()["results"]
    assert [each["id"] for each in shown] == ["caller"]


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("post", ""), ("patch", "echo/")]
)
def test_agents_are_for_staff(as_person, method, path):
    make_agent()
    assert getattr(as_person, method)(AGENTS + path, HTTP).status_code == 403


@pytest.mark.parametrize(
    "url", ["https://agent.example:8443/run", "http://agent.example/run"]
)
def test_a_kept_secret_does_not_follow_to_another_port_or_scheme(as_staff, caller, url):
    answer = as_staff.patch(f"{AGENTS}caller/", {"options": {"url": url}})
    assert "credentials" in answer.json()["errors"]


def test_a_kept_secret_does_not_follow_to_another_provider(as_staff):
    make_agent(
        id="model",
        backend="llm",
        options={"provider": "openai", "model": "m"},
        credentials={"api_key": "K3YSECRET"},
    )
    body = {"options": {"provider": "anthropic", "model": "m"}}
    answer = as_staff.patch(f"{AGENTS}model/", body)
    assert answer.status_code == 400
    assert "credentials" in answer.json()["errors"]


@pytest.mark.parametrize(
    "body",
    [
        {"options": {"url": "http://[::1"}},
        {"credentials": {"bearer_token": 5}, "options": {"url": "http://[::1"}},
        {"credentials": {"bearer_token": None}},
        {"credentials": {"bearer_token": ["x"]}},
        {"credentials": {"\ud800": "x"}},
        {"credentials": [1]},
        {"options": "x"},
    ],
    ids=str,
)
def test_a_body_that_cannot_be_is_a_problem_and_no_crash(as_staff, caller, body):
    for answer in (
        send(as_staff, "PATCH", f"{AGENTS}caller/", body),
        send(as_staff, "POST", AGENTS, HTTP | {"id": "other"} | body),
    ):
        assert answer.status_code == 400, answer.content
        assert answer["Content-Type"] == "application/problem+json"


def send(client, method, path, body):
    """Escaped, because the test client itself cannot send a lone surrogate."""
    return client.generic(method, path, json.dumps(body), "application/json")


def test_one_unreadable_agent_leaves_the_list(as_staff, caller):
    make_agent(id="fine")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_agent SET credentials='enc1:bad' WHERE id='caller'"
        )
    answer = as_staff.get(AGENTS)
    assert answer.status_code == 200
    shown = {each["id"]: each["credentials"] for each in answer.json()["results"]}
    assert shown == {"caller": {"(cannot be read)": "••••"}, "fine": {}}
