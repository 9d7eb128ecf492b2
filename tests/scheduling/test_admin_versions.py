"""The pages about versions in the admin, and the one version that a form writes."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from scheduling import services
from scheduling.models import Agent, ScheduledTask, Version
from tests.factories import make_agent, make_member, make_task, make_user, make_webhook
from tests.scheduling.test_admin import form_of
from tests.scheduling.test_admin_task_form import a_new_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    client.force_login(make_user(username="boss", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def task() -> ScheduledTask:
    task = make_task(id="report", name="Report", input_message="One.\nTwo.")
    make_webhook(task, url="https://example.com/SECRET")
    services.update_task(task, fields={"input_message": "One.\nThree."}, user=None)
    return task


def url(page: str, *more: Any, kind: str = "scheduledtask", key: str = "report") -> str:
    return reverse(f"admin:scheduling_{kind}_{page}", args=[key, *more])


def test_the_list_says_who_changed_what_and_offers_the_last_two(boss, task):
    services.update_task(task, fields={"name": "B"}, user=make_user(username="an"))
    page = boss.get(url("versions")).content.decode()
    assert "an" in page
    assert "Prompt" in page
    assert 'name="from" value="2" aria-label="Compare from version 2" checked' in page
    assert 'name="to" value="3" aria-label="Compare to version 3" checked' in page


def test_a_thing_that_nobody_changed_says_what_will_be_here(boss):
    make_task(id="report")
    assert "is kept here" in boss.get(url("versions")).content.decode()


def test_one_version_shows_what_it_changed_and_holds(boss, task):
    page = boss.get(url("version", 2)).content.decode()
    assert "Three." in page
    assert "https://example.com/…" in page
    assert "SECRET" not in page


def test_two_versions_are_compared_the_older_one_first(boss, task):
    page = boss.get(url("compare") + "?from=2&to=1").content.decode()
    assert page.index("Two.") < page.index("Three.")
    assert boss.get(url("compare") + "?from=1&to=7").status_code == 404


def test_who_chose_no_two_versions_is_led_back_and_told(boss, task):
    answer = boss.get(url("compare") + "?from=x&to=1", follow=True)
    assert "Choose two versions to compare." in answer.content.decode()


def test_a_revert_asks_first_and_then_does_it(boss, task):
    page = boss.get(url("revert", 1)).content.decode()
    assert "This is what changes" in page
    assert ScheduledTask.objects.get().input_message == "One.\nThree."
    assert boss.post(url("revert", 1)).status_code == 302
    assert ScheduledTask.objects.get().input_message == "One.\nTwo."
    assert Version.objects.filter(ref="report").first().by_name == "boss"


def test_a_refused_revert_says_why_and_changes_nothing(boss, task):
    services.update_task(task, fields={"agent_id": make_agent(id="b").pk}, user=None)
    Agent.objects.filter(pk="echo").delete()
    answer = boss.post(url("revert", 1))
    assert answer.status_code == 409
    assert "is not there any more" in answer.content.decode()
    assert ScheduledTask.objects.get().agent_id == "b"


def test_a_lost_key_breaks_no_page(boss, task, settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    for path in (url("versions"), url("version", 2), url("compare") + "?from=1&to=2"):
        assert boss.get(path).status_code == 200
    answer = boss.get(url("revert", 1))
    assert answer.status_code == 200
    assert "cannot be read" in answer.content.decode()


def test_webhooks_are_told_in_words_whatever_their_template_holds(boss, task):
    hook = task.webhooks.get()
    entry = {"id": hook.pk, "format": "template", "body_template": {"notify_on": "{{content}}"}}  # fmt: skip
    services.update_task(task, fields={}, webhooks=[entry], user=None)
    services.update_task(task, fields={}, webhooks=[], user=None)
    assert "notify_on" in boss.get(url("version", 3)).content.decode()
    page = boss.get(url("version", 4)).content.decode()
    assert "Tell about: Success and failure" in page


def test_a_viewer_looks_and_does_not_revert(client, task):
    client.force_login(make_member("viewers"))
    assert client.get(url("versions")).status_code == 200
    assert "Set back to this version" not in client.get(url("version", 1)).content.decode()  # fmt: skip
    assert client.get(url("revert", 1)).status_code == 403
    assert client.post(url("revert", 1)).status_code == 403


def test_what_people_wrote_is_escaped(boss, task):
    services.update_task(task, fields={"name": "<script>x", "input_message": "<script>y"}, user=None)  # fmt: skip
    for path in (url("versions"), url("version", 3), url("compare") + "?from=1&to=3"):
        assert "<script>x" not in boss.get(path).content.decode()
        assert "<script>y" not in boss.get(path).content.decode()


def test_the_pages_of_a_task_and_an_agent_lead_to_their_versions(boss, task):
    assert url("versions") in boss.get(url("change")).content.decode()
    agent = {"kind": "agent", "key": "echo"}
    assert url("versions", **agent) in boss.get(url("change", **agent)).content.decode()


def test_an_agents_form_writes_a_version_and_its_page_sets_it_back(boss):
    make_agent(id="echo", system_prompt="Old.")
    form = {"name": "Echo", "active": "on", "backend": "echo", "system_prompt": "New."}
    agent = {"kind": "agent", "key": "echo"}
    answer = boss.post(url("change", **agent), form)
    assert answer.status_code == 302
    first, second = Version.objects.filter(kind="agent").order_by("number")
    assert (first.data["system_prompt"], second.changed) == ("Old.", ["system_prompt"])
    assert second.by_name == "boss"
    assert "Old." in boss.get(url("revert", 1, **agent)).content.decode()
    assert boss.post(url("revert", 1, **agent)).status_code == 302
    assert Agent.objects.get(pk="echo").system_prompt == "Old."


def test_a_tasks_form_writes_one_version_with_its_webhooks_and_tags(boss):
    make_agent()
    add = reverse("admin:scheduling_scheduledtask_add")
    sent = a_new_task(boss, id="report", tags=["vn"]) | {
        "webhooks-TOTAL_FORMS": "1", "webhooks-0-name": "Slack", "webhooks-0-format": "slack",
        "webhooks-0-url": "https://hooks.slack.com/services/T/B/SECRET", "webhooks-0-active": "on",
        "webhooks-0-notify_on": "always",
    }  # fmt: skip
    assert boss.post(add, sent).status_code == 302
    (only,) = Version.objects.filter(ref="report")
    assert (only.data["tags"], only.data["webhooks"][0]["name"]) == (["vn"], "Slack")
    sent = form_of(boss.get(url("change"))) | {"name": "B", "tags": ["vn", "new"], "webhooks-0-name": "Chat"}  # fmt: skip
    assert boss.post(url("change"), sent).status_code == 302
    second = Version.objects.get(ref="report", number=2)
    assert sorted(second.changed) == ["name", "tags", "webhooks"]
    assert Version.objects.filter(ref="report").count() == 2


def test_saving_a_form_that_nobody_touched_writes_no_version(boss):
    make_agent()
    boss.post(reverse("admin:scheduling_scheduledtask_add"), a_new_task(boss, id="report"))  # fmt: skip
    sent = form_of(boss.get(url("change")))
    assert boss.post(url("change"), sent).status_code == 302
    assert Version.objects.filter(ref="report").count() == 1
