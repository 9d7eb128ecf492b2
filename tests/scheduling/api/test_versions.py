"""`…/versions` of tasks and agents."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from scheduling import services
from scheduling.models import ScheduledTask
from tests.factories import make_agent, make_task, make_user
from tests.scheduling.api.conftest import SAMPLE, TASKS, client_of

pytestmark = pytest.mark.django_db
VERSIONS = f"{TASKS}morning-report-vn/versions"


@pytest.fixture
def boss(staff):
    make_agent(id="simplize")
    client = client_of(staff)
    assert client.post(TASKS, SAMPLE, format="json").status_code == 201
    path = f"{TASKS}morning-report-vn/"
    assert client.patch(path, {"name": "B"}, format="json").status_code == 200
    return client


def test_a_task_shows_its_version_and_lists_them_newest_first(boss):
    assert boss.get(f"{TASKS}morning-report-vn/").json()["version"] == 2
    rows = boss.get(VERSIONS).json()["results"]
    assert [(each["number"], each["by"], each["changed"]) for each in rows] == [
        (2, "boss", ["name"]), (1, "boss", []),
    ]  # fmt: skip
    assert "data" not in rows[0]


def test_a_version_shows_what_it_holds_without_secrets(boss):
    answer = boss.get(f"{VERSIONS}/1")
    assert answer.json()["data"]["name"] == SAMPLE["name"]
    assert "SECRET" not in answer.content.decode()


def test_two_versions_are_compared(boss):
    answer = boss.get(f"{VERSIONS}/1/diff?to=2").json()
    assert (answer["before"], answer["after"]) == (1, 2)
    (change,) = answer["changes"]
    assert (change["field"], change["before"], change["after"]) == ("name", SAMPLE["name"], "B")  # fmt: skip
    assert boss.get(f"{VERSIONS}/1/diff").json() == answer  # with the latest


@pytest.mark.parametrize(("end", "status"), [("/1/diff?to=x", 400), ("/1/diff?to=7", 404), ("/7", 404), (f"/{10**20}", 404), ("/7/revert", 405)])  # fmt: skip
def test_what_is_not_there_is_said(boss, end, status):
    assert boss.get(VERSIONS + end).status_code == status


def test_a_missing_version_is_named_and_not_its_task(boss):
    answer = boss.post(f"{VERSIONS}/7/revert")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no version 7 of 'morning-report-vn'."


def test_a_task_is_set_back(boss):
    answer = boss.post(f"{VERSIONS}/1/revert")
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["version"]) == (SAMPLE["name"], 3)


def test_what_cannot_be_set_back_is_named(boss, staff):
    task = ScheduledTask.objects.get(pk="morning-report-vn")
    services.update_task(task, fields={"agent_id": make_agent().pk}, user=staff)
    make_agent(id="simplize").delete()
    answer = boss.post(f"{VERSIONS}/1/revert")
    assert answer.status_code == 400
    assert "simplize" in answer.json()["errors"]["agent"][0]


def test_a_version_whose_key_is_lost_is_a_conflict(boss, settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert boss.get(VERSIONS).status_code == 200
    assert boss.get(f"{VERSIONS}/1").status_code == 409
    assert boss.get(f"{VERSIONS}/1/diff?to=2").status_code == 409
    assert boss.post(f"{VERSIONS}/1/revert").status_code == 409


def test_the_target_reads_versions_and_may_not_revert():
    lan = make_user()
    task = make_task(target_user_id=str(lan.pk))
    services.update_task(task, fields={"name": "B"}, user=None)
    client, path = client_of(lan), f"{TASKS}{task.pk}/versions"
    assert client.get(path).status_code == 200
    assert client.post(f"{path}/1/revert").status_code == 403
    assert client_of(make_user()).get(path).status_code == 404


def test_an_agent_is_changed_compared_and_set_back(staff):
    client, path = client_of(staff), "/v2/admin/agents/"
    body = {"id": "a", "name": "A", "backend": "echo"}
    assert client.post(path, body, format="json").json()["version"] == 1
    answer = client.patch(f"{path}a/", {"system_prompt": "Be brief."}, format="json")
    assert answer.json()["version"] == 2
    (change,) = client.get(f"{path}a/versions/1/diff").json()["changes"]
    assert change["lines"] == [{"kind": "added", "text": "Be brief."}]
    assert client.get(f"{path}a/versions/2").json()["changed"] == ["system_prompt"]
    answer = client.post(f"{path}a/versions/1/revert").json()
    assert (answer["system_prompt"], answer["version"]) == ("", 3)
