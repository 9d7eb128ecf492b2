"""Functions and commands in the agent's form: what may run, and credentials with free names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_agent
from tests.scheduling.test_admin_agents import ADD, made, page, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed(configure):
    configure("SCHEDULING", allowed_commands=("/bin/sh",), function_modules=("shop",))


def make_command(**credentials: str) -> Any:
    return make_agent(
        id="sh",
        backend="command",
        options={"command": ["/bin/sh", "-c", "true"]},
        credentials=credentials,
    )


def test_a_function_is_made_with_its_arguments(admin_client):
    agent = made(
        admin_client,
        backend="function",
        function__function="price_report",
        function__args='["Hanoi"]',
        function__kwargs='{"days": 7}',
    )
    assert agent.options == {"function": "price_report", "args": ["Hanoi"], "kwargs": {"days": 7}}  # fmt: skip


def test_a_command_is_one_argument_a_line(admin_client):
    agent = made(admin_client, backend="command", command__command="/bin/sh\n-c\ntrue")
    assert agent.options == {"command": ["/bin/sh", "-c", "true"]}


def test_a_command_may_be_pasted_as_the_list_that_the_guide_shows(admin_client):
    pasted = '["/bin/sh", "-c",\n "true"]'
    agent = made(admin_client, backend="command", command__command=pasted)
    assert agent.options == {"command": ["/bin/sh", "-c", "true"]}


def test_a_line_that_looks_like_a_list_is_kept_as_it_is(admin_client):
    agent = make_agent(
        id="page",
        backend="watch",
        options={"url": "https://example.com", "ignore_lines_with": ['["a"]']},
    )
    assert save(admin_client, page(agent), name="Renamed") == {}
    agent.refresh_from_db()
    assert agent.options["ignore_lines_with"] == ['["a"]']


@pytest.mark.parametrize(
    ("fields", "key", "words"),
    [
        ({"command__command": "/bin/cat"}, "command__command", "may not run /bin/cat"),
        ({"command__command": "cat"}, "command__command", "absolute path"),
    ],
)
def test_what_may_not_run_is_said_at_its_field(admin_client, fields, key, words):
    errors = save(admin_client, ADD, name="One", backend="command", **fields)
    assert words in str(errors[key])


def test_a_function_that_is_not_allowed_is_said_at_its_field(admin_client):
    fields = {"name": "One", "backend": "function", "function__function": "os:system"}
    assert "may not call os:system" in str(save(admin_client, ADD, **fields)["function__function"])  # fmt: skip


def test_credentials_with_free_names_are_added_kept_and_removed(admin_client):
    agent = make_command(SHOP_TOKEN="s3cret-one")
    assert "s3cret-one" not in admin_client.get(page(agent)).text
    lines = "OTHER_TOKEN=s3cret=two\n\nTHIRD=3"
    assert save(admin_client, page(agent), command__more_credentials=lines) == {}
    agent = type(agent).objects.get()
    assert agent.credentials == {"SHOP_TOKEN": "s3cret-one", "OTHER_TOKEN": "s3cret=two", "THIRD": "3"}  # fmt: skip
    assert save(admin_client, page(agent), command__remove_THIRD="on") == {}
    changed = {"command__new_SHOP_TOKEN": "new"}
    assert save(admin_client, page(agent), **changed) == {}
    agent = type(agent).objects.get()
    assert agent.credentials == {"SHOP_TOKEN": "new", "OTHER_TOKEN": "s3cret=two"}


@pytest.mark.parametrize("line", ["LD_PRELOAD=x", "lower=x", "NAME", "NAME=", "=x"])
def test_a_line_that_is_no_credential_is_refused_and_not_shown_again(
    admin_client, line
):
    agent = make_command()
    answer = admin_client.post(
        page(agent),
        {
            "name": "Sh",
            "backend": "command",
            "command__command": "/bin/sh",
            "command__more_credentials": f"GOOD_TOKEN=s3cret-one\n{line}",
        },
    )
    form = answer.context["adminform"].form
    assert "cannot be a credential" in str(form.errors["command__more_credentials"])
    assert "s3cret-one" not in answer.text
    assert type(agent).objects.get().credentials == {}


def test_the_tokens_of_a_models_servers_are_kept_too(admin_client):
    agent = make_agent(
        id="model",
        backend="llm",
        options={"provider": "openai", "model": "m"},
        credentials={"api_key": "k", "mcp_shop_token": "t"},
    )
    assert save(admin_client, page(agent), name="Other") == {}
    assert type(agent).objects.get().credentials == {"api_key": "k", "mcp_shop_token": "t"}  # fmt: skip


def test_credentials_whose_key_is_lost_do_not_go_without_a_word(admin_client, settings):
    agent = make_command(SHOP_TOKEN="s3cret-one")
    settings.FIELD_ENCRYPTION_KEYS = ["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="]
    assert "command__more_credentials" in save(admin_client, page(agent), name="Other")
    lines = {"command__more_credentials": "SHOP_TOKEN=again"}
    assert save(admin_client, page(agent), **lines) == {}
    assert type(agent).objects.get().credentials == {"SHOP_TOKEN": "again"}
