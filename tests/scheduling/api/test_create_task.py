"""POST /v2/admin/scheduled-tasks/."""

from __future__ import annotations

import pytest
from knox.models import AuthToken

from scheduling.models import ScheduledTask, TaskWebhook
from tests.scheduling.api.conftest import SAMPLE, TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]

DAILY = {
    "name": "Morning", "agent_id": "simplize", "input_message": "Report.",
    "schedule_type": "daily", "schedule_time": "07:00",
}  # fmt: skip
WEEKLY = DAILY | {"schedule_type": "weekly"}


def test_the_sample_of_the_contract_makes_the_task(client, staff):
    _, token = AuthToken.objects.create(user=staff)
    answer = client.post(
        TASKS,
        SAMPLE,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"{TASKS}morning-report-vn/"
    task = ScheduledTask.objects.get(id="morning-report-vn")
    assert task.owner == staff
    assert task.next_run_at is not None
    assert [each.format for each in task.webhooks.order_by("id")] == [
        "discord", "slack", "telegram", "template",
    ]  # fmt: skip


def test_the_answer_speaks_the_names_of_the_contract(as_staff):
    shown = as_staff.post(TASKS, SAMPLE).json()
    for name in ("id", "name", "agent_id", "target_user_id", "input_message"):
        assert shown[name] == SAMPLE[name]
    assert shown["schedule_time"] == "07:00"
    assert shown["active"] is True
    assert shown["owner"] == "boss"
    assert shown["next_run_local"].endswith("T07:00:00+07:00")
    assert shown["schedule_in_words"]
    assert shown["run_count"] == 0


def test_no_secret_comes_back(as_staff):
    answer = as_staff.post(TASKS, SAMPLE)
    assert "SECRET" not in answer.content.decode().replace("••••CRET", "")
    discord, *_, own = answer.json()["webhooks"]
    assert discord["url"] == "https://discord.com/…"
    assert own["headers"] == {"X-Api-Key": "••••CRET"}


@pytest.mark.parametrize("path", [TASKS, TASKS.rstrip("/")], ids=["slash", "none"])
def test_the_final_slash_may_be_there_or_not(as_staff, path):
    assert as_staff.post(path, DAILY).status_code == 201


def test_an_id_is_made_from_the_name(as_staff):
    assert as_staff.post(TASKS, DAILY).json()["id"] == "morning"
    assert as_staff.post(TASKS, DAILY).json()["id"] == "morning-2"


def test_a_taken_id_is_refused(as_staff):
    as_staff.post(TASKS, SAMPLE)
    answer = as_staff.post(TASKS, SAMPLE)
    assert answer.status_code == 400
    assert "taken" in answer.json()["errors"]["id"][0]


def test_numbers_are_taken_for_ids_of_users_and_chats(as_staff):
    hook = {"url": "https://api.telegram.org/b/sendMessage", "format": "telegram", "chat_id": -100123}  # fmt: skip
    shown = as_staff.post(TASKS, DAILY | {"target_user_id": 45, "webhooks": [hook]})
    assert shown.json()["target_user_id"] == "45"
    assert shown.json()["webhooks"][0]["chat_id"] == "-100123"


@pytest.mark.parametrize(("sunday_first", "iso"), [(0, 7), (1, 1), (5, 5), (6, 6)])
def test_day_of_week_counts_from_sunday_and_weekdays_are_iso(
    as_staff, sunday_first, iso
):
    shown = as_staff.post(TASKS, WEEKLY | {"day_of_week": sunday_first}).json()
    assert ScheduledTask.objects.get(id=shown["id"]).weekdays == [iso]
    assert (shown["day_of_week"], shown["weekdays"]) == (sunday_first, [iso])


@pytest.mark.parametrize("day", [7, 9, -1, True, "x", 1.5])
def test_a_day_of_week_that_is_none_is_named(as_staff, day):
    answer = as_staff.post(TASKS, WEEKLY | {"day_of_week": day})
    assert answer.status_code == 400
    (message,) = answer.json()["errors"]["day_of_week"]
    assert str(day) in message
    assert "0=Sunday" in message


def test_day_of_week_that_contradicts_weekdays_is_refused(as_staff):
    answer = as_staff.post(TASKS, WEEKLY | {"day_of_week": 0, "weekdays": [1]})
    assert list(answer.json()["errors"]) == ["day_of_week"]


def test_several_weekdays_have_no_day_of_week(as_staff):
    shown = as_staff.post(TASKS, WEEKLY | {"weekdays": [1, 3]}).json()
    assert (shown["day_of_week"], shown["weekdays"]) == (None, [1, 3])


def test_a_monthly_task_takes_its_date_either_way(as_staff):
    monthly = DAILY | {"schedule_type": "monthly"}
    one = as_staff.post(TASKS, monthly | {"day_of_month": 15}).json()
    assert (one["day_of_month"], one["month_days"]) == (15, [15])
    last = as_staff.post(TASKS, monthly | {"month_days": [1, "last"]}).json()
    assert (last["day_of_month"], last["month_days"]) == (None, [1, "last"])


def test_a_moment_without_offset_is_meant_in_the_tasks_zone(as_staff):
    once = DAILY | {"schedule_type": "once", "timezone": "Asia/Ho_Chi_Minh"}
    shown = as_staff.post(TASKS, once | {"run_at": "2099-01-01T07:00:00"}).json()
    assert shown["next_run_at"] == "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("timezone", "Mars/Olympus", "Mars/Olympus"),
        ("weekdays", [9], "9"),
        ("input_message", "", "blank"),
        ("input_message", "   ", "empty"),
        ("input_message", "{{nonsense}}", "nonsense"),
        ("agent_id", "nobody", "simplize"),
        ("schedule_type", "hourly", "hourly"),
        ("schedule_time", "25:00", "25:00"),
        ("cron_expression", "61 * * * *", "61"),
        ("interval_seconds", 0, "1"),
        ("max_attempts", 0, "1"),
        ("overlap", "maybe", "maybe"),
        ("name", None, "null"),
        ("id", "no spaces", "slug"),
        ("colour", "red", "Unknown field"),
    ],
    ids=str,
)
def test_bad_input_is_refused_by_field(as_staff, field, value, said):
    kind = {
        "weekdays": "weekly",
        "cron_expression": "cron",
        "interval_seconds": "interval",
    }
    body = DAILY | {"schedule_type": kind.get(field, "daily")} | {field: value}
    answer = as_staff.post(TASKS, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert said in " ".join(answer.json()["errors"][field])
    assert ScheduledTask.objects.count() == 0


@pytest.mark.parametrize(
    "missing", ["name", "agent_id", "input_message", "schedule_type"]
)
def test_a_missing_field_is_named(as_staff, missing):
    body = {name: value for name, value in DAILY.items() if name != missing}
    assert missing in as_staff.post(TASKS, body).json()["errors"]


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ({"url": "http://10.0.0.1/x"}, "webhooks[1].url"),
        ({"url": "https://example.com", "format": "pigeon"}, "webhooks[1].format"),
        ({"format": "telegram", "url": "https://api.telegram.org/x"}, "webhooks[1].chat_id"),
        ({"format": "template", "url": "https://example.com", "body_template": {"a": "{{"}}, "webhooks[1].body_template"),
        ({"url": "https://example.com", "headers": {"a b": "c"}}, "webhooks[1].headers"),
        ({"url": "https://example.com", "notify_on": "never"}, "webhooks[1].notify_on"),
        ({"url": "https://example.com", "colour": "red"}, "webhooks[1].colour"),
        ({"url": "https://example.com/…"}, "webhooks[1].url"),
        ({"url": "https://example.com", "headers": {"a": "••••"}}, "webhooks[1].headers"),
    ],
    ids=["private", "format", "chat", "template", "headers", "rule", "unknown", "mask", "masked"],
)  # fmt: skip
def test_a_bad_webhook_is_named_by_place_and_leaves_nothing(as_staff, hook, path):
    good = {"url": "https://example.com/hook"}
    answer = as_staff.post(TASKS, DAILY | {"webhooks": [good, hook]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [path]
    assert ScheduledTask.objects.count() == TaskWebhook.objects.count() == 0


def test_a_signal_output_webhook_needs_no_url(as_staff):
    answer = as_staff.post(TASKS, DAILY | {"webhooks": [{"format": "signal_output"}]})
    assert answer.status_code == 201


def test_only_staff_write_to_another_users_inbox(as_person, person):
    refused = as_person.post(TASKS, DAILY | {"target_user_id": "45000"})
    assert "45000" in refused.json()["errors"]["target_user_id"][0]
    own = as_person.post(TASKS, DAILY | {"target_user_id": str(person.pk)})
    assert own.status_code == 201
    assert own.json()["owner"] == "lan"


def test_a_wrong_zone_is_told_without_the_name_of_a_constraint(as_staff):
    body = DAILY | {"schedule_type": "once", "timezone": "Nowhere/Else"}
    answer = as_staff.post(TASKS, body)
    assert answer.status_code == 400
    assert {*answer.json()["errors"]} == {"timezone"}
