"""The pages of what is remembered, the task's fields beside it, and the command."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from scheduling import services
from scheduling.models import ScheduledTask
from scheduling.services.memories import holder_of, note_down
from tests.factories import make_agent, make_member, make_run, make_task, make_user
from tests.scheduling.test_admin import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = make_user(username="boss", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def page_of(thing: Any) -> str:
    kind = thing._meta.model_name
    return reverse(f"admin:scheduling_memory_{kind}", args=[thing.pk])


def held(thing: Any) -> str:
    return services.memory_of(thing).content


@pytest.mark.parametrize("make", [make_task, make_agent])
def test_a_first_memory_is_written_on_the_page_of_its_task_or_agent(boss, make):
    thing = make()
    assert boss.get(page_of(thing)).status_code == 200
    answer = boss.post(page_of(thing), {"content": "Seen: FPT", "seen": 0})
    assert answer["Location"] == page_of(thing)
    (version,) = services.memory_versions(thing)
    assert (version.content, version.by.username) == ("Seen: FPT", "boss")


def test_an_edit_of_what_a_run_wrote_meanwhile_is_shown_again_and_refused(boss):
    task = make_task()
    services.save_memory(task, "by a run", user=None)
    answer = boss.post(page_of(task), {"content": "mine", "seen": 0})
    assert answer.status_code == 409
    assert "version 1 now" in answer.content.decode()
    assert "mine</textarea>" in answer.content.decode()
    assert held(task) == "by a run"


def test_what_is_too_long_is_said_on_the_page(boss, configure):
    configure("SCHEDULING", memory_chars=3)
    answer = boss.post(page_of(make_task()), {"content": "abcd"})
    assert "Has 4 characters; at most 3 are allowed." in answer.content.decode()


def test_a_version_shows_what_it_changed_and_is_set_back_to(boss):
    task = make_task()
    for text in ("one", "<b>two</b>"):
        services.save_memory(task, text, user=None)
    memory = services.memory_of(task)
    place = reverse("admin:scheduling_memory_version", args=[memory.pk, 2])
    shown = boss.get(place).content.decode()
    assert "<ins>" in shown
    assert "<b>two" not in shown
    place = reverse("admin:scheduling_memory_version", args=[memory.pk, 1])
    assert boss.post(place)["Location"] == page_of(task)
    assert held(task) == "one"


def test_the_list_says_whose_and_who(boss):
    task, run = make_task(name="Prices"), make_run()
    services.save_memory(task, "a", user=None)
    note_down(holder_of(make_agent()), "b", run_id=run.pk)
    shown = boss.get(reverse("admin:scheduling_memory_changelist")).content.decode()
    assert "Task “Prices”" in shown
    assert "Agent “Echo”" in shown
    assert "its run" in shown


def test_the_pages_of_tasks_and_agents_lead_there(boss):
    task = make_task()
    for thing in (task, task.agent):
        kind = thing._meta.model_name
        place = reverse(f"admin:scheduling_{kind}_change", args=[thing.pk])
        assert page_of(thing) in boss.get(place).content.decode()


def test_who_may_only_look_has_no_button(client):
    client.force_login(make_member("viewers"))
    task = make_task()
    assert ">Save<" not in client.get(page_of(task)).content.decode()
    assert client.post(page_of(task), {"content": "x"}).status_code == 403


def test_the_form_of_a_task_takes_budget_memory_and_approval(boss):
    task = make_task()
    place = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    sent = form_of(boss.get(place)) | {
        "run_cost_limit": "0.5", "run_tokens_limit": "1000", "run_tool_calls_limit": "5",
        "day_cost_limit": "1", "month_cost_limit": "10.25", "include_memory": "on",
        "memory_scope": "agent", "needs_approval": "on", "approval_seconds_0": "2",
        "approval_seconds_1": "3600", "approval_expiry": "approve", "may_schedule": "on",
    }  # fmt: skip
    assert boss.post(place, sent).status_code == 302
    task = ScheduledTask.objects.get()
    assert (task.run_cost_limit, task.month_cost_limit) == (Decimal("0.5"), Decimal("10.25"))  # fmt: skip
    assert (task.run_tokens_limit, task.run_tool_calls_limit, task.day_cost_limit) == (1000, 5, Decimal(1))  # fmt: skip
    assert (task.include_memory, task.memory_scope, task.may_schedule) == (True, "agent", True)  # fmt: skip
    assert (task.needs_approval, task.approval_seconds, task.approval_expiry) == (True, 7200, "approve")  # fmt: skip
    again = form_of(boss.get(place))
    assert (again["run_cost_limit"], again["month_cost_limit"]) == ("0.5", "10.25")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run_cost_limit", "0"),
        ("day_cost_limit", "lots"),
        ("run_tokens_limit", "0"),
        ("approval_seconds", "30"),
    ],
)
def test_a_wrong_limit_is_said_at_its_field(boss, name, value):
    place = reverse(
        "admin:scheduling_scheduledtask_change", args=[make_task(name="x").pk]
    )
    sent = form_of(boss.get(place))
    sent |= (
        {"approval_seconds_0": value, "approval_seconds_1": "1"}
        if name == "approval_seconds"
        else {name: value}
    )
    answer = boss.post(place, sent)
    assert list(answer.context["adminform"].form.errors) == [name]


# -- the command


def test_the_command_shows_and_sets(capsys, tmp_path):
    task = make_task(id="report")
    call_command("memory", "report", "--set", "Seen: FPT")
    assert capsys.readouterr().out == "Remembered as version 1.\n"
    call_command("memory", "report")
    assert capsys.readouterr().out == "Seen: FPT\n"
    notes = tmp_path / "notes.md"
    notes.write_text("Of all", "utf-8")
    call_command("memory", task.agent_id, "--agent", "--file", str(notes), "--json")
    assert json.loads(capsys.readouterr().out)["content"] == "Of all"
    assert held(task.agent) == "Of all"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["none"], "There is no task 'none'."),
        (["none", "--agent"], "There is no agent 'none'."),
        (["report", "--set", "x" * 20_001], "20001 characters"),
        (["report", "--file", "/nowhere/at/all"], "--file"),
    ],
)
def test_the_command_says_what_is_wrong_and_ends_with_2(given, words):
    make_task(id="report")
    with pytest.raises(CommandError, match=words) as refused:
        call_command("memory", *given)
    assert refused.value.returncode == 2
