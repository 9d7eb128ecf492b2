"""What people see and do of the schedules that agents made: pages, command, API."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import services
from scheduling.agents.base import ToolError
from scheduling.exceptions import Conflict
from scheduling.maintenance import prune
from scheduling.models import AgentAct, ScheduledTask, Version
from tests.factories import make_agent_act, make_event, make_task, make_user
from tests.scheduling.tools.callers import caller_in, make_root, schedule

pytestmark = pytest.mark.django_db
ACTS = "/v2/admin/agent-acts/"


@pytest.fixture
def boss():
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def page(boss):
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def caller():
    caller = caller_in(make_root())
    schedule(caller, "check")
    schedule(caller, "rest")
    schedule(caller, "rest", "suspend")
    return caller


def made(name="check"):
    return ScheduledTask.objects.get(id=f"brief-{name}")


def command(*args):
    out = io.StringIO()
    call_command("agent_schedules", *args, stdout=out)
    return out.getvalue()


def test_the_switch_stops_them_all_and_no_agent_resumes_them(page, boss, caller):
    of_a_person = make_task()
    path = reverse("admin:scheduling_agentact_stop")
    asked = page.get(path).text
    assert "2 schedules in all" in asked
    answer = page.post(path, {"note": "Too many."}, follow=True)
    assert "Stopped 2 schedules." in answer.text
    assert (made().active, made().pause_note, made().paused_by) == (False, "Too many.", boss)  # fmt: skip
    for name in ("check", "rest"):
        with pytest.raises(ToolError, match="paused by"):
            schedule(caller, name, "resume")
    of_a_person.refresh_from_db()
    assert of_a_person.active


def test_a_note_that_is_too_long_stops_nothing_and_says_so(page, caller):
    answer = page.post(reverse("admin:scheduling_agentact_stop"), {"note": "x" * 2001})
    assert (answer.status_code, made().active) == (400, True)
    assert "2001" in answer.text


def test_the_command_lists_and_stops(caller):
    assert "brief-check  active  task:brief  depth 1\n" in command()
    assert [task["id"] for task in json.loads(command("--json"))] == ["brief-check", "brief-rest"]  # fmt: skip
    assert command("--pause-all").endswith("2 paused.\n")
    assert not made().active
    with pytest.raises(ToolError, match="paused by Backbeat"):
        schedule(caller, "rest", "resume")


def test_what_is_taken_over_is_no_agents_any_more(page, caller):
    path = reverse("admin:scheduling_scheduledtask_changelist")
    asked = {"action": "adopt", "_selected_action": ["brief-check"]}
    assert "Took over 1 task." in page.post(path, asked, follow=True).text
    assert (made().lineage, made().depth, made().active) == ("", 0, True)
    assert Version.objects.filter(ref="brief-check").latest("number").note
    with pytest.raises(ToolError, match="no schedule 'check' of yours"):
        schedule(caller, "check", "delete")


def test_only_what_an_agent_made_is_taken_over():
    with pytest.raises(Conflict, match="was not made by an agent"):
        services.adopt_task(make_task(), user=None)


def test_the_list_shows_those_that_agents_made(page, caller):
    path = reverse("admin:scheduling_scheduledtask_changelist")
    found = page.get(path, {"maker": "agent"}).text
    assert "brief-check" in found
    assert "/scheduledtask/brief/" not in found
    assert "brief-check" not in page.get(path, {"maker": "person"}).text


def test_the_page_of_a_task_says_which_run_made_it(page, caller):
    path = reverse("admin:scheduling_scheduledtask_change", args=["brief-check"])
    shown = page.get(path).text
    assert "An agent made this task." in shown
    assert str(caller.run_id) in shown


def test_acts_and_refusals_are_listed(page, caller):
    with pytest.raises(ToolError):
        schedule(caller, "often", schedule="* * * * *")
    shown = page.get(reverse("admin:scheduling_agentact_changelist")).text
    assert "its slots are 60 s apart" in shown
    only = page.get(reverse("admin:scheduling_agentact_changelist"), {"accepted": "yes"}).text  # fmt: skip
    assert "60 s apart" not in only
    act = AgentAct.objects.filter(accepted=False).get()
    one = page.get(reverse("admin:scheduling_agentact_change", args=[act.pk])).text
    assert "often" in one
    events = page.get(reverse("admin:scheduling_event_changelist")).text
    assert "An agent was refused" in events


def test_nobody_gets_what_agents_made_by_the_id_of_the_deleted_task_at_its_root(caller):
    root = ScheduledTask.objects.get(id="brief")
    owner, timing = root.owner, {"schedule_type": "daily", "schedule_time": "07:00"}
    services.delete_task(root, user=None)
    fields = {"name": "Brief", "agent_id": "echo", "input_message": "x", **timing}
    stranger = make_user()
    with pytest.raises(ValidationError, match="is taken"):
        services.create_task(
            fields={**fields, "id": "brief", "owner": stranger}, user=stranger
        )
    made = services.create_task(fields={**fields, "owner": stranger}, user=stranger)
    assert made.id == "brief-2"
    again = {**fields, "id": "brief", "owner": owner}
    assert services.create_task(fields=again, user=owner).id == "brief"


def test_every_kind_of_event_has_a_look(page):
    from scheduling.models import Event

    for kind in Event.Kind.values:
        make_event(kind=kind)
    assert page.get(reverse("admin:scheduling_event_changelist")).status_code == 200


def test_the_api_lists_acts(caller, boss):
    client = Client()
    client.force_login(boss)
    first = client.get(ACTS, {"task_id": "brief-check"}).json()["results"][0]
    assert (first["tool"], first["action"], first["accepted"]) == ("schedule_task", "create", True)  # fmt: skip
    assert first["run_id"] == str(caller.run_id)
    client.force_login(make_user())
    assert client.get(ACTS).json()["results"] == []
    client.force_login(ScheduledTask.objects.get(id="brief").owner)
    assert len(client.get(ACTS).json()["results"]) == 3


def test_old_acts_are_pruned(configure):
    configure("SCHEDULING", keep_runs_days=10)
    make_agent_act(at=timezone.now() - timedelta(days=11))
    kept = make_agent_act()
    prune()
    assert AgentAct.objects.get() == kept
