"""Agents in the admin: the form of each backend's options, credentials, the list."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from scheduling.admin.agent.form import option_name
from scheduling.admin.options import option_fields
from scheduling.agents import AGENT_BACKENDS
from scheduling.models import Agent
from tests.factories import make_agent, make_task, make_user

pytestmark = pytest.mark.django_db

LIST = reverse("admin:scheduling_agent_changelist")
ADD = reverse("admin:scheduling_agent_add")
MODEL = {"provider": "openai", "model": "gpt-5"}


def page(agent: Agent, name: str = "change") -> str:
    return reverse(f"admin:scheduling_agent_{name}", args=[agent.pk])


def make_model(**fields: Any) -> Agent:
    fields = {"id": "model", "backend": "llm", "options": MODEL} | fields
    return make_agent(**{"credentials": {"api_key": "K3YSECRET"}} | fields)


def form_of(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back, unchanged."""
    sent = {}
    for field in client.get(url).context["adminform"].form:
        if getattr(field.field.widget, "input_type", "") == "password":
            sent[field.html_name] = ""
        elif (value := field.value()) not in (None, False):
            sent[field.html_name] = "on" if value is True else value
    return sent


def save(client: Client, url: str, **changes: Any) -> Any:
    """Change these fields of the form and send it. Returns the errors by field."""
    answer = client.post(url, form_of(client, url) | changes)
    if answer.status_code == 302:
        return {}
    return answer.context["adminform"].form.errors


def made(client: Client, **fields: Any) -> Agent:
    assert save(client, ADD, **{"name": "One", "backend": "echo"} | fields) == {}
    agent: Agent = Agent.objects.get()
    return agent


# -- options


def test_every_option_of_every_backend_has_a_field_with_words(admin_client):
    form = admin_client.get(ADD).context["adminform"].form
    for kind in AGENT_BACKENDS:
        for name in option_fields(kind):
            field = form.fields[option_name(kind, name)]
            assert field.label
            assert field.help_text


def test_an_agent_is_made_from_the_fields_of_its_backend(admin_client):
    agent = made(
        admin_client,
        backend="llm",
        llm__provider="anthropic",
        llm__model="claude",
        llm__temperature="0.5",
        llm__max_output_tokens="4000",
    )
    assert agent.options == {
        "provider": "anthropic",
        "model": "claude",
        "temperature": 0.5,
        "max_output_tokens": 4000,
    }


def test_options_that_are_left_blank_are_not_stored(admin_client):
    assert made(admin_client, backend="echo").options == {}


def test_what_was_typed_for_another_backend_does_not_count(admin_client):
    agent = made(admin_client, backend="echo", llm__temperature="warm", http__url="x")
    assert (agent.backend, agent.options) == ("echo", {})


def test_lists_are_one_text_a_line(admin_client):
    agent = made(
        admin_client,
        backend="watch",
        watch__url="https://example.com/",
        watch__ignore_lines_with="Updated at\r\n\r\n visitors ",
    )
    assert agent.options["ignore_lines_with"] == ["Updated at", "visitors"]


def test_objects_are_json(admin_client):
    agent = made(
        admin_client,
        backend="http",
        http__url="https://example.com/",
        http__headers='{"X-Team": "ops"}',
    )
    assert agent.options["headers"] == {"X-Team": "ops"}


def test_yes_and_no_and_nothing_are_three_choices(admin_client):
    agent = made(admin_client, backend="echo", echo__stamp="true", echo__block="false")
    assert agent.options == {"stamp": True, "block": False}


