"""Processes, periodic tasks and Celery's results: who may look, who may change, what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult
from kombu.exceptions import OperationalError

from config import celery_app
from scheduling.models import Process
from scheduling.tasks import keep_house
from tests.factories import make_user
from tests.scheduling.test_pulse import BEAT, make_process

pytestmark = pytest.mark.django_db
SCHEDULES = (IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule)
RESULTS = (TaskResult, GroupResult)


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)  # fmt: skip


@pytest.fixture
def rows() -> dict[Any, Any]:
    """One row of each model."""
    every = IntervalSchedule.objects.create(every=7, period="seconds")
    made = [
        every,
        CrontabSchedule.objects.create(minute="5"),
        SolarSchedule.objects.create(event="sunrise", latitude=10, longitude=106),
        ClockedSchedule.objects.create(clocked_time=timezone.now()),
        PeriodicTask.objects.create(
            name="Keep house", task="scheduling.keep_house", interval=every
        ),
        TaskResult.objects.create(task_id="a", task_name="t", status="FAILURE"),
        GroupResult.objects.create(group_id="g"),
        make_process("worker@here", queues=["agents"]),
    ]
    return {type(each): each for each in made}


@pytest.fixture
def viewer() -> Client:
    """A browser of who may look at everything and change nothing."""
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("reader", ["admin_client", "viewer"])
def test_every_list_and_page_opens(request, rows, reader, language):
    client = request.getfixturevalue(reader)
    headers = {"Accept-Language": language}
    for model, row in rows.items():
        assert client.get(url(model, "changelist"), headers=headers).status_code == 200
        page = client.get(url(model, "change", row.pk), headers=headers)
        assert page.status_code == 200, model


def test_an_administrator_can_add_schedules_and_periodic_tasks(admin_client):
    for model in (*SCHEDULES, PeriodicTask):
        assert admin_client.get(url(model, "add")).status_code == 200, model


def test_history_and_processes_are_written_by_nobody(admin_client, rows):
    for model in (*RESULTS, Process):
        assert admin_client.get(url(model, "add")).status_code == 403
        answer = admin_client.post(url(model, "change", rows[model].pk), {})
        assert answer.status_code == 403
        answer = admin_client.post(
            url(model, "delete", rows[model].pk), {"post": "yes"}
        )
        assert answer.status_code == 403


def test_a_viewer_changes_no_periodic_task(viewer, rows):
    for model in (*SCHEDULES, PeriodicTask):
        assert viewer.get(url(model, "add")).status_code == 403
        change = url(model, "change", rows[model].pk)
        assert viewer.post(change, {"name": "Mine"}).status_code == 403


def test_the_form_of_a_periodic_task_wears_unfolds_dress(admin_client, rows):
    page = admin_client.get(url(PeriodicTask, "change", rows[PeriodicTask].pk))
    form = page.context["adminform"].form
    assert "border" in str(form["task"])
    assert '<option value="scheduling.keep_house"' in str(form["regtask"])
    assert "border" in str(form["regtask"])


def test_a_periodic_task_is_saved(admin_client, rows):
    row = rows[PeriodicTask]
    sent = {
        "name": "Keep the house",
        "regtask": "scheduling.prune",
        "task": "",
        "enabled": "on",
        "interval": row.interval_id,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
    }
    answer = admin_client.post(url(PeriodicTask, "change", row.pk), sent)
    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()
    assert (row.name, row.task) == ("Keep the house", "scheduling.prune")


# -- actions


def act(client: Client, action: str, row: PeriodicTask) -> Any:
    return client.post(
        url(PeriodicTask, "changelist"),
        {"action": action, "_selected_action": row.pk},
        follow=True,
    )


def test_an_administrator_switches_a_periodic_task_off_and_on(admin_client, rows):
    row = rows[PeriodicTask]
    for action, enabled in (("disable_tasks", False), ("enable_tasks", True)):
        act(admin_client, action, row)
        row.refresh_from_db()
        assert row.enabled is enabled


@pytest.mark.parametrize("action", ["disable_tasks", "toggle_tasks", "run_tasks"])
def test_a_viewer_cannot_act_on_a_periodic_task(viewer, rows, action, monkeypatch):
    started: list[Any] = []
    monkeypatch.setattr(
        celery_app.tasks[keep_house.name], "apply_async", lambda **k: started.append(k)
    )
    act(viewer, action, rows[PeriodicTask])
    rows[PeriodicTask].refresh_from_db()
    assert rows[PeriodicTask].enabled
    assert started == []


def test_nothing_starts_by_get(admin_client, rows, monkeypatch):
    started: list[Any] = []
    monkeypatch.setattr(
        celery_app.tasks[keep_house.name], "apply_async", lambda **k: started.append(k)
    )
    row = rows[PeriodicTask]
    admin_client.get(
        url(PeriodicTask, "changelist"),
        {"action": "run_tasks", "_selected_action": row.pk},
    )
    assert started == []


def test_a_periodic_task_is_run_at_once(admin_client, rows, monkeypatch):
    started: list[Any] = []
    monkeypatch.setattr(
        celery_app.tasks[keep_house.name], "apply_async", lambda **k: started.append(k)
    )
    act(admin_client, "run_tasks", rows[PeriodicTask])
    assert [each["headers"] for each in started] == [
        {"periodic_task_name": "Keep house"}
    ]


def test_without_a_broker_it_is_said_that_nothing_was_started(
    admin_client, rows, monkeypatch
):
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(celery_app.tasks[keep_house.name], "apply_async", away)
    body = act(admin_client, "run_tasks", rows[PeriodicTask]).content.decode()
    assert "The broker cannot be reached, nothing was started" in body


# -- processes


def test_the_list_tells_who_is_alive_and_who_is_silent(admin_client):
    make_process("beat@here:1", kind=BEAT, queues=[], leads=True)
    make_process("gone@here", seen_at=timezone.now() - timedelta(minutes=5))
    body = admin_client.get(url(Process, "changelist")).content.decode()
    assert body.index("Alive") < body.index("Silent")
    assert "fires" in body
    assert "agents, celery, notifications" in body


def test_the_sidebar_marks_the_first_page_while_nobody_fires(admin_client):
    assert ">!<" in _sidebar(admin_client)
    make_process("beat@here:1", kind=BEAT, queues=[])
    make_process("celery@here")
    assert ">!<" not in _sidebar(admin_client)


def _sidebar(client: Client) -> str:
    body = client.get(url(Process, "changelist")).content.decode()
    return "".join(body.split())


@pytest.mark.parametrize(
    ("page", "marked"),
    [("changelist", ["Events"]), ("bus", ["Live events"])],
)
def test_the_sidebar_marks_one_page_as_the_one_that_is_open(admin_client, page, marked):
    answer = admin_client.get(reverse(f"admin:scheduling_event_{page}"))
    groups = answer.context["sidebar_navigation"]
    items = [item for group in groups for item in group["items"]]
    assert [str(item["title"]) for item in items if item["active"]] == marked
