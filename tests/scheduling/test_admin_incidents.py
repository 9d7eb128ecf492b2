"""The admin of incidents: the list, the page, the banner, and the panels that lead there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from notifications.incidents import open_incident
from notifications.models import Incident
from tests.factories import (
    make_incident,
    make_member,
    make_shared_webhook,
    make_task,
    make_webhook,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/notifications/incident/"


def client_of(group: str) -> Client:
    client = Client()
    client.force_login(make_member(group, username=group))
    return client


@pytest.fixture
def operator() -> Client:
    return client_of("operators")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(incident: Incident) -> str:
    return f"{LIST}{incident.pk}/change/"


def test_the_open_ones_come_first_with_what_they_are_about(operator: Client) -> None:
    task = make_task(id="brief")
    make_incident(title="Was over", resolved_at=timezone.now())
    make_incident(title="<b>Brief</b> fails", task_id=task.id, count=14)
    own, shared = make_webhook(task, name="own"), make_shared_webhook(name="book")
    for webhook in (own, shared):
        make_incident(kind="dead_endpoint", key=f"webhook:{webhook.pk}", task_id="", webhook_id=webhook.pk)  # fmt: skip
    make_incident(kind="beat_silent", key="installation", task_id="")
    page = text(operator, LIST)
    assert page.index("&lt;b&gt;Brief&lt;/b&gt; fails") < page.index("Was over")
    assert "/admin/scheduling/scheduledtask/brief/change/" in page
    assert f"/admin/scheduling/taskwebhook/{own.pk}/change/" in page
    assert f"/admin/notifications/webhook/{shared.pk}/change/" in page
    assert "installation" in page
    assert "Was over" not in text(operator, f"{LIST}?state=open")
    assert "Was over" in text(operator, f"{LIST}?state=resolved")


def test_an_empty_list_says_what_to_do_next(operator: Client) -> None:
    assert "for alerts" in text(operator, LIST)
    assert "for alerts" not in text(operator, f"{LIST}?state=open")


def test_the_page_shows_the_timeline_and_its_buttons_do_what_they_say(
    operator: Client,
) -> None:
    make_shared_webhook(name="ops", for_alerts=True)
    incident = open_incident(
        Incident.Kind.FAILING, "task:a", title="A fails", note="HTTP 500 <x>"
    )
    assert incident
    page = text(operator, page_of(incident))
    assert "HTTP 500 &lt;x&gt;" in page
    assert "ops" in page

    answer = operator.post(f"{LIST}{incident.pk}/acknowledge/", follow=True)
    assert "Acknowledged 1 incident." in answer.content.decode()
    page = text(operator, page_of(incident))
    assert "operators" in page
    assert 'id="acknowledge"' not in page
    operator.post(f"{LIST}{incident.pk}/resolve/")
    incident.refresh_from_db()
    assert str(incident.resolved_by) == "operators"
    assert 'id="resolve"' not in text(operator, page_of(incident))
    again = operator.post(f"{LIST}{incident.pk}/resolve/", follow=True)
    assert "Resolved 0 incidents." in again.content.decode()
    assert [each.change_message for each in LogEntry.objects.order_by("id")] == [
        "Acknowledged", "Resolved",
    ]  # fmt: skip


def test_who_may_only_look_gets_no_buttons_and_a_refusal() -> None:
    incident = make_incident()
    viewer = client_of("viewers")
    assert 'id="acknowledge"' not in text(viewer, page_of(incident))
    assert viewer.post(f"{LIST}{incident.pk}/acknowledge/").status_code == 403
    assert viewer.get(f"{LIST}{incident.pk}/resolve/").status_code == 405


def test_several_are_acknowledged_in_a_constant_number_of_queries(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    several = [make_incident(key=f"task:{n}") for n in range(20)]
    chosen = {"action": "acknowledge", "_selected_action": [each.pk for each in several]}  # fmt: skip
    with django_assert_max_num_queries(24):
        operator.post(LIST, chosen)
    assert not Incident.objects.filter(acknowledged_at=None).exists()
    operator.post(LIST, chosen | {"action": "resolve"})
    assert not Incident.objects.filter(resolved_at=None).exists()


def test_every_page_says_that_something_is_open_until_somebody_knows(
    operator: Client,
) -> None:
    incident = make_incident()
    make_incident(kind="approval", key="run:1")  # counted beside its own link
    tasks = "/admin/scheduling/scheduledtask/"
    assert "1 incident is open" in text(operator, tasks)
    Incident.objects.filter(pk=incident.pk).update(acknowledged_at=timezone.now())
    assert "is open and nobody" not in text(operator, tasks)


def test_the_first_page_and_the_task_show_what_is_open(operator: Client) -> None:
    task = make_task(id="brief")
    make_incident(title="Brief fails", task_id="brief")
    make_incident(title="Other fails", key="task:other", task_id="other")
    first = text(operator, "/admin/")
    assert "Brief fails" in first
    assert "Other fails" in first
    page = text(operator, f"/admin/scheduling/scheduledtask/{task.id}/change/")
    assert "Brief fails" in page
    assert "Other fails" not in page
