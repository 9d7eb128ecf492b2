"""Options that a task sets over those of its agent."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from scheduling import services
from scheduling.agents import merged_options, task_options_errors
from scheduling.agents.base import AgentError
from scheduling.models import ScheduledTask
from scheduling.services.version_data import task_data
from tests.factories import make_agent, make_member, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(configure):
    configure("SCHEDULING", agent_allowed_origins=("http://127.0.0.1:9",))
    return make_agent(id="hook", backend="webhook_call", options={})


def refused(agent, own) -> list[str]:
    task = make_task(agent=agent)
    task.agent_options = own
    with pytest.raises(ValidationError) as caught:
        task.full_clean()
    return caught.value.message_dict["agent_options"]


def test_the_task_s_own_stand_over_the_agent_s():
    merged = merged_options("webhook_call", {"url": "https://x.example", "body": "a"}, {"body": "b"})  # fmt: skip
    assert merged.model_dump()["body"] == "b"


def test_one_that_is_not_for_tasks_is_refused_naming_those_that_are(hook):
    (message,) = refused(hook, {"send_input": True})
    assert message == (
        "send_input cannot be set by a task of this agent; it may set:"
        " body, headers, method, url."
    )


def test_an_agent_of_another_kind_takes_none():
    (message,) = refused(make_agent(), {"reply": "x"})
    assert message.endswith("it may set: -.")


def test_what_the_agent_leaves_to_its_tasks_is_needed(hook):
    assert refused(hook, {}) == ["url is needed: the agent names none."]


def test_a_wrong_value_is_named(hook):
    (message,) = refused(hook, {"url": "https://x.example", "method": "FETCH"})
    assert message.startswith("method: ")


def test_what_is_no_object_is_refused(hook):
    assert refused(hook, ["x"]) == ["Must be a JSON object of options."]


def test_an_agent_with_an_address_or_a_secret_is_not_sent_elsewhere(hook):
    hook.credentials = {"bearer_token": "t0ken"}
    hook.save()
    (message,) = refused(hook, {"url": "https://elsewhere.example"})
    assert (
        message
        == "url cannot be set by a task of this agent; it may set: body, method."
    )


def test_an_agent_that_got_a_secret_later_is_not_sent_elsewhere_either():
    with pytest.raises(AgentError, match="url cannot be set"):
        merged_options("webhook_call", {}, {"url": "https://elsewhere.example"}, credentials={"bearer_token": "x"})  # fmt: skip


def test_a_private_address_is_refused(hook):
    (message,) = refused(hook, {"url": "http://10.0.0.1/"})
    assert "SCHEDULING_AGENT_ALLOWED_ORIGINS" in message


def test_what_is_wrong_with_the_agent_is_not_the_task_s_fault():
    errors = task_options_errors("message", {"unknown": 1}, {"agent_id": "a"})
    assert errors == []


def test_they_are_cloned_and_in_the_versions(hook):
    own = {"url": "http://127.0.0.1:9/x"}
    task = services.clone_task(make_task(agent=hook, agent_options=own), user=None)
    assert task.agent_options == own
    assert task_data(task.id)[1]["agent_options"] == own


def test_the_api_takes_and_shows_them(hook, client):
    client.force_login(make_member("editors"))
    body = {
        "name": "Ping", "agent_id": "hook", "input_message": "x", "schedule_type": "none",
        "agent_options": {"url": "http://127.0.0.1:9/x"},
    }  # fmt: skip
    made = client.post(
        "/v2/admin/scheduled-tasks/", body, content_type="application/json"
    )
    assert made.status_code == 201, made.content
    assert made.json()["agent_options"] == {"url": "http://127.0.0.1:9/x"}
    wrong = client.patch(
        f"/v2/admin/scheduled-tasks/{made.json()['id']}/",
        {"agent_options": {"tool_name": "x"}},
        content_type="application/json",
    )
    assert wrong.status_code == 400
    assert "agent_options" in wrong.json()["errors"]


# -- the form


def test_the_form_shows_them_where_the_agent_s_backend_takes_some(hook, client):
    make_agent()
    client.force_login(make_member("editors"))
    page = client.get(reverse("admin:scheduling_scheduledtask_add"))
    groups = page.context["field_groups"]["agent"]["shown"]
    assert groups["hook"] == ["agent_options"]
    assert groups["echo"] == []
    assert "webhook_call: body, headers, method, url" in page.content.decode()


@pytest.fixture
def saved(client, hook):
    """Save a task through the form with these values."""
    client.force_login(make_member("editors"))

    def saved(**values):
        form = {
            "name": "Ping", "active": "on", "input_message": "x", "schedule_type": "none",
            "timezone": "UTC", "deadline_seconds": 60, "max_attempts": 1, "overlap": "skip",
            "catch_up": "skip", "on_closed_day": "skip", "first_run": "next_slot",
            "jitter_seconds_0": "", "jitter_seconds_1": 60, "memory_scope": "task",
            "approval_expiry": "reject",
            "webhooks-TOTAL_FORMS": 0, "webhooks-INITIAL_FORMS": 0,
            "dependencies-TOTAL_FORMS": 0, "dependencies-INITIAL_FORMS": 0,
            "event_triggers-TOTAL_FORMS": 0, "event_triggers-INITIAL_FORMS": 0,
        }  # fmt: skip
        url = reverse("admin:scheduling_scheduledtask_add")
        return client.post(url, form | values)

    return saved


def test_the_form_saves_them(saved):
    own = {"url": "http://127.0.0.1:9/x", "method": "GET"}
    answer = saved(agent="hook", agent_options=json.dumps(own))
    assert answer.status_code == 302, answer.context["errors"] or answer.context["adminform"].form.errors  # fmt: skip
    assert ScheduledTask.objects.get().agent_options == own


def test_the_form_says_at_the_field_what_is_wrong(saved):
    page = saved(agent="hook", agent_options='{"tool_name": "x"}')
    errors = page.context["adminform"].form.errors
    assert list(errors) == ["agent_options"]


def test_what_a_hidden_field_holds_is_dropped(saved):
    make_agent()
    answer = saved(agent="echo", agent_options='{"method": "GET"}')
    assert answer.status_code == 302
    assert ScheduledTask.objects.get().agent_options == {}