@pytest.mark.parametrize(
    ("backend", "given", "field", "words"),
    [
        ("llm", {"llm__model": "m"}, "llm__provider", "required"),
        ("llm", MODEL | {"llm__temperature": "warm"}, "llm__temperature", "warm"),
        ("llm", MODEL | {"llm__temperature": "3"}, "llm__temperature", "at most 2"),
        ("llm", MODEL | {"llm__temperature": "nan"}, "llm__temperature", "no number"),
        ("llm", MODEL | {"llm__request_limit": "1.5"}, "llm__request_limit", "1.5"),
        ("llm", MODEL | {"llm__provider": "acme"}, "llm__provider", "acme"),
        ("llm", MODEL | {"llm__base_url": "ftp://x"}, "llm__base_url", "ftp://x"),
        ("llm", {"llm__provider": "openai_compatible", "llm__model": "m"}, "llm__base_url", "needs base_url"),
        ("http", {"http__url": "http://10.0.0.1/"}, "http__url", "10.0.0.1"),
        ("http", {"http__url": "https://a.example/", "http__headers": "[1]"}, "http__headers", "JSON object"),
        ("http", {"http__url": "https://a.example/", "http__headers": "{"}, "http__headers", "no JSON"),
        ("http", {"http__url": "https://a.example/", "http__headers": '{"A": 5}'}, "http__headers", "A: 5"),
        ("watch", {"watch__url": "https://a.example/", "watch__ignore_lines_with": "ok\n" + "x" * 201}, "watch__ignore_lines_with", "2: "),
        ("echo", {"echo__metadata": "NaN"}, "echo__metadata", "NaN"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_said_at_its_field(
    admin_client, backend, given, field, words
):
    given = {n if "__" in n else f"llm__{n}": value for n, value in given.items()}
    given = {"llm__provider": "openai", "llm__model": "m"} | given
    if field == "llm__provider" and words == "required":
        given["llm__provider"] = ""
    errors = save(admin_client, ADD, name="One", backend=backend, **given)
    assert list(errors) == [field]
    assert words in str(errors[field])
    assert not Agent.objects.exists()


def test_an_untouched_form_changes_nothing(admin_client):
    options = {
        "reply": "a\nb",
        "delay_seconds": 0.0,
        "metadata": {"x": [1, {"y": None}]},
        "stamp": False,
    }
    agent = make_agent(options=options)
    assert save(admin_client, page(agent), name="Renamed") == {}
    agent.refresh_from_db()
    assert (agent.name, agent.options) == ("Renamed", options)


def test_an_option_can_be_taken_back(admin_client):
    agent = make_agent(options={"reply": "Hello", "stamp": True})
    assert save(admin_client, page(agent), echo__reply="", echo__stamp="") == {}
    agent.refresh_from_db()
    assert agent.options == {}


@pytest.mark.parametrize("options", [{"colour": "red"}, {"delay_seconds": "soon"}])
def test_options_without_a_field_are_shown_and_refused_until_removed(
    admin_client, options
):
    agent = make_agent(options=options | {"reply": "Hello"})
    url = page(agent)
    assert next(iter(options.values())) in admin_client.get(url).content.decode()
    (name,) = options
    assert name in str(save(admin_client, url)["other_options"])
    assert save(admin_client, url, other_options="") == {}
    agent.refresh_from_db()
    assert agent.options == {"reply": "Hello"}


def test_an_agent_whose_backend_is_gone_opens_and_says_so(admin_client):
    agent = make_agent(backend="gone", options={"a": 1})
    assert "gone" in admin_client.get(page(agent)).content.decode()
    assert "backend" in save(admin_client, page(agent))


def test_nothing_unsanitised_is_stored(admin_client):
    agent = made(admin_client, backend="echo", echo__metadata=r'{"a": "\u0000b"}')
    assert agent.options == {"metadata": {"a": "b"}}


# -- id


def test_an_id_left_blank_is_made_from_the_name(admin_client):
    make_agent(id="morning-news", name="x")
    assert save(admin_client, ADD, name="Morning news", backend="echo") == {}
    assert Agent.objects.filter(id="morning-news-2", name="Morning news").exists()


def test_an_id_that_is_taken_is_refused(admin_client):
    make_agent(id="one")
    assert "id" in save(admin_client, ADD, id="one", name="Other", backend="echo")


# -- credentials


def test_credentials_are_stored_and_never_shown(admin_client):
    agent = made(
        admin_client,
        backend="llm",
        llm__provider="openai",
        llm__model="m",
        llm__new_api_key="K3YSECRET",
    )
    assert agent.credentials == {"api_key": "K3YSECRET"}
    body = admin_client.get(page(agent)).content.decode()
    assert "K3YSECRET" not in body
    assert "stored ••••" in body


def test_blank_credentials_keep_what_is_stored(admin_client):
    agent = make_model()
    assert save(admin_client, page(agent), name="Renamed") == {}
    agent.refresh_from_db()
    assert (agent.name, agent.credentials) == ("Renamed", {"api_key": "K3YSECRET"})


def test_a_refused_form_does_not_give_the_secret_back(admin_client):
    sent = {"name": "", "backend": "llm", "llm__new_api_key": "K3YSECRET"}
    assert "K3YSECRET" not in admin_client.post(ADD, sent).content.decode()


def test_stored_credentials_can_be_removed(admin_client):
    agent = make_model()
    assert save(admin_client, page(agent), llm__remove_api_key="on") == {}
    assert Agent.objects.get().credentials == {}


def test_stored_credentials_do_not_follow_to_another_provider(admin_client):
    agent = make_model()
    errors = save(admin_client, page(agent), llm__provider="anthropic")
    assert list(errors) == ["llm__new_api_key"]
    changes = {"llm__provider": "anthropic", "llm__new_api_key": "new"}
    assert save(admin_client, page(agent), **changes) == {}
    assert Agent.objects.get().credentials == {"api_key": "new"}


def test_stored_credentials_may_be_removed_on_the_way(admin_client):
    changes = {"llm__provider": "anthropic", "llm__remove_api_key": "on"}
    assert save(admin_client, page(make_model()), **changes) == {}
    assert Agent.objects.get().credentials == {}


def test_another_backend_gets_none_of_the_old_credentials(admin_client):
    assert save(admin_client, page(make_model()), backend="echo") == {}
    agent = Agent.objects.get()
    assert (agent.backend, agent.credentials) == ("echo", {})


@pytest.fixture
def locked():
    agent = make_model()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_agent SET credentials='enc1:bad'")
    return agent


def test_credentials_whose_key_is_lost_are_entered_again(admin_client, locked):
    errors = save(admin_client, page(locked))
    assert "FIELD_ENCRYPTION_KEYS" in str(errors["llm__new_api_key"])
    assert save(admin_client, page(locked), llm__new_api_key="new") == {}
    assert Agent.objects.get().credentials == {"api_key": "new"}


def test_credentials_whose_key_is_lost_can_be_removed(admin_client, locked):
    assert save(admin_client, page(locked), llm__remove_api_key="on") == {}
    assert Agent.objects.get().credentials == {}


# -- who may


def staff(*names: str) -> Client:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_a_viewer_reads_the_options_and_changes_nothing():
    client, agent = staff("view_agent"), make_model()
    body = client.get(page(agent)).content.decode()
    assert "gpt-5" in body
    assert "api_key ••••" in body
    assert "K3YSECRET" not in body
    assert client.post(page(agent), {"name": "x"}).status_code == 403


def test_markup_in_an_option_stays_text(admin_client):
    agent = make_agent(options={"reply": "</textarea><script>x()</script>"})
    assert "<script>x()" not in admin_client.get(page(agent)).content.decode()
    viewed = staff("view_agent").get(page(agent)).content.decode()
    assert "<script>x()" not in viewed


# -- list, tasks, delete


def test_the_list_counts_the_tasks_and_leads_to_them(admin_client):
    agent = make_agent()
    make_task(agent=agent)
    make_task(agent=agent)
    body = admin_client.get(LIST).content.decode()
    link = (
        f"{reverse('admin:scheduling_scheduledtask_changelist')}?agent__id__exact=echo"
    )
    assert link in body
    assert "2 tasks" in body
    assert admin_client.get(link).context["cl"].result_count == 2


def test_the_list_asks_as_much_for_ten_agents_as_for_one(
    admin_client, django_assert_num_queries
):
    from django.test.utils import CaptureQueriesContext

    make_task(agent=make_agent(id="a0"), last_status="failed")
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(LIST)
    for number in range(1, 10):
        make_task(agent=make_agent(id=f"a{number}"))
    with django_assert_num_queries(len(asked)):
        admin_client.get(LIST)


def test_an_empty_list_says_what_to_do(admin_client):
    assert "Make the first one" in admin_client.get(LIST).content.decode()


def test_the_list_can_be_narrowed_to_a_backend(admin_client):
    make_agent()
    make_model()
    found = admin_client.get(f"{LIST}?backend=llm").context["cl"].result_list
    assert [each.pk for each in found] == ["model"]


def test_the_page_names_the_tasks_that_use_the_agent(admin_client):
    task = make_task(name="Morning <b>news</b>")
    body = admin_client.get(page(task.agent)).content.decode()
    assert "Morning &lt;b&gt;news&lt;/b&gt;" in body


def test_an_agent_that_tasks_use_is_not_deleted(admin_client):
    task = make_task(name="Morning report")
    answer = admin_client.post(page(task.agent, "delete"), {"post": "yes"}, follow=True)
    assert "1 task uses this agent (Morning report)" in answer.content.decode()
    assert Agent.objects.exists()


def test_agents_that_tasks_use_are_not_deleted_with_others(admin_client):
    task, other = make_task(), make_agent(id="other")
    sent = {
        "action": "delete_selected",
        "_selected_action": [task.agent_id, other.pk],
        "post": "yes",
    }
    assert "1 task uses" in admin_client.post(LIST, sent).content.decode()
    assert Agent.objects.count() == 2


def test_an_agent_that_nobody_uses_is_deleted(admin_client):
    admin_client.post(page(make_agent(), "delete"), {"post": "yes"})
    assert not Agent.objects.exists()
