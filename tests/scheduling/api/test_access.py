"""What targets, staff and others may see and do beyond the lists."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from scheduling.models import ScheduledTask
from tests.factories import (  # fmt: skip
    make_agent,
    make_delivery,
    make_run,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = pytest.mark.django_db
RUNS = "/v2/admin/runs/"
BODY = {"name": "x", "input_message": "x", "schedule_type": "daily", "schedule_time": "07:00"}  # fmt: skip


def test_a_new_target_does_not_read_what_was_made_for_the_old_one(as_person, person):
    task = make_task(id="report", owner=make_user(), target_user_id=str(person.pk))
    make_run(task, user_id="99999", output="for the old one")
    mine = make_run(task, user_id=str(person.pk))
    shown = as_person.get(f"{TASKS}report/runs").json()["results"]
    assert [each["id"] for each in shown] == [str(mine.id)]


def test_an_owner_reads_all_runs_of_the_task(as_person, person):
    task = make_task(id="report", owner=person)
    make_run(task, user_id="99999")
    assert len(as_person.get(f"{TASKS}report/runs").json()["results"]) == 1


@pytest.mark.parametrize("path", ["", "report/"])
def test_a_target_is_not_told_how_webhooks_are_filled(as_person, person, path):
    task = make_task(id="report", owner=make_user(), target_user_id=str(person.pk))
    make_webhook(task, body_template={"k": "SECRET"}, chat_id="-100123")
    answer = as_person.get(TASKS + path)
    assert answer.status_code == 200
    assert "SECRET" not in answer.content.decode()
    assert "-100123" not in answer.content.decode()


def test_an_owner_is_told_how_webhooks_are_filled(as_person, person):
    make_webhook(make_task(id="own", owner=person), chat_id="-100123")
    assert as_person.get(f"{TASKS}own/").json()["webhooks"][0]["chat_id"] == "-100123"


def test_a_target_sees_neither_system_prompt_nor_worker(as_person, person):
    task = make_task(owner=make_user(), target_user_id=str(person.pk))
    run = make_run(task, system_prompt="Be short.", worker="host-1")
    shown = as_person.get(f"{RUNS}{run.id}/").json()
    assert (shown["system_prompt"], shown["worker"]) == ("", "")


def test_an_owner_sees_the_system_prompt(as_person, person):
    run = make_run(make_task(owner=person), system_prompt="Be short.")
    assert as_person.get(f"{RUNS}{run.id}/").json()["system_prompt"] == "Be short."


def test_the_health_agent_is_for_staff(as_person, as_staff):
    make_agent(id="state", backend="health")
    answer = as_person.post(TASKS, BODY | {"agent_id": "state"})
    assert answer.status_code == 400
    assert "staff only" in answer.json()["errors"]["agent_id"][0]
    assert as_staff.post(TASKS, BODY | {"agent_id": "state"}).status_code == 201


def test_a_task_is_not_moved_to_the_health_agent(as_person, person):
    make_agent(id="state", backend="health")
    make_task(id="own", owner=person)
    answer = as_person.patch(f"{TASKS}own/", {"agent_id": "state"})
    assert answer.status_code == 400


def test_what_a_function_is_given_is_for_staff_to_say(as_person, as_staff, person):
    make_agent(id="report", backend="function", options={"function": "price_report"})
    make_task(id="own", owner=person, agent_id="report")
    body = {"agent_options": {"kwargs": {"city": "Hanoi"}}}
    answer = as_person.patch(f"{TASKS}own/", body)
    assert answer.status_code == 400
    assert "Only staff" in answer.json()["errors"]["agent_options"][0]
    assert as_person.patch(f"{TASKS}own/", {"agent_options": {}}).status_code == 200
    assert as_staff.patch(f"{TASKS}own/", body).status_code == 200


def staff_with(*codenames):
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return client_of(user)


def requests_of_staff():
    task, run = f"{TASKS}report/", f"{RUNS}{{run}}/"
    agent, delivery = "/v2/admin/agents/", "/v2/admin/deliveries/"
    return [
        ("get", TASKS, "view_scheduledtask", 200),
        ("post", TASKS, "add_scheduledtask", 201),
        ("get", task, "view_scheduledtask", 200),
        ("patch", task, "change_scheduledtask", 200),
        ("delete", task, "delete_scheduledtask", 204),
        ("post", f"{task}run", "operate_scheduledtask", 202),
        ("post", f"{task}clone", "view_scheduledtask add_scheduledtask", 201),
        ("post", f"{task}pause", "operate_scheduledtask", 200),
        ("post", f"{task}resume", "operate_scheduledtask", 200),
        ("get", f"{task}runs", "view_run", 200),
        ("get", run, "view_run", 200),
        ("post", f"{run}cancel", "operate_run", 202),
        ("post", f"{run}rerun", "operate_run", 202),
        ("get", agent, "view_agent", 200),
        ("delete", f"{agent}spare/", "delete_agent", 204),
        ("get", delivery, "view_delivery", 200),
        ("post", f"{delivery}{{delivery}}/replay", "replay_delivery", 202),
    ]


@pytest.mark.parametrize(("method", "path", "needed", "status"), requests_of_staff())
def test_staff_need_the_permission_of_what_they_do(method, path, needed, status):
    make_agent(id="spare")
    task = make_task(id="report")
    run = make_run(task)
    delivery = make_delivery(make_webhook(task), status="failed", finished_at=run.created_at)  # fmt: skip
    path = path.format(run=run.id, delivery=delivery.id)
    body = BODY | {"agent_id": "echo"} if path == TASKS else {}
    refused = getattr(staff_with(), method)(path, body)
    assert refused.status_code == 403
    assert needed.split()[0] in refused.json()["detail"]
    answer = getattr(staff_with(*needed.split()), method)(path, body)
    assert answer.status_code == status, answer.content


def test_one_who_may_operate_pauses_and_resumes_by_a_patch_of_active():
    make_task(id="report")
    operator = staff_with("operate_scheduledtask")
    for active in (False, True):
        shown = operator.patch(f"{TASKS}report/", {"active": active}).json()
        assert shown["active"] is active


@pytest.mark.parametrize("body", [{"active": False, "name": "x"}, {"name": "x"}, {}])
def test_one_who_may_only_operate_patches_nothing_else(body):
    make_task(id="report", name="Before")
    answer = staff_with("operate_scheduledtask").patch(f"{TASKS}report/", body)
    assert answer.status_code == 403
    assert "scheduling.change_scheduledtask" in answer.json()["detail"]
    assert ScheduledTask.objects.get().name == "Before"


def test_one_who_may_change_but_not_operate_does_not_pause():
    make_task(id="report")
    editor = staff_with("change_scheduledtask")
    assert editor.patch(f"{TASKS}report/", {"active": False}).status_code == 403
    assert editor.post(f"{TASKS}report/pause").status_code == 403


def test_one_who_may_add_but_not_look_does_not_clone():
    make_task(id="report")
    assert (
        staff_with("add_scheduledtask").post(f"{TASKS}report/clone").status_code == 403
    )


@pytest.mark.parametrize("path", ["/v2/admin/agents/", "/v2/admin/deliveries/"])
def test_strangers_are_told_for_whom_a_path_is(as_person, path):
    answer = as_person.get(path)
    assert answer.status_code == 403
    assert "staff with the permission" in answer.json()["detail"]
