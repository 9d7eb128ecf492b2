"""The first page: true, cheap, and no more than its reader may look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import overview
from scheduling.admin.home import overview_of
from scheduling.models import Run, ScheduledTask
from tests.factories import (
    make_agent,
    make_delivery,
    make_run,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.test_pulse import BEAT, make_process
from tests.scheduling.test_run_lifecycle import make

pytestmark = pytest.mark.django_db
INDEX = "/admin/"
REFRESH = "/admin/scheduling/process/overview/"


def ago(**parts: float) -> datetime:
    return timezone.now() - timedelta(**parts)


def text(client: Client) -> str:
    answer = client.get(INDEX)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def reader(*permissions: str) -> Client:
    """A browser of a staff user with these permissions alone."""
    user = make_user(is_staff=True)
    for each in permissions:
        app, codename = each.split(".")
        user.user_permissions.add(
            Permission.objects.get(codename=codename, content_type__app_label=app)
        )
    client = Client()
    client.force_login(user)
    return client


def failed_run(task: ScheduledTask | None = None, **fields: Any) -> Run:
    return make("failed", task, **fields)


# -- what it says


def test_the_next_ten_slots_come_in_their_order_with_the_tasks_own_time(admin_client):
    now = timezone.now()
    for number in range(12):
        make_task(
            id=f"t{number}",
            name=f"Report {number:02}",
            next_run_at=now + timedelta(hours=12 - number),
            timezone="Asia/Tokyo",
        )
    body = text(admin_client)
    assert body.index("Report 11") < body.index("Report 02")
    assert "Report 01" not in body
    assert reverse("admin:scheduling_scheduledtask_change", args=["t11"]) in body
    assert "Asia/Tokyo" in body


def test_a_paused_task_does_not_run_next(admin_client):
    make_task(name="Asleep", active=False, next_run_at=ago(hours=-1))
    assert "Asleep" not in text(admin_client)


def test_a_task_whose_agent_is_switched_off_is_said_to_be_skipped(admin_client):
    make_task(agent=make_agent(active=False), next_run_at=ago(hours=-1))
    assert "Its agent is switched off" in text(admin_client)


def test_a_failure_is_shown_with_its_reason_and_links_to_its_run(admin_client):
    run = failed_run(error="<b>boom</b>", failure_reason="timeout")
    body = text(admin_client)
    assert reverse("admin:scheduling_run_change", args=[run.pk]) in body
    assert "Deadline passed" in body
    assert "&lt;b&gt;boom&lt;/b&gt;" in body


def test_what_failed_the_day_before_is_over(admin_client):
    failed_run(error="boom", finished_at=ago(hours=25))
    assert "boom" not in text(admin_client)


def test_deliveries_that_failed_or_are_in_doubt_are_shown(admin_client):
    hook = make_webhook(make_task())
    for status in ("failed", "unknown", "delivered"):
        make_delivery(
            hook, status=status, finished_at=timezone.now(), error=f"was {status}"
        )
    body = text(admin_client)
    assert "was failed" in body
    assert "was unknown" in body
    assert "was delivered" not in body


def test_what_was_due_a_minute_ago_is_late(admin_client):
    make_task(name="Overdue report", next_run_at=ago(seconds=90))
    make_task(name="Punctual report", next_run_at=ago(seconds=30))
    now = timezone.now()
    assert [task.name for task in overview.late_tasks(now)] == ["Overdue report"]
    assert [task.name for task in overview.upcoming(now)] == ["Punctual report"]
    body = text(admin_client)
    assert "Overdue report" in body
    assert "Punctual report" in body


def test_a_task_whose_run_is_late_is_late_though_its_next_slot_is_to_come(admin_client):
    make_task(name="Slow report", next_run_at=ago(days=-1), late_since=ago(minutes=5))
    make_task(name="Paused report", late_since=ago(minutes=5), active=False)
    body = text(admin_client)
    assert "Slow report" in body
    assert "A run of it has not begun, or not ended, in time." in body
    assert "Paused report" not in body


def test_a_run_that_waits_for_another_is_not_late(admin_client):
    make_run(task_name="Its turn comes", next_attempt_at=ago(hours=1), waits_for="previous")  # fmt: skip
    assert "Its turn comes" not in text(admin_client)


def test_a_run_that_nobody_takes_is_late(admin_client):
    make_run(task_name="Stuck", next_attempt_at=ago(seconds=90))
    make_run(task_name="Fresh", next_attempt_at=ago(seconds=5))
    make_run(task_name="Tries again later", next_attempt_at=ago(seconds=-90))
    assert [run.task_name for run in overview.waiting_runs(timezone.now())] == ["Stuck"]
    assert "No worker has taken this run yet" in text(admin_client)


def test_a_run_past_its_deadline_is_late(admin_client):
    make(
        "running", task_name="Endless", started_at=ago(seconds=61), deadline_seconds=60
    )
    make("running", task_name="Busy", started_at=ago(seconds=50), deadline_seconds=60)
    (run,) = overview.overdue_runs(timezone.now())
    assert run.task_name == "Endless"
    assert "although its deadline has passed" in text(admin_client)


def test_a_task_that_was_set_aside_is_shown_with_its_reason(admin_client):
    make_task(name="Broken", schedule_error="ValueError: no such zone")
    body = text(admin_client)
    assert "Broken" in body
    assert "no such zone" in body


def test_the_counts_are_of_the_readers_today_and_lead_into_the_list():
    client = reader("scheduling.view_run")
    client.cookies["timezone"] = "Pacific/Kiritimati"
    make("succeeded")
    make("succeeded", created_at=ago(hours=25))
    body = text(client)
    link = "?status__exact=succeeded&amp;created_at__gte="
    assert link in body
    assert "+14%3A00" in body or "%2B14%3A00" in body
    tile = body[body.index(link) :]
    assert "<strong>1</strong>" in tile[: tile.index("</a>")]


def test_a_count_leads_to_the_runs_that_it_counts(admin_client):
    make("succeeded", task_name="Seen")
    make("failed", task_name="Other")
    body = admin_client.get(INDEX).content.decode()
    start = body.index('id="runs-succeeded"')
    link = body[body.index('href="', start) + 6 :].split('"')[0].replace("&amp;", "&")
    found = admin_client.get(link)
    assert found.status_code == 200
    assert [run.task_name for run in found.context["cl"].result_list] == ["Seen"]


@pytest.mark.parametrize(
    ("name", "statuses"), [("runs", Run.Status), ("deliveries", None)]
)
def test_each_status_has_its_count(admin_client, name, statuses):
    from notifications.models import Delivery

    body = text(admin_client)
    for status in statuses or Delivery.Status:
        assert f'id="{name}-{status.value}"' in body


def test_without_a_beat_it_says_what_to_do(admin_client):
    body = text(admin_client)
    assert "No beat is alive: nothing will start." in body
    assert "celery -A config beat" in body
    assert "No worker is alive" in body


def test_with_beat_and_workers_there_is_no_alarm(admin_client):
    make_process("beat@here:1", kind=BEAT, queues=[])
    make_process("celery@here")
    body = text(admin_client)
    assert "beat@here:1" in body
    assert "bb-home-alarm" not in body


def test_a_queue_without_a_worker_is_named_on_the_page(admin_client):
    make_process("beat@here:1", kind=BEAT, queues=[])
    make_process("sender@here", queues=["notifications", "celery"])
    assert "No worker serves the queue agents" in text(admin_client)


def test_an_empty_installation_says_what_to_do_first(admin_client):
    body = text(admin_client)
    assert "What to do first" in body
    assert reverse("admin:scheduling_agent_add") in body
    assert reverse("admin:scheduling_scheduledtask_add") in body


def test_with_a_task_the_first_steps_are_gone(admin_client):
    make_task()
    assert "What to do first" not in text(admin_client)


def test_who_may_not_make_agents_is_told_to_ask():
    body = text(reader("scheduling.view_scheduledtask"))
    assert "Ask an editor to make an agent" in body
    assert reverse("admin:scheduling_agent_add") not in body


def test_it_speaks_vietnamese(admin_client):
    make_task(next_run_at=ago(hours=-1))
    answer = admin_client.get(INDEX, headers={"Accept-Language": "vi"})
    assert answer.status_code == 200
    assert 'lang="vi"' in answer.content.decode()


# -- who sees what


def test_each_sees_only_what_they_may_look_at():
    task = make_task(name="Secret task", next_run_at=ago(hours=-1))
    failed_run(task, error="secret failure")
    make_delivery(
        make_webhook(task),
        status="failed",
        finished_at=timezone.now(),
        error="secret d",
    )
    make_process("secret@process")
    shown = {
        "scheduling.view_scheduledtask": "Secret task</a>",
        "scheduling.view_run": "secret failure",
        "notifications.view_delivery": "secret d",
        "scheduling.view_process": "secret@process",
    }
    for permission in shown:
        body = text(reader(permission))
        seen = {each for each, words in shown.items() if words in body}
        expected = {permission}
        if permission == "scheduling.view_run":
            expected.add("scheduling.view_scheduledtask")  # the run names its task
        assert seen == expected


def test_who_may_look_at_nothing_is_told_so():
    assert "You may not look at tasks or runs" in text(reader())


# -- it follows


def seen_by(client: Client) -> str:
    return str(client.get(INDEX).context["seen"])


def test_nothing_is_sent_while_nothing_has_changed(admin_client):
    make_process("celery@here", started_at=ago(hours=3))
    seen = seen_by(admin_client)
    assert admin_client.get(REFRESH, {"seen": seen}).status_code == 204


def test_the_next_pulse_alone_is_no_change(admin_client):
    row = make_process("celery@here", started_at=ago(hours=3))
    seen = seen_by(admin_client)
    row.seen_at = timezone.now()
    row.save()
    assert admin_client.get(REFRESH, {"seen": seen}).status_code == 204


def test_what_has_changed_comes_as_a_part_of_the_page(admin_client):
    seen = seen_by(admin_client)
    failed_run(error="boom")
    answer = admin_client.get(REFRESH, {"seen": seen})
    body = answer.content.decode()
    assert answer.status_code == 200
    assert body.lstrip().startswith('<div id="overview"')
    assert "boom" in body
    assert "<html" not in body


def test_the_part_shows_no_more_than_the_page():
    failed_run(error="secret failure")
    body = reader("scheduling.view_scheduledtask").get(REFRESH).content.decode()
    assert "secret failure" not in body


def test_who_has_signed_out_is_sent_to_the_page_again(client):
    answer = client.get(REFRESH)
    assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")


def test_a_person_who_is_not_staff_gets_nothing(client):
    client.force_login(make_user())
    assert client.get(REFRESH).status_code == 403


def test_it_changes_nothing_by_post(admin_client):
    assert admin_client.post(REFRESH).status_code == 405


# -- it is cheap


def fill(count: int) -> None:
    """Of everything that the page lists."""
    for number in range(count):
        task = make_task(next_run_at=ago(hours=-1 - number))
        make_task(next_run_at=ago(hours=1 + number))
        make_task(schedule_error="broken")
        make("failed", task)
        make("running", task, started_at=ago(hours=1), deadline_seconds=1)
        make_run(task, next_attempt_at=ago(hours=1))
        make_delivery(make_webhook(task), status="failed", finished_at=timezone.now())
        make_process(f"w{count}-{number}@here")


def test_the_number_of_queries_does_not_grow(admin_user, django_assert_num_queries):
    fill(1)
    with django_assert_num_queries(15):
        overview_of(admin_user)
    fill(12)
    with django_assert_num_queries(15):
        overview_of(admin_user)


def lists() -> dict[str, Any]:
    now = timezone.now()
    return {
        "late tasks": overview.late_tasks(now),
        "waiting runs": overview.waiting_runs(now),
        "overdue runs": overview.overdue_runs(now),
        "failed runs": overview.failed_runs(now),
        "failed deliveries": overview.failed_deliveries(now),
    }


@pytest.mark.parametrize("name", lists())
def test_each_list_is_read_by_an_index(name, on_postgresql):
    if on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # the tables are empty
    plan = lists()[name][:11].explain()
    assert "SCAN " not in plan  # as SQLite calls it
    assert "Seq Scan" not in plan


def test_large_columns_are_not_read(admin_user, django_assert_max_num_queries):
    fill(1)
    with django_assert_max_num_queries(20) as asked:
        overview_of(admin_user)
    said = " ".join(query["sql"] for query in asked.captured_queries)
    for column in ("output", "output_data", "input_message", "payload", "credentials"):
        assert f'."{column}"' not in said


def test_who_may_add_tasks_is_offered_a_new_one_on_the_first_page(admin_client):
    add = reverse("admin:scheduling_scheduledtask_add")
    assert f'href="{add}">New task' in text(admin_client)
    assert "New task" not in text(reader("scheduling.view_scheduledtask"))
