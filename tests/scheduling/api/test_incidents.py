"""`/v2/admin/incidents/`, and the commands that do the same."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.incidents import open_incident
from notifications.models import Delivery, Incident
from tests.factories import (
    make_incident,
    make_member,
    make_shared_webhook,
    make_task,
    make_user,
)
from tests.scheduling.api.conftest import client_of

pytestmark = pytest.mark.django_db
INCIDENTS = "/v2/admin/incidents/"


@pytest.fixture
def operator() -> APIClient:
    return client_of(make_member("operators", username="lan"))


def ids(client: APIClient, query: str = "") -> list[int]:
    return [each["id"] for each in client.get(INCIDENTS + query).json()["results"]]


def test_the_list_is_newest_first_and_can_be_narrowed_down(operator: APIClient) -> None:
    now = timezone.now()
    old = make_incident(resolved_at=now, opened_at=now - timedelta(days=2))
    known = make_incident(kind="late", acknowledged_at=now, task_id="")
    new = make_incident(opened_at=now + timedelta(seconds=1))
    assert ids(operator) == [new.pk, known.pk, old.pk]
    assert ids(operator, "?state=open") == [new.pk]
    assert ids(operator, "?state=acknowledged") == [known.pk]
    assert ids(operator, "?state=resolved") == [old.pk]
    assert ids(operator, "?kind=late") == [known.pk]
    assert ids(operator, "?task_id=morning-report") == [new.pk, old.pk]
    assert operator.get(f"{INCIDENTS}?state=closed").status_code == 400


def test_one_is_acknowledged_and_resolved_and_its_timeline_says_so(
    operator: APIClient,
) -> None:
    make_shared_webhook(name="ops", for_alerts=True)
    opened = open_incident(Incident.Kind.FAILING, "task:a", title="A fails")
    assert opened
    path = f"{INCIDENTS}{opened.pk}"

    known = operator.post(f"{path}/acknowledge").json()
    assert (known["state"], known["acknowledged_by"]) == ("acknowledged", "lan")
    again = client_of(make_member("operators")).post(f"{path}/acknowledge")
    assert again.json()["acknowledged_by"] == "lan"  # who was first

    over = operator.post(f"{path}/resolve").json()
    assert (over["state"], over["resolved_by"]) == ("resolved", "lan")
    told = [(each["what"], each["who"], each["news"], each["status"]) for each in over["timeline"]]  # fmt: skip
    assert told == [
        ("opened", "", "", ""),
        ("told", "ops", "opened", "pending"),
        ("acknowledged", "lan", "", ""),
        ("told", "ops", "resolved", "pending"),
        ("resolved", "lan", "", ""),
    ]
    assert Delivery.objects.count() == 2
    for verb in ("acknowledge", "resolve"):
        assert operator.post(f"{path}/{verb}").status_code == 409
    assert operator.get(f"{path}/").json() == over


def test_owners_see_and_see_to_the_incidents_of_their_tasks_alone() -> None:
    owner, target = make_user(), make_user()
    make_task(id="mine", owner=owner, target_user_id=str(target.pk))
    mine = make_incident(key="task:mine", task_id="mine")
    other = make_incident(key="task:other", task_id="other")
    house = make_incident(kind="beat_silent", key="installation", task_id="")
    client = client_of(owner)
    assert ids(client) == [mine.pk]
    assert client.get(f"{INCIDENTS}{other.pk}/").status_code == 404
    assert client.post(f"{INCIDENTS}{house.pk}/resolve").status_code == 404
    assert client.post(f"{INCIDENTS}{mine.pk}/acknowledge").status_code == 200
    assert ids(client_of(target)) == []


def test_viewers_may_not_acknowledge() -> None:
    incident = make_incident()
    client = client_of(make_member("viewers"))
    answer = client.post(f"{INCIDENTS}{incident.pk}/acknowledge")
    assert answer.status_code == 403
    assert "notifications.acknowledge_incident" in answer.json()["detail"]
    assert ids(client) == [incident.pk]


# -- commands


def run(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def refusal(*args: str, code: int = 2) -> str:
    with pytest.raises(CommandError) as refused:
        run(*args)
    assert refused.value.returncode == code
    return str(refused.value)


def test_the_command_lists_what_is_open() -> None:
    opened = make_incident(count=3)
    resolved = make_incident(resolved_at=timezone.now())
    assert run("incidents").split("  ")[0] == str(opened.pk)
    assert run("incidents").endswith("open  failing  3x  Morning report fails\n")
    assert len(run("incidents", "--all").splitlines()) == 2
    assert run("incidents", "--kind", "late") == ""
    found: list[dict[str, Any]] = json.loads(run("incidents", "--all", "--json", "--task", "morning-report"))  # fmt: skip
    assert {each["id"] for each in found} == {opened.pk, resolved.pk}
    assert refusal("incidents", "--limit", "0") == "--limit 0: give 1 to 1000."


def test_the_command_acknowledges_and_resolves() -> None:
    make_user(username="lan")
    incident = make_incident()
    key = str(incident.pk)
    assert refusal("acknowledge_incident", "99999") == "There is no incident 99999."
    wrong = refusal("acknowledge_incident", key, "--user", "nobody")
    assert wrong == "--user: there is nobody called 'nobody'."
    said = run("acknowledge_incident", key, "--user", "lan")
    assert said == "acknowledged: Morning report fails\n"
    assert run("acknowledge_incident", key, "--resolve").startswith("resolved: ")
    incident.refresh_from_db()
    assert str(incident.acknowledged_by) == "lan"
    assert incident.resolved_at is not None
    assert "resolved already" in refusal("acknowledge_incident", key, code=1)
