"""Versions: every change of a task or an agent is kept, compared and taken back."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Dependency, ScheduledTask, Version
from scheduling.services.versions import CREATED, FOUND, OUTSIDE
from scheduling.versions import Line, changed_fields, line_diff
from tests.factories import make_agent, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
SECRET = "https://hooks.slack.com/services/T/B/SECRET"


def versions_of(thing: Any) -> list[Version]:
    kind = "agent" if isinstance(thing, Agent) else "task"
    return list(Version.objects.filter(kind=kind, ref=thing.pk).order_by("number"))


def version(thing: Any, number: int) -> Version:
    return versions_of(thing)[number - 1]


def create(user: Any = None, **changed: Any) -> ScheduledTask:
    make_agent()
    fields = {
        "id": "report", "name": "Report", "agent_id": "echo", "input_message": "One.\nTwo.\n",
        "schedule_type": "daily", "schedule_time": "07:00",
    } | changed  # fmt: skip
    hooks = [
        {"name": "Slack", "url": SECRET, "format": "slack", "headers": {"X-Key": "0123456789abcdef"}}
    ]  # fmt: skip
    task = services.create_task(fields=fields, webhooks=hooks, tags=["vn"], user=user)
    task.refresh_from_db()
    return task


# Writing


def test_creating_a_task_writes_version_one_with_webhooks_and_tags():
    an = make_user(username="an")
    task = create(an)
    (only,) = versions_of(task)
    assert (only.number, only.by, only.by_name, only.note) == (1, an, "an", CREATED)
    assert (only.data["tags"], only.data["webhooks"][0]["url"]) == (["vn"], SECRET)
    assert (only.data["agent"], only.data["schedule_time"]) == ("echo", "07:00:00")


def test_an_update_of_fields_webhooks_and_tags_is_one_version():
    task = create()
    services.update_task(
        task, fields={"name": "New"}, webhooks=[], tags=["a", "b"], user=None
    )
    task.refresh_from_db()
    last = versions_of(task)[-1]
    assert (task.version, last.number) == (2, 2)
    assert sorted(last.changed) == ["name", "tags", "webhooks"]


def test_a_save_that_changes_nothing_writes_no_version():
    task = create()
    services.update_task(task, fields={"name": task.name}, tags=["vn"], user=None)
    services.save_task(task, user=None)
    assert len(versions_of(task)) == 1


def test_what_the_engine_moves_makes_no_version():
    task = create()
    ScheduledTask.objects.update(run_count=7, consecutive_failures=3, next_run_at=None)
    services.update_task(task, fields={"name": task.name}, user=None)
    assert len(versions_of(task)) == 1


def test_pausing_and_resuming_are_versions():
    task = create()
    services.pause_task(task, user=None)
    services.resume_task(task, user=None)
    assert [each.changed for each in versions_of(task)[1:]] == [["active"], ["active"]]


def test_a_task_older_than_versions_keeps_its_old_state_as_version_one():
    task = make_task(name="Old")
    make_webhook(task, url=SECRET)
    services.update_task(task, fields={"name": "New"}, webhooks=[], user=None)
    first, second = versions_of(task)
    assert (first.number, first.note, first.data["name"]) == (1, FOUND, "Old")
    assert first.data["webhooks"][0]["url"] == SECRET
    assert (second.number, second.changed) == (2, ["name", "webhooks"])


def test_what_moved_without_people_is_not_said_to_be_of_who_edits_next():
    task = create()
    ScheduledTask.objects.update(active=False)  # paused after failures, say
    an = make_user()
    task.refresh_from_db()
    services.update_task(task, fields={"name": "New"}, user=an)
    _first, moved, edited = versions_of(task)
    assert (moved.changed, moved.by, moved.note) == (["active"], None, OUTSIDE)
    assert (edited.changed, edited.by) == (["name"], an)


def test_a_task_made_anew_under_an_old_id_goes_on_counting():
    task = create()
    services.update_task(task, fields={"name": "New"}, user=None)
    services.delete_task(task, user=None)
    again = create()
    assert again.version == 3
    assert [each.number for each in versions_of(again)] == [1, 2, 3]


def test_who_is_no_staff_sees_no_versions_of_the_task_that_had_the_id_before():
    services.delete_task(create(), user=None)
    lan = make_user()
    again = create(owner=lan)
    assert [each.number for each in services.versions_visible_to(lan, again)] == [2]
    boss = make_user(is_staff=True)
    assert len(services.versions_visible_to(boss, again)) == 2


def test_a_refused_change_writes_no_version():
    task = create()
    with pytest.raises(ValidationError):
        services.update_task(task, fields={"timezone": "Mars/Base"}, user=None)
    assert len(versions_of(task)) == 1


def test_the_queries_of_an_edit_do_not_grow_with_its_versions():
    task = create()
    counts = []
    for number in range(5):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            services.update_task(task, fields={"name": f"No. {number}"}, user=None)
        counts.append(len(queries))
    assert counts[1] == counts[4]


def test_agents_have_versions_without_their_credentials():
    boss = make_user(username="boss")
    agent = services.create_agent(
        fields={"id": "a", "name": "A", "backend": "http", "credentials": {"bearer_token": "SECRET-1"},
                "options": {"url": "https://example.com/a"}},
        user=boss,
    )  # fmt: skip
    services.update_agent(agent, fields={"credentials": {"bearer_token": "SECRET-2"}}, user=boss)  # fmt: skip
    first, second = versions_of(agent)
    assert "SECRET" not in json.dumps([first.data, second.data])
    assert second.changed == ["credentials"]
    (change,) = services.compare_versions(first, second)
    assert change.is_secret_changed
    assert "SECRET" not in repr(change)
    agent.refresh_from_db()
    assert agent.version == 2


def test_deleting_keeps_the_versions():
    task = create()
    services.delete_task(task, user=None)
    assert Version.objects.filter(ref="report").count() == 1


# Comparing


def test_a_changed_prompt_is_shown_line_by_line():
    task = create()
    services.update_task(task, fields={"input_message": "One.\nThree.\n"}, user=None)
    (change,) = services.compare_versions(*versions_of(task))
    assert change.field == "input_message"
    assert list(change.lines) == [
        Line("same", "One."), Line("removed", "Two."), Line("added", "Three."),
    ]  # fmt: skip


def test_no_secret_is_in_a_comparison_and_its_change_is_said():
    task = create()
    hook = task.webhooks.get()
    services.update_task(
        task, user=None, fields={},
        webhooks=[{"id": hook.pk, "url": SECRET + "-2", "headers": {"X-Key": "fedcba9876543210"}}],
    )  # fmt: skip
    changes = services.compare_versions(*versions_of(task))
    assert [each.is_secret_changed for each in changes] == [True, True]
    assert "SECRET" not in repr(changes)
    assert "fedcba" not in repr(changes)
    assert "0123456789" not in repr(changes)
    assert "SECRET" not in repr(services.shown_version(version(task, 1)))


def test_a_webhook_that_came_or_went_is_one_change():
    task = create()
    services.update_task(task, fields={}, webhooks=[], user=None)
    (change,) = services.compare_versions(*versions_of(task))
    assert (change.label, change.after) == ("Webhook “Slack”", None)
    assert change.before["url"] == "https://hooks.slack.com/…"


def test_who_does_not_own_the_task_sees_no_chats_and_templates():
    task = create()
    hook = task.webhooks.get()
    entry = {"id": hook.pk, "format": "telegram", "chat_id": "-100123"}
    services.update_task(task, fields={}, webhooks=[entry], user=None)
    whole = services.compare_versions(*versions_of(task))
    part = services.compare_versions(*versions_of(task), whole=False)
    assert "-100123" in repr(whole)
    assert "-100123" not in repr(part)
    assert "-100123" not in repr(services.shown_version(version(task, 2), whole=False))


def test_a_field_that_came_with_an_upgrade_is_nobodys_change():
    assert changed_fields({"a": 1, "gone": 2}, {"a": 1, "new": 3}) == []
    assert changed_fields({"a": 1}, {"a": 2}) == ["a"]


def test_far_lines_of_a_text_are_left_out():
    old = [str(number) for number in range(50)]
    new = [*old[:20], "x", *old[21:]]
    lines = line_diff("\n".join(old), "\n".join(new))
    assert [each.kind for each in lines] == [
        "gap", *["same"] * 3, "removed", "added", *["same"] * 3, "gap",
    ]  # fmt: skip


def test_texts_of_very_many_lines_are_compared_at_once():
    old, new = "a\nb\n" * 25_000, "b\na\n" * 25_000
    assert len(line_diff(old, new)) > 1000


# Back


def test_reverting_sets_everything_back_and_makes_a_new_version():
    an = make_user(username="an", is_staff=True)
    parent = make_task(id="parent")
    task = create(catch_up_cap=5)
    Dependency.objects.create(task=task, parent=parent, when="failed")
    services.update_task(task, fields={"name": "B"}, webhooks=[], tags=[], user=None)
    Dependency.objects.all().delete()
    services.update_task(task, fields={"catch_up_cap": 9, "schedule_time": "08:00"}, user=None)  # fmt: skip
    wanted = version(task, 2)
    assert wanted.data["parents"] == [{"task_id": "parent", "when": "failed"}]
    services.revert_task(task, wanted, user=an)
    task = ScheduledTask.objects.get(pk="report")
    last = versions_of(task)[-1]
    assert (last.note, last.by, task.version) == ("Reverted to 2.", an, last.number)
    assert (task.catch_up_cap, str(task.schedule_time)) == (5, "07:00:00")
    assert [each.name for each in task.tags.all()] == ["vn"]
    assert task.webhooks.get().url == SECRET
    assert task.webhooks.get().headers == {"X-Key": "0123456789abcdef"}
    assert task.dependencies.get().parent_id == "parent"


def test_a_revert_pauses_again_with_the_note_of_then():
    task = create()
    services.pause_task(task, user=None, note="Holidays.")
    services.resume_task(task, user=None)
    services.revert_task(task, version(task, 2), user=None)
    task.refresh_from_db()
    assert (task.active, task.pause_note) == (False, "Holidays.")
    assert services.compare_versions(version(task, 2), version(task, 4)) == []


def test_a_revert_to_what_is_gone_names_it_and_changes_nothing():
    lan = make_user()
    parent = make_task(id="parent")
    task = create(agent_id=make_agent(id="other").pk, owner=lan)
    Dependency.objects.create(task=task, parent=parent)
    services.update_task(task, fields={"name": "B"}, user=None)
    Dependency.objects.all().delete()
    services.update_task(task, fields={"agent_id": "echo", "owner": None}, user=None)
    count = len(versions_of(task))
    Agent.objects.filter(id="other").delete()
    parent.delete()
    lan.delete()
    with pytest.raises(ValidationError) as caught:
        services.revert_task(task, version(task, 2), user=None)
    assert set(caught.value.message_dict) == {"agent", "owner", "parents"}
    assert "'other'" in caught.value.message_dict["agent"][0]
    assert len(versions_of(task)) == count


def test_who_is_no_staff_gets_no_staffs_agent_back_by_reverting():
    make_agent(id="house", backend="health", name="Health")
    lan = make_user()
    task = create(agent_id="house", owner=lan)
    services.update_task(task, fields={"agent_id": "echo"}, user=None)
    with pytest.raises(ValidationError) as caught:
        services.revert_task(task, version(task, 1), user=lan)
    assert set(caught.value.message_dict) == {"agent"}
    services.revert_task(task, version(task, 1), user=make_user(is_staff=True))
    assert versions_of(task)[-1].data["agent"] == "house"


def test_who_is_no_staff_gets_no_shared_memory_to_write_by_reverting():
    lan = make_user()
    task = create(memory_scope="agent", owner=lan)
    services.update_task(task, fields={"memory_scope": "task"}, user=None)
    with pytest.raises(ValidationError) as caught:
        services.revert_task(task, version(task, 1), user=lan)
    assert set(caught.value.message_dict) == {"memory_scope"}


def test_who_is_no_staff_gives_a_function_nothing_else_by_reverting():
    lan = make_user()
    agent = make_agent(backend="function", options={"function": "price_report"})
    task = create(agent_id=agent.pk, agent_options={"kwargs": {"days": 7}}, owner=lan)
    services.update_task(task, fields={"agent_options": {}}, user=None)
    with pytest.raises(ValidationError) as caught:
        services.revert_task(task, version(task, 1), user=lan)
    assert set(caught.value.message_dict) == {"agent_options"}


def http_agent() -> Agent:
    fields = {
        "id": "a", "name": "A", "backend": "http", "options": {"url": "https://example.com/a"},
        "credentials": {"bearer_token": "SECRET-1"},
    }  # fmt: skip
    return services.create_agent(fields=fields, user=None)


def test_an_agent_is_set_back_and_keeps_its_credentials():
    agent = http_agent()
    services.update_agent(agent, fields={"options": {"url": "https://example.com/b"}, "system_prompt": "B"}, user=None)  # fmt: skip
    services.revert_agent(agent, version(agent, 1), user=None)
    agent = Agent.objects.get(pk="a")
    assert (agent.options, agent.system_prompt) == ({"url": "https://example.com/a"}, "")  # fmt: skip
    assert agent.credentials == {"bearer_token": "SECRET-1"}
    assert (agent.version, versions_of(agent)[-1].note) == (3, "Reverted to 1.")


def test_credentials_do_not_follow_a_revert_to_a_host_they_were_not_given_for():
    agent = http_agent()
    elsewhere = {"options": {"url": "https://example.org/b"}, "credentials": {"bearer_token": "SECRET-2"}}  # fmt: skip
    services.update_agent(agent, fields=elsewhere, user=None)
    with pytest.raises(ValidationError) as caught:
        services.revert_agent(agent, version(agent, 1), user=None)
    assert set(caught.value.message_dict) == {"credentials"}
    assert Agent.objects.get(pk="a").options == {"url": "https://example.org/b"}


# Lost keys


def test_a_version_that_no_key_reads_breaks_neither_list_nor_the_next_change(settings):
    task = create()
    task.webhooks.all().delete()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert [each.number for each in services.list_versions("task", "report")] == [1]
    services.update_task(task, fields={"name": "New"}, user=None)
    first, *_others, last = services.list_versions("task", "report").order_by("number")
    assert last.data["name"] == "New"
    with pytest.raises(Conflict, match="FIELD_ENCRYPTION_KEYS"):
        services.compare_versions(first, last)
    with pytest.raises(Conflict):
        services.revert_task(task, first, user=None)


def test_a_webhook_that_no_key_reads_does_not_stop_a_change(settings):
    task = make_task()
    make_webhook(task, url=SECRET)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    services.update_task(task, fields={"name": "New"}, user=None)
    (hook,) = versions_of(task)[-1].data["webhooks"]
    assert "url" not in hook


def test_reencrypting_covers_the_versions(settings):
    task = create()
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    call_command("reencrypt", stdout=StringIO())
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert version(task, 1).data["webhooks"][0]["url"] == SECRET


# The command


def ask(*words: str) -> str:
    out = StringIO()
    call_command("versions", *words, stdout=out)
    return out.getvalue()


def test_the_command_lists_and_compares():
    task = create(make_user(username="an"))
    services.update_task(task, fields={"name": "New"}, user=None)
    assert "name" in ask("report").splitlines()[0]
    assert [each["by"] for each in json.loads(ask("report", "--json"))] == ["", "an"]
    assert ask("report", "--diff", "1", "2").split() == ["name:", "-", '"Report"', "+", '"New"']  # fmt: skip
    (change,) = json.loads(ask("report", "--diff", "1", "2", "--json"))
    assert (change["before"], change["after"]) == ("Report", "New")


@pytest.mark.parametrize("words", [["nothing"], ["report", "--diff", "1", "7"], ["report", "--agent"]])  # fmt: skip
def test_the_command_says_in_one_line_what_is_not_there(words):
    create()
    with pytest.raises(CommandError) as caught:
        ask(*words)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
