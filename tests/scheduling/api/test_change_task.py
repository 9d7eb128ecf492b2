"""PUT, PATCH, DELETE, clone, pause, resume."""

from __future__ import annotations

import pytest

from scheduling.models import Run, ScheduledTask
from tests.factories import make_run, make_task, make_webhook
from tests.scheduling.api.conftest import SAMPLE, TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]
PATH = f"{TASKS}morning-report-vn/"


@pytest.fixture
def sample(as_staff):
    return as_staff.post(TASKS, SAMPLE).json()


def kept_webhooks():
    return list(
        ScheduledTask.objects.get(id="morning-report-vn").webhooks.order_by("id")
    )


def test_a_patch_changes_what_it_names_alone(as_staff, sample):
    shown = as_staff.patch(PATH, {"name": "Later", "schedule_time": "08:30"}).json()
    assert (shown["name"], shown["schedule_time"]) == ("Later", "08:30")
    assert shown["next_run_local"].endswith("T08:30:00+07:00")
    assert shown["input_message"] == SAMPLE["input_message"]
    assert shown["webhooks"] == sample["webhooks"]


def test_what_was_read_can_be_sent_back(as_staff, sample):
    secrets = [(each.url, each.headers) for each in kept_webhooks()]
    answer = as_staff.put(PATH, sample)
    assert answer.status_code == 200, answer.content
    assert answer.json() | {"updated_at": 0} == sample | {"updated_at": 0}
    assert [(each.url, each.headers) for each in kept_webhooks()] == secrets


def test_a_weekly_task_that_was_read_can_be_sent_back(as_staff):
    make_task(id="weekly", schedule_type="weekly", weekdays=[7])
    read = as_staff.get(f"{TASKS}weekly/").json()
    assert read["day_of_week"] == 0
    assert as_staff.put(f"{TASKS}weekly/", read).status_code == 200


def test_a_put_needs_what_a_task_needs(as_staff, sample):
    assert "agent_id" in as_staff.put(PATH, {"name": "x"}).json()["errors"]


def test_an_id_cannot_be_changed(as_staff, sample):
    assert "id" in as_staff.patch(PATH, {"id": "other"}).json()["errors"]


def test_a_bad_patch_changes_nothing(as_staff, sample):
    body = {"name": "Later", "webhooks": [{"url": "http://127.0.0.1/"}]}
    assert as_staff.patch(PATH, body).status_code == 400
    assert as_staff.get(PATH).json() == sample


def test_webhooks_given_replace_the_old_ones(as_staff, sample):
    _, slack, *_ = sample["webhooks"]
    body = {
        "webhooks": [
            {"id": slack["id"], "name": "Team"},
            {"url": "https://example.com/n"},
        ]
    }
    shown = as_staff.patch(PATH, body).json()["webhooks"]
    assert [each["name"] for each in shown] == ["Team", ""]
    assert shown[0]["id"] == slack["id"]
    assert kept_webhooks()[0].url == SAMPLE["webhooks"][1]["url"]


def test_another_tasks_webhook_cannot_be_taken(as_staff, sample):
    foreign = make_webhook(make_task())
    answer = as_staff.patch(PATH, {"webhooks": [{"id": foreign.pk}]})
    assert "webhooks[0].id" in answer.json()["errors"]


def test_a_header_is_changed_beside_a_masked_one(as_staff, sample):
    own = sample["webhooks"][3]
    own["headers"] |= {"X-New": "new-value"}
    assert as_staff.patch(PATH, {"webhooks": [own]}).status_code == 200
    assert kept_webhooks()[0].headers == {
        "X-Api-Key": "0123456789SECRET", "X-New": "new-value",
    }  # fmt: skip


@pytest.mark.parametrize("headers", ["masked", "left out"])
def test_a_kept_header_does_not_follow_the_url_to_another_host(
    as_staff, sample, headers
):
    own = sample["webhooks"][3] | {"url": "https://attacker.example/hook"}
    if headers == "left out":
        del own["headers"]
    answer = as_staff.patch(PATH, {"webhooks": [own]})
    assert "X-Api-Key" in answer.json()["errors"]["webhooks[0].headers"][0]
    assert kept_webhooks()[3].url == "https://example.com/hook"


def test_another_path_of_the_same_host_keeps_the_headers(as_staff, sample):
    own = sample["webhooks"][3] | {"url": "https://example.com/other"}
    assert as_staff.patch(PATH, {"webhooks": [own]}).status_code == 200
    assert kept_webhooks()[0].headers == {"X-Api-Key": "0123456789SECRET"}


def test_deleting_a_task_keeps_its_runs(as_staff, sample):
    run = make_run(ScheduledTask.objects.get(id="morning-report-vn"), status="queued")
    assert as_staff.delete(PATH).status_code == 204
    assert as_staff.get(PATH).status_code == 404
    run.refresh_from_db()
    assert (run.task_id, run.task_ref, run.status) == (
        None, "morning-report-vn", Run.Status.CANCELLED,
    )  # fmt: skip


def test_a_clone_is_paused_and_has_the_secrets(as_staff, sample):
    answer = as_staff.post(f"{PATH}clone")
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["id"] == "morning-report-vn-copy"
    assert shown["active"] is False
    copy = ScheduledTask.objects.get(id=shown["id"])
    assert [each.url for each in copy.webhooks.order_by("id")] == [
        each["url"] for each in SAMPLE["webhooks"]
    ]


def test_a_paused_task_has_no_next_run_until_it_is_resumed(as_staff, sample):
    paused = as_staff.post(f"{PATH}pause").json()
    assert (paused["active"], paused["next_run_at"]) == (False, None)
    resumed = as_staff.post(f"{PATH}resume").json()
    assert (resumed["active"], resumed["next_run_at"]) == (True, sample["next_run_at"])
