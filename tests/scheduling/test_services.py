"""The verbs people ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask, TaskWebhook
from tests.factories import make_agent, make_run, make_user, make_webhook
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db

HOOK = {"name": "own", "url": "https://example.com/hook", "format": "raw"}


def create(**fields: Any) -> ScheduledTask:
    webhooks, user = fields.pop("webhooks", ()), fields.pop("user", None)
    fields = {
        "name": "Báo cáo sáng",
        "agent_id": make_agent().id,
        "input_message": "Report.",
        "schedule_type": "daily",
        "schedule_time": "07:00",
    } | fields
    return services.create_task(fields=fields, webhooks=webhooks, user=user)


# -- creating


def test_a_new_task_gets_an_id_of_its_name_and_its_next_slot():
    user = make_user()
    task = create(user=user)
    task.refresh_from_db()
    assert (task.id, task.updated_by) == ("bao-cao-sang", user)
    assert timezone.now() < task.next_run_at <= timezone.now() + timedelta(days=1)
    assert create().id == "bao-cao-sang-2"


def test_an_id_that_is_taken_is_refused():
    create(id="mine")
    with pytest.raises(ValidationError) as refused:
        create(id="mine", name="Another")
    assert "choose another id" in refused.value.message_dict["id"][0]
    assert ScheduledTask.objects.get().name == "Báo cáo sáng"


def test_two_at_once_with_one_id_make_one_task(shared_database):
    make_agent()
    ends = [in_thread(create, id="mine") for _ in range(2)]
    errors = [end.exception(timeout=30) for end in ends]
    (refused,) = [error for error in errors if error is not None]
    assert isinstance(refused, ValidationError)
    assert ScheduledTask.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"schedule_time": None}, "schedule_time"),
        ({"schedule_type": "hourly"}, "schedule_type"),
        ({"schedule_type": "cron", "cron_expression": "61 * * * *"}, "cron_expression"),
        ({"schedule_type": "weekly", "weekdays": [8]}, "weekdays"),
        ({"schedule_type": "monthly", "month_days": ["first"]}, "month_days"),
        ({"schedule_type": "interval", "interval_seconds": 0}, "interval_seconds"),
        ({"schedule_type": "once"}, "run_at"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"agent_id": "nobody"}, "agent"),
        ({"input_message": "  "}, "input_message"),
        ({"input_message": "{{unknown}}"}, "input_message"),
        ({"system_prompt_override": "{{unknown}}"}, "system_prompt_override"),
        ({"overlap": "sometimes"}, "overlap"),
        ({"catch_up": "some"}, "catch_up"),
        ({"deadline_seconds": 0}, "deadline_seconds"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"name": ""}, "name"),
        ({"id": "not a slug"}, "id"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_written(fields, named):
    with pytest.raises(ValidationError) as refused:
        create(**fields)
    assert named in refused.value.message_dict
    assert not ScheduledTask.objects.exists()


def test_a_wrong_webhook_is_named_and_the_task_is_not_written():
    with pytest.raises(ValidationError) as refused:
        create(webhooks=[HOOK, HOOK | {"format": "pigeon"}])
    assert "[1].format" in refused.value.message_dict["webhooks"][0]
    assert not ScheduledTask.objects.exists()


def test_a_paused_task_has_no_next_slot():
    assert create(active=False).next_run_at is None


# -- changing


def test_a_change_of_the_schedule_plans_anew_and_another_does_not():
    task = create()
    planned = task.next_run_at
    services.update_task(task, fields={"name": "Other"}, user=None)
    assert task.next_run_at == planned
    services.update_task(task, fields={"schedule_time": "08:00"}, user=None)
    task.refresh_from_db()
    assert task.next_run_at != planned


def test_a_change_says_who_made_it_and_an_anonymous_one_nobody():
    user, task = make_user(), create()
    services.update_task(task, fields={"name": "Other"}, user=user)
    task.refresh_from_db()
    assert task.updated_by == user
    services.update_task(task, fields={"name": "Third"}, user=AnonymousUser())
    task.refresh_from_db()
    assert task.updated_by is None


def test_a_wrong_change_leaves_the_task_as_it_was():
    task = create()
    with pytest.raises(ValidationError):
        services.update_task(task, fields={"schedule_time": "noon"}, user=None)
    task.refresh_from_db()
    assert f"{task.schedule_time:%H:%M}" == "07:00"


def test_webhooks_that_are_given_replace_those_there_are():
    task = create(webhooks=[HOOK, HOOK | {"name": "second"}])
    first, _ = task.webhooks.order_by("id")
    services.update_task(
        task, fields={}, webhooks=[{"id": first.pk, "name": "renamed"}], user=None
    )
    (kept,) = task.webhooks.all()
    assert (kept.pk, kept.name, kept.url) == (first.pk, "renamed", HOOK["url"])


def test_a_task_that_was_deleted_meanwhile_is_not_brought_back():
    task = create()
    ScheduledTask.objects.get(id=task.id).delete()
    for verb in (
        lambda: services.update_task(task, fields={"name": "x"}, user=None),
        lambda: services.pause_task(task, user=None),
    ):
        with pytest.raises(Conflict, match="was deleted"):
            verb()
    assert not ScheduledTask.objects.exists()


def test_pausing_forgets_the_next_slot_and_resuming_plans_it():
    task = create()
    services.pause_task(task, user=None)
    task.refresh_from_db()
    assert (task.active, task.next_run_at) == (False, None)
    services.resume_task(task, user=None)
    task.refresh_from_db()
    assert task.active
    assert task.next_run_at > timezone.now()


def test_resuming_does_not_make_up_for_the_pause():
    task = create(schedule_type="interval", interval_seconds=1)
    services.pause_task(task, user=None)
    services.resume_task(task, user=None)
    assert task.next_run_at > timezone.now()
    assert not task.runs.exists()


def test_a_task_that_is_no_longer_valid_can_be_paused_but_not_resumed():
    task = create()
    ScheduledTask.objects.update(timezone="Mars/Olympus")
    services.pause_task(task, user=None)
    assert not ScheduledTask.objects.get().active
    with pytest.raises(ValidationError) as refused:
        services.resume_task(ScheduledTask.objects.get(), user=None)
    assert "timezone" in refused.value.message_dict


def test_a_task_that_was_set_aside_is_planned_again_by_any_valid_edit():
    task = create()
    ScheduledTask.objects.update(next_run_at=None, schedule_error="it was broken")
    services.update_task(task, fields={"name": "Repaired"}, user=None)
    task.refresh_from_db()
    assert task.schedule_error == ""
    assert task.next_run_at > timezone.now()


# -- cloning and deleting


def test_a_clone_is_paused_and_carries_the_secrets():
    owner = make_user()
    task = create(
        id="report",
        owner=make_user(),
        webhooks=[HOOK | {"headers": {"X-Key": "s3cret"}}],
        input_message="Say {{date}}.",
    )
    make_run(task)
    copy = services.clone_task(task, user=owner)
    copy.refresh_from_db()
    assert (copy.id, copy.name) == ("report-copy", "Báo cáo sáng (copy)")
    assert (copy.active, copy.next_run_at, copy.owner) == (False, None, owner)
    assert (copy.input_message, copy.run_count) == ("Say {{date}}.", 0)
    webhook = copy.webhooks.get()
    assert (webhook.url, webhook.headers) == (HOOK["url"], {"X-Key": "s3cret"})
    assert task.webhooks.get().pk != webhook.pk
    assert services.clone_task(task, user=owner).id == "report-copy-2"


def test_a_clone_of_a_task_with_the_longest_id_and_name_fits():
    task = create(id="x" * 100, name="n" * 200)
    copy = services.clone_task(task, user=None)
    assert len(copy.id) <= 100
    assert len(copy.name) <= 200


def test_deleting_keeps_the_runs_and_cancels_those_under_way():
    task = create(webhooks=[HOOK])
    done, queued, running = (make(s, task) for s in ("succeeded", "queued", "running"))
    services.delete_task(task, user=None)
    for run in (done, queued, running):
        run.refresh_from_db()
        assert (run.task_id, run.task_ref) == (None, "bao-cao-sang")
    assert (done.status, queued.status) == ("succeeded", "cancelled")
    assert running.cancel_requested_at is not None
    assert not TaskWebhook.objects.exists()


# -- running


def test_run_now_queues_a_run_beside_the_schedule():
    user, task = make_user(), create(target_user_id="45")
    planned = task.next_run_at
    run = services.run_now(task, user=user)
    run.refresh_from_db()
    assert (run.status, run.trigger, run.requested_by) == ("queued", "manual", user)
    assert (run.scheduled_for, run.user_id) == (None, "45")
    task.refresh_from_db()
    assert task.next_run_at == planned


def test_run_now_twice_makes_two_runs():
    task = create()
    services.run_now(task, user=None)
    services.run_now(task, user=None)
    assert task.runs.count() == 2


def test_an_agent_that_is_switched_off_runs_nothing():
    task = create(agent_id=make_agent(id="off", active=False).id)
    old = make("succeeded", task)
    for verb in (
        lambda: services.run_now(task, user=None),
        lambda: services.rerun(old, user=None),
    ):
        with pytest.raises(Conflict, match="'off' is switched off"):
            verb()


def test_an_agent_whose_key_is_lost_can_be_queued_and_says_so_in_its_run():
    task = create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_agent SET credentials='enc1:bad'")
    fresh = ScheduledTask.objects.get(id=task.id)
    assert services.run_now(fresh, user=None).status == "queued"
    services.update_task(fresh, fields={"name": "still editable"}, user=None)


@pytest.mark.django_db(transaction=True)
def test_running_a_task_that_was_just_deleted_is_a_conflict():
    task = create()
    ScheduledTask.objects.get(id=task.id).delete()
    with pytest.raises(Conflict, match="deleted a moment ago"):
        services.run_now(task, user=None)
    assert not Run.objects.exists()


def test_a_rerun_is_a_new_run_that_names_the_old_one():
    old = make("failed")
    again = services.rerun(old, user=None)
    assert (again.trigger, again.rerun_of, again.status) == ("rerun", old, "queued")
    old.refresh_from_db()
    assert old.status == "failed"


def test_a_run_of_a_deleted_task_cannot_run_again():
    run = make("failed")
    assert run.task is not None
    run.task.delete()
    run.refresh_from_db()
    with pytest.raises(Conflict, match="was deleted"):
        services.rerun(run, user=None)


def test_cancelling_a_queued_run_ends_it_and_a_running_one_is_asked():
    queued, running = make("queued"), make("running")
    assert services.cancel_run(queued, user=None).status == "cancelled"
    assert services.cancel_run(running, user=None).cancel_requested_at is not None
    with pytest.raises(Conflict, match="already ended"):
        services.cancel_run(queued, user=None)


@pytest.mark.parametrize("name", ["", "!!!", "日本"])
def test_a_name_without_letters_still_gives_an_id(name):
    assert services.free_id(name) == "task"


def test_a_rollback_takes_the_bell_with_it(django_capture_on_commit_callbacks):
    task, hook = create(), make_webhook
    hook(task)
    with (
        django_capture_on_commit_callbacks() as rung,
        pytest.raises(ValidationError),
    ):
        services.update_task(task, fields={"name": ""}, user=None)
    assert rung == []
