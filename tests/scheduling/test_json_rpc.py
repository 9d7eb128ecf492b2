"""`POST /tasks/`: APFlow's methods (CONTRACTS A2), and who may ask for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pages.tokens import make_token
from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_member, make_run, make_task, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return signed_in(make_member("operators"))


def send(client: Client, body: Any, **kwargs: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/tasks/", text, content_type="application/json", **kwargs)


def call(client: Client, method: str, **params: Any) -> Any:
    """The result of the method, or its error."""
    said = send(client, {"jsonrpc": "2.0", "method": method, "params": params, "id": 1})
    assert said.status_code == 200, said.content
    found = said.json()
    return found["result"] if "result" in found else found["error"]


def due_task(**fields: Any) -> ScheduledTask:
    """A task of every hour whose slot of a second ago is due."""
    slot = timezone.now().replace(microsecond=0) - timedelta(seconds=1)
    fields = {
        "schedule_type": "interval",
        "interval_seconds": 3600,
        "created_at": slot - timedelta(hours=1),
        "next_run_at": slot,
    } | fields
    return make_task(**fields)


# Who may ask


def test_who_is_not_known_gets_401_in_the_shape_of_json_rpc():
    said = send(Client(), "{}")
    assert said.status_code == 401
    assert said["WWW-Authenticate"] == "Bearer"
    assert (said.json()["jsonrpc"], said.json()["error"]["code"]) == ("2.0", -32010)


def test_staff_who_may_see_no_tasks_get_403():
    said = send(signed_in(make_user(is_staff=True)), "{}")
    assert said.status_code == 403
    assert "view_scheduledtask" in said.json()["error"]["message"]


def test_an_api_token_opens_it_and_so_does_the_path_without_a_slash():
    _, token = make_token(make_member("viewers"), 1)
    body = '{"jsonrpc": "2.0", "method": "tasks.scheduled.list", "id": 7}'
    said = Client().post("/tasks", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})  # fmt: skip
    assert said.json() == {"jsonrpc": "2.0", "result": [], "id": 7}


def test_a_page_of_another_site_cannot_ask_with_a_visitors_cookie():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member("operators"))
    said = send(client, "{}")
    assert said.status_code == 403
    assert said.json()["error"]["code"] == -32011


def test_a_token_that_is_no_text_is_401():
    said = send(Client(), "{}", headers={"Authorization": b"Bearer \xff".decode("latin-1")})  # fmt: skip
    assert said.status_code == 401


def test_a_body_that_is_too_large_is_413(operator):
    said = send(operator, "[" + " " * (1024 * 1024))
    assert said.status_code == 413
    assert said.json()["error"]["code"] == -32011


def test_a_length_of_thousands_of_digits_is_too_large_as_well(operator):
    assert send(operator, "{}", CONTENT_LENGTH="9" * 5000).status_code == 413


def test_notifications_alone_are_answered_with_204(operator):
    said = send(operator, {"jsonrpc": "2.0", "method": "tasks.scheduled.list"})
    assert (said.status_code, said.content) == (204, b"")


def test_other_verbs_are_405(operator):
    assert operator.get("/tasks/").status_code == 405


def test_an_id_with_a_lone_surrogate_comes_back_as_it_was(operator):
    said = send(operator, '{"jsonrpc": "2.0", "method": "x", "id": "\\ud800"}')
    assert b'"\\ud800"' in said.content


def test_who_is_no_staff_asks_for_their_own_user_id_alone():
    lan = make_user()
    make_task(id="theirs", target_user_id=str(lan.pk))
    make_task(id="others")
    client = signed_in(lan)
    assert [each["id"] for each in call(client, "tasks.scheduled.list")] == ["theirs"]
    assert len(call(client, "tasks.scheduled.list", user_id=str(lan.pk))) == 1
    refused = call(client, "tasks.scheduled.list", user_id="other")
    assert refused["message"] == "Non-admin may only use own user_id"


def test_who_only_reads_a_task_may_not_run_it():
    lan = make_user()
    make_task(id="theirs", target_user_id=str(lan.pk))
    said = call(signed_in(lan), "tasks.webhook.trigger", task_id="theirs")
    assert said["code"] == -32002
    viewer = signed_in(make_member("viewers"))
    said = call(viewer, "tasks.webhook.trigger", task_id="theirs")
    assert said["message"].endswith("scheduling.operate_scheduledtask.")
    assert not Run.objects.exists()


def test_an_owner_may_run_their_task():
    lan = make_user()
    make_task(id="own", owner=lan)
    assert call(signed_in(lan), "tasks.webhook.trigger", task_id="own")["success"]


# tasks.scheduled.list


def test_a_task_is_shown_as_apflow_shows_it(operator):
    at = datetime(2030, 1, 15, 9, tzinfo=UTC)
    make_task(
        id="weekly", schedule_type="weekly", weekdays=[1, 3, 5], schedule_time="09:00",
        timezone="UTC", next_run_at=at, max_runs=10, target_user_id="45", end_at=at,
    )  # fmt: skip
    (task,) = call(operator, "tasks.scheduled.list")
    del task["created_at"], task["updated_at"]
    assert task == {
        "id": "weekly",
        "name": "Morning report",
        "user_id": "45",
        "status": "pending",
        "inputs": {"message": "Report."},
        "schedule_type": "weekly",
        "schedule_expression": "1,3,5 09:00",
        "schedule_enabled": True,
        "schedule_start_at": None,
        "schedule_end_at": "2030-01-15T09:00:00+00:00",
        "timezone": "UTC",
        "next_run_at": "2030-01-15T09:00:00+00:00",
        "last_run_at": None,
        "max_runs": 10,
        "run_count": 0,
    }


@pytest.mark.parametrize(
    ("fields", "expression"),
    [
        ({"schedule_type": "daily", "schedule_time": "08:30"}, "08:30"),
        ({"schedule_type": "daily", "schedule_time": "08:30:05"}, "08:30:05"),
        ({"schedule_type": "monthly", "month_days": [15], "schedule_time": "08:30"}, "15 08:30"),
        ({"schedule_type": "monthly", "month_days": ["last"], "schedule_time": "08:30"}, "last 08:30:00"),
        ({"schedule_type": "interval", "interval_seconds": 3600}, "3600"),
        ({"schedule_type": "cron", "cron_expression": "0 9 * * 1-5"}, "0 9 * * 1-5"),
        ({"schedule_type": "once", "run_at": datetime(2030, 1, 15, 9, tzinfo=UTC)}, "2030-01-15T09:00:00+00:00"),
    ],
)  # fmt: skip
def test_every_type_has_its_expression(operator, fields, expression):
    make_task(**({"schedule_time": None} | fields))
    (task,) = call(operator, "tasks.scheduled.list")
    assert task["schedule_expression"] == expression


def test_the_next_comes_first_and_what_has_no_next_run_last(operator):
    soon = timezone.now() + MINUTE
    make_task(id="never")
    make_task(id="later", next_run_at=soon + MINUTE)
    make_task(id="soon", next_run_at=soon)
    make_task(id="by-hand", schedule_type="none", schedule_time=None)
    found = call(operator, "tasks.scheduled.list")
    assert [each["id"] for each in found] == ["soon", "later", "never"]
    (second,) = call(operator, "tasks.scheduled.list", limit=1, offset=1)
    assert second["id"] == "later"


def test_lists_are_filtered_by_what_is_enabled_type_user_and_status(operator):
    make_task(id="on", target_user_id="45")
    make_task(id="off", active=False)
    make_run(make_task(id="runs", last_status="failed"), status="running", lease_token="0" * 32, lease_expires_at=timezone.now())  # fmt: skip
    make_run(make_task(id="waits", last_status="succeeded"))
    make_task(id="fell", last_status="failed")
    for params, expected in [
        ({}, {"on", "runs", "waits", "fell"}),
        ({"enabled_only": False}, {"on", "off", "runs", "waits", "fell"}),
        ({"user_id": "45"}, {"on"}),
        ({"schedule_type": "cron"}, set()),
        ({"status": "in_progress"}, {"runs"}),
        ({"status": "pending"}, {"on", "waits"}),
        ({"status": "failed"}, {"fell"}),
        ({"status": "completed"}, set()),
    ]:
        found = call(operator, "tasks.scheduled.list", **params)
        assert {each["id"] for each in found} == expected, params


def test_a_list_takes_the_same_queries_however_long(
    operator, django_assert_max_num_queries
):
    for _ in range(20):
        make_run(make_task())
    with django_assert_max_num_queries(6):
        assert len(call(operator, "tasks.scheduled.list")) == 20


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 5000}, "limit"),
        ({"offset": -1}, "offset"),
        ({"status": "done"}, "status"),
        ({"schedule_type": "hourly"}, "schedule_type"),
        ({"page": 2}, "page"),
    ],
)
def test_what_does_not_fit_is_named(operator, params, field):
    said = call(operator, "tasks.scheduled.list", **params)
    assert said["code"] == -32602
    assert set(said["data"]["errors"]) == {field}


# tasks.scheduled.due


def test_due_are_the_enabled_tasks_whose_time_has_come_and_that_do_not_run(operator):
    due_task(id="due")
    due_task(id="off", active=False)
    make_run(due_task(id="runs"), status="running", lease_token="0" * 32, lease_expires_at=timezone.now())  # fmt: skip
    make_task(id="later", next_run_at=timezone.now() + 60 * MINUTE)
    assert [each["id"] for each in call(operator, "tasks.scheduled.due")] == ["due"]
    before = (timezone.now() + 61 * MINUTE).isoformat()
    found = call(operator, "tasks.scheduled.due", before=before)
    assert [each["id"] for each in found] == ["due", "later"]


@pytest.mark.parametrize("before", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])  # fmt: skip
def test_a_moment_that_is_none_is_refused(operator, before):
    said = call(operator, "tasks.scheduled.due", before=before)
    assert said["code"] == -32602


# tasks.scheduled.complete and init


def test_a_missing_task_is_said_in_apflows_words(operator):
    for method in ("complete", "init"):
        said = call(operator, f"tasks.scheduled.{method}")
        assert said["message"] == "task_id is required"
        said = call(operator, f"tasks.scheduled.{method}", task_id="nope")
        assert (said["code"], said["message"]) == (-32001, "Task nope not found")


def test_completing_a_slot_writes_its_run_counts_it_and_moves_the_plan_on(operator):
    task = due_task(id="due")
    slot = task.next_slot
    shown = call(operator, "tasks.scheduled.complete", task_id="due")
    assert (shown["status"], shown["run_count"]) == ("completed", 1)
    assert shown["next_run_at"] == (slot + timedelta(hours=1)).isoformat()
    run = task.runs.get()
    assert (run.status, run.trigger, run.scheduled_for) == ("succeeded", "schedule", slot)  # fmt: skip
    assert run.requested_by is not None


def test_a_failure_from_outside_is_counted_as_one(operator):
    task = due_task(id="due")
    shown = call(operator, "tasks.scheduled.complete", task_id="due", success=False, error="No quotes.\x07")  # fmt: skip
    assert (shown["status"], shown["run_count"]) == ("failed", 1)
    run = task.runs.get()
    assert (run.failure_reason, run.error) == ("error", "No quotes.\x07")
    task.refresh_from_db()
    assert task.consecutive_failures == 1


def test_a_slot_is_completed_once_and_who_comes_second_is_told_so(operator):
    task = due_task(id="due")
    call(operator, "tasks.scheduled.complete", task_id="due")
    said = call(operator, "tasks.scheduled.complete", task_id="due")
    assert said["code"] == -32003
    assert "has its run already" in said["message"]
    assert task.runs.count() == 1


def test_the_last_of_its_runs_finishes_a_task(operator):
    due_task(id="due", max_runs=1)
    shown = call(operator, "tasks.scheduled.complete", task_id="due")
    assert (shown["next_run_at"], shown["run_count"]) == (None, 1)


def test_a_slot_is_not_completed_while_a_run_is_under_way(operator):
    task = due_task(id="due")
    make_run(task)
    said = call(operator, "tasks.scheduled.complete", task_id="due")
    assert said["code"] == -32003
    task.refresh_from_db()
    assert task.due_at is not None  # it is left to beat, whose ledger says why
    assert task.runs.filter(trigger="schedule").count() == 0


def test_without_a_next_run_the_task_rests_until_it_is_planned(operator):
    due_task(id="due")
    shown = call(operator, "tasks.scheduled.complete", task_id="due", calculate_next_run=False)  # fmt: skip
    assert (shown["schedule_enabled"], shown["next_run_at"]) == (False, None)
    shown = call(operator, "tasks.scheduled.init", task_id="due")
    assert shown["schedule_enabled"]
    assert shown["next_run_at"] is not None


def test_init_plans_nothing_before_the_moment_it_is_given(operator):
    make_task(id="hourly", schedule_type="interval", interval_seconds=3600, schedule_time=None)  # fmt: skip
    from_time = timezone.now() + timedelta(days=3)
    shown = call(operator, "tasks.scheduled.init", task_id="hourly", from_time=from_time.isoformat())  # fmt: skip
    assert shown["schedule_enabled"]
    assert datetime.fromisoformat(shown["next_run_at"]) >= from_time
    assert [each["id"] for each in call(operator, "tasks.scheduled.list")] == ["hourly"]


def test_init_leaves_alone_what_a_person_has_paused(operator):
    make_task(id="off", active=False)
    said = call(operator, "tasks.scheduled.init", task_id="off")
    assert (said["code"], said["message"]) == (-32003, "The task 'off' is paused: resume it first.")  # fmt: skip


# tasks.webhook.trigger


def test_a_trigger_begins_a_run_beside_the_schedule(operator):
    task = due_task(id="due")
    said = call(operator, "tasks.webhook.trigger", task_id="due")
    run = task.runs.get()
    assert said == {
        "success": True,
        "status": "triggered",
        "task_id": "due",
        "run_id": str(run.id),
        "message": "Task execution started in background",
    }
    assert run.trigger == "webhook"
    task.refresh_from_db()
    assert task.due_at is not None


def test_a_trigger_that_waits_gives_up_in_time_and_says_that_it_goes_on(
    operator, configure
):
    configure("SCHEDULING", trigger_sync_seconds=0.05)
    make_task(id="slow")
    said = call(operator, "tasks.webhook.trigger", task_id="slow", async_execution=False)  # fmt: skip
    assert said["status"] == "running"


def test_all_triggers_of_a_batch_wait_for_one_time_together(operator, configure):
    configure("SCHEDULING", trigger_sync_seconds=0.05)
    make_task(id="slow", overlap="allow")
    one = {"jsonrpc": "2.0", "method": "schedule.trigger", "params": ["slow"], "id": 1}
    begun = timezone.now()
    said = send(operator, [one] * 10)
    assert [each["result"]["status"] for each in said.json()] == ["running"] * 10
    assert timezone.now() - begun < timedelta(seconds=5)


def test_an_agent_that_is_switched_off_is_a_conflict(operator):
    make_task(id="due", agent=make_agent(id="off", active=False))
    said = call(operator, "tasks.webhook.trigger", task_id="due")
    assert (said["code"], said["message"]) == (-32003, "The agent 'off' is switched off.")  # fmt: skip


# Calendars, and the names of 0.24


def test_a_calendar_is_exported_with_the_number_of_its_tasks(operator):
    make_task(id="a", next_run_at=timezone.now() + MINUTE)
    make_task(id="b", schedule_type="cron", cron_expression="0 9 * * 1-5", schedule_time=None, next_run_at=timezone.now() + MINUTE)  # fmt: skip
    found = call(operator, "tasks.scheduled.export-ical", calendar_name="Desk")
    assert found["task_count"] == 2
    assert found["ical_content"].startswith("BEGIN:VCALENDAR\r\n")
    assert "X-WR-CALNAME:Desk" in found["ical_content"]
    assert "Report." not in found["ical_content"]


@pytest.mark.parametrize("base", ["https://x\r\nATTENDEE:mailto:a@b", "javascript:alert(1)//", ""])  # fmt: skip
def test_the_address_of_a_calendars_events_is_one_of_the_web(operator, base):
    make_task(id="a", next_run_at=timezone.now() + MINUTE)
    found = call(operator, "tasks.scheduled.export-ical", base_url=base)
    assert (found["code"], [*found["data"]["errors"]]) == (-32602, ["base_url"])


def test_the_names_of_0_24_answer_in_its_shapes(operator):
    task = due_task(id="due")
    found = call(operator, "schedule.due")
    assert set(found["tasks"][0]) == {"id", "name", "schedule_type", "schedule_expression", "next_run_at"}  # fmt: skip
    assert found["count"] == 1
    assert call(operator, "schedule.export_ical")["format"] == "text/calendar"
    call(operator, "schedule.complete", task_id="due")
    (run,) = call(operator, "schedule.history", task_id="due")["runs"]
    assert (run["id"], run["status"]) == (str(task.runs.get().id), "completed")
    assert run["token_usage"]["total_tokens"] == 0


def test_a_schedule_is_set_in_apflows_grammar_and_its_errors_are_apflows():
    editor = signed_in(make_member("editors"))
    make_task(id="due")
    shown = call(editor, "schedule.set", task_id="due", schedule_type="weekly", schedule_expression="1,5 09:00", max_runs=3)  # fmt: skip
    assert (shown["schedule_expression"], shown["timezone"], shown["max_runs"]) == ("1,5 09:00", "UTC", 3)  # fmt: skip
    said = call(editor, "schedule.set", task_id="due", schedule_type="weekly", schedule_expression="8 09:00")  # fmt: skip
    assert said["message"] == "Invalid day in 'weekly' expression: 8. Expected 1-7 (1=Mon, 7=Sun)."  # fmt: skip
    said = call(editor, "schedule.set", task_id="due", schedule_type="daily")
    assert said["code"] == -32602
    said = call(editor, "schedule.set", task_id="due", schedule_type="daily", schedule_expression="09:00", timezone="Moon/Base")  # fmt: skip
    assert (said["code"], "timezone" in said["data"]["errors"]) == (-32602, True)


def test_an_output_that_nobody_has_approved_is_in_no_history(operator):
    now = timezone.now()
    make_run(make_task(id="held"), status="succeeded", output="Draft.", approval="waiting", finished_at=now)  # fmt: skip
    (run,) = call(operator, "schedule.history", task_id="held")["runs"]
    assert run["result"] is None


def test_a_typed_output_is_told_in_the_history_though_it_holds_nothing(operator):
    now = timezone.now()
    make_run(make_task(id="empty"), status="succeeded", output="[]", output_data=[], finished_at=now)  # fmt: skip
    (run,) = call(operator, "schedule.history", task_id="empty")["runs"]
    assert run["result"] == []
