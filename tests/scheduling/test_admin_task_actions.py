"""What people do to tasks in the admin: run now, clone, history, pause, resume, delete."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from scheduling.admin.task.clone import reference_to, source_of
from scheduling.models import Agent, Run, ScheduledTask, Tag, TaskWebhook
from tests.factories import make_agent, make_run, make_task, make_user, make_webhook
from tests.scheduling.test_admin import form_of

pytestmark = pytest.mark.django_db
SECRETS = {
    "url": "https://hooks.example.com/T0PSECRET",
    "headers": {"X-Key": "H3ADERSECRET"},
}


def url_of(name: str, *args: Any) -> str:
    return reverse(f"admin:scheduling_scheduledtask_{name}", args=args)


def act(
    client: Any, action: str, *tasks: ScheduledTask, sure: bool = False, **sent: Any
) -> str:
    """Choose `action` in the list; `sure`: as its question sends it."""
    chosen = {"action": action, "_selected_action": [task.pk for task in tasks]}
    answer = client.post(
        url_of("changelist"),
        chosen | ({"post": "yes"} if sure else {}) | sent,
        follow=True,
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def sign_in(client: Any, *permissions: str) -> Any:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return user


VIEWER = ("view_scheduledtask", "view_run", "view_taskwebhook", "view_agent")
OPERATOR = (*VIEWER, "operate_scheduledtask")


# -- run now


def test_asking_to_run_changes_nothing(admin_client):
    task = make_task(target_user_id=str(make_user(username="linh").pk))
    make_webhook(task, name="Room", **SECRETS)
    answer = admin_client.get(url_of("confirm_run", task.pk))
    body = answer.content.decode()
    for said in (task.name, "Echo", task.input_message, "Room", "inbox of linh"):
        assert said in body
    assert "SECRET" not in body
    assert not Run.objects.exists()


def test_confirming_queues_a_run_and_lands_on_it(admin_client, admin_user):
    task = make_task()
    answer = admin_client.post(url_of("confirm_run", task.pk))
    run = Run.objects.get()
    assert answer.url == reverse("admin:scheduling_run_change", args=[run.pk])
    assert (run.status, run.trigger, run.requested_by) == (
        "queued",
        "manual",
        admin_user,
    )


def test_a_second_click_on_run_now_queues_no_second_run(admin_client):
    page = url_of("confirm_run", make_task().id)
    asked = {"run_id": admin_client.get(page).context["run_id"]}
    first, second = (admin_client.post(page, asked) for _ in range(2))
    assert Run.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_the_question_says_that_a_run_is_under_way(admin_client):
    run = make_run()
    body = admin_client.get(url_of("confirm_run", run.task_id)).content.decode()
    assert str(run.pk) in body
    assert "The new run starts beside it." in body


def test_an_agent_that_is_switched_off_is_named_and_nothing_runs(admin_client):
    agent = make_agent(id="off", name="Off-duty", active=False)
    url = url_of("confirm_run", make_task(agent=agent).pk)
    asked, confirmed = admin_client.get(url), admin_client.post(url)
    assert (asked.status_code, confirmed.status_code) == (200, 409)
    for answer in (asked, confirmed):
        assert "The agent “Off-duty” is switched off." in answer.content.decode()
    assert not Run.objects.exists()


def test_a_task_with_an_underscore_in_its_id_is_found(admin_client):
    task = make_task(id="morning_5Freport")
    listed = admin_client.get(url_of("changelist")).content.decode()
    assert url_of("confirm_run", "morning_5F5Freport") in listed
    url = url_of("confirm_run", "morning_5F5Freport")
    assert admin_client.post(url).status_code == 302
    assert Run.objects.get().task == task


def test_a_task_that_is_not_there_is_not_found(admin_client):
    for name in ("confirm_run", "clone", "runs"):
        assert admin_client.get(url_of(name, "gone")).status_code == 404
    assert admin_client.post(url_of("switch", "gone")).status_code == 404


def test_a_viewer_cannot_run_pause_or_resume(client):
    sign_in(client, *VIEWER)
    task = make_task()
    assert client.get(url_of("confirm_run", task.pk)).status_code == 403
    assert client.post(url_of("confirm_run", task.pk)).status_code == 403
    assert client.post(url_of("switch", task.pk)).status_code == 403
    for name in ("run_now", "pause"):
        act(client, name, task)
    task.refresh_from_db()
    assert task.active
    assert not Run.objects.exists()


def test_who_may_change_but_not_operate_cannot_run(client):
    sign_in(client, *VIEWER, "change_scheduledtask")
    url = url_of("confirm_run", make_task().pk)
    assert client.post(url).status_code == 403


def test_an_operator_is_offered_what_they_may_do_and_no_more(client):
    sign_in(client, *OPERATOR)
    task = make_task()
    body = client.get(url_of("changelist")).content.decode()
    assert url_of("confirm_run", task.pk) in body
    assert url_of("runs", task.pk) in body
    assert url_of("clone", task.pk) not in body
    assert url_of("switch", task.pk) in body


def test_a_viewer_is_shown_no_switch(client):
    sign_in(client, *VIEWER)
    task = make_task()
    assert url_of("switch", task.pk) not in client.get(url_of("changelist")).content.decode()  # fmt: skip


# -- the switch


def test_the_switch_says_what_it_is_and_how_it_stands(admin_client):
    make_task(name="Morning report", active=False)
    body = admin_client.get(url_of("changelist")).content.decode()
    assert re.search(r'role="switch"[^>]* aria-checked="false"', body)
    assert 'aria-label="Morning report: active"' in body


def test_the_switch_pauses_and_resumes_and_comes_back_to_the_filtered_list(
    admin_client,
):
    task = make_task()
    back = url_of("changelist") + "?q=morning"
    for value, active in (("0", False), ("1", True)):
        answer = admin_client.post(
            url_of("switch", task.pk), {"active": value, "next": back}
        )
        task.refresh_from_db()
        assert task.active is active
        assert answer.url == back


def test_the_switch_leads_to_no_other_site(admin_client):
    answer = admin_client.post(
        url_of("switch", make_task().pk),
        {"active": "0", "next": "https://evil.example/"},
    )
    assert answer.url == url_of("changelist")


def test_by_htmx_the_switch_answers_with_the_rows_new_cells(admin_client):
    task = make_task(active=False)
    answer = admin_client.post(
        url_of("switch", task.pk), {"active": "1"}, headers={"HX-Request": "true"}
    )
    body = answer.content.decode()
    assert 'aria-checked="true"' in body
    assert f'id="state-{task.pk}" hx-swap-oob="true"' in body
    assert "Active" in body
    assert "<html" not in body


def test_a_task_that_cannot_be_resumed_says_why(admin_client):
    task = make_task(active=False)
    ScheduledTask.objects.update(timezone="Mars/Olympus")
    answer = admin_client.post(
        url_of("switch", task.pk), {"active": "1"}, headers={"HX-Request": "true"}
    )
    assert answer.headers["HX-Refresh"] == "true"
    assert "Mars/Olympus" in admin_client.get(url_of("changelist")).content.decode()
    task.refresh_from_db()
    assert not task.active


def test_the_switch_does_nothing_by_get(admin_client):
    task = make_task()
    assert admin_client.get(url_of("switch", task.pk)).status_code == 405
    task.refresh_from_db()
    assert task.active


# -- several at once


def test_several_tasks_are_paused_resumed_and_run(admin_client):
    tasks = [make_task() for _ in range(3)]
    assert "Paused 3 tasks." in act(admin_client, "pause", *tasks, sure=True)
    assert not ScheduledTask.objects.filter(active=True).exists()
    assert "Resumed 3 tasks." in act(admin_client, "resume", *tasks)
    assert not ScheduledTask.objects.filter(active=False).exists()
    assert "Queued runs of 3 tasks." in act(admin_client, "run_now", *tasks, sure=True)
    assert Run.objects.count() == 3


def test_one_task_is_told_in_the_singular(admin_client):
    assert "Paused 1 task." in act(admin_client, "pause", make_task(), sure=True)


# -- pausing with a note


def test_asking_to_pause_changes_nothing(admin_client):
    task = make_task(name="Báo cáo")
    assert "Pause “Báo cáo”?" in admin_client.get(url_of("confirm_pause", task.pk)).content.decode()  # fmt: skip
    assert "Pause 1 task?" in act(admin_client, "pause", task)
    assert ScheduledTask.objects.get().active


def test_a_task_is_paused_with_a_note_until_a_moment_of_its_zone(
    admin_client, admin_user
):
    task = make_task(timezone="Asia/Ho_Chi_Minh")
    sent = {"note": "Kỳ nghỉ", "resume_at": "2099-01-31T07:00"}
    admin_client.post(url_of("confirm_pause", task.pk), sent)
    task.refresh_from_db()
    assert (task.active, task.pause_note, task.paused_by) == (False, "Kỳ nghỉ", admin_user)  # fmt: skip
    assert task.resume_at == datetime(2099, 1, 31, 0, 0, tzinfo=UTC)
    page = admin_client.get(url_of("change", task.pk)).content.decode()
    assert "<q>Kỳ nghỉ</q>" in page
    assert "It resumes by itself:" in page


def test_a_paused_task_gets_another_note_or_is_resumed_on_the_same_page(admin_client):
    task = make_task(active=False, pause_note="Old", paused_at=timezone.now())
    url = url_of("confirm_pause", task.pk)
    admin_client.post(url, {"note": "New", "resume_at": ""})
    assert ScheduledTask.objects.get().pause_note == "New"
    admin_client.post(url, {"resume": "1"})
    task.refresh_from_db()
    assert (task.active, task.pause_note) == (True, "")


def test_a_pause_cannot_end_in_the_past(admin_client):
    task = make_task()
    sent = {"note": "", "resume_at": "2020-01-01T07:00"}
    answer = admin_client.post(url_of("confirm_pause", task.pk), sent)
    assert "This is over" in answer.content.decode()
    assert ScheduledTask.objects.get().active


def test_several_tasks_are_paused_with_one_note(admin_client):
    tasks = [make_task() for _ in range(3)]
    act(admin_client, "pause", *tasks, sure=True, note="Move")
    notes = ScheduledTask.objects.values_list("pause_note", flat=True)
    assert list(notes) == ["Move"] * 3


def test_a_task_that_refuses_does_not_stop_the_others(admin_client):
    off = make_agent(id="off", active=False)
    tasks = [make_task(name=f"Idle {n}", agent=off) for n in range(7)]
    body = act(admin_client, "run_now", make_task(), *tasks, sure=True)
    assert "Queued a run of 1 task." in body
    assert "2 more tasks were refused." in body
    assert Run.objects.count() == 1


def test_there_is_no_cloning_of_several_at_once(admin_client):
    act(admin_client, "clone", make_task())
    assert ScheduledTask.objects.count() == 1


def test_running_several_asks_first_and_names_them(admin_client):
    off = make_agent(id="off", active=False)
    busy = make_run().task
    tasks = [make_task(id="one", name="Prices"), make_task(id="two", name="News", agent=off)]  # fmt: skip
    body = act(admin_client, "run_now", *tasks, busy)
    assert "Run 3 tasks now?" in body
    for said in ("Prices", "News", "it will be refused", "A run is under way"):
        assert said in body
    assert Run.objects.count() == 1


def test_the_question_about_all_that_is_found_names_a_page_of_them(admin_client):
    tasks = [make_task() for _ in range(23)]
    body = act(admin_client, "run_now", tasks[0], select_across="1")
    assert "Run 23 tasks now?" in body
    assert "and 3 more tasks" in body
    act(admin_client, "run_now", tasks[0], sure=True, select_across="1")
    assert Run.objects.count() == 23


def test_the_question_about_several_asks_as_much_of_many_as_of_few(admin_client):
    def asked(count: int) -> int:
        tasks = [make_task(agent=make_agent(id=f"a{count}-{n}")) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            act(admin_client, "run_now", *tasks)
        return len(queries)

    assert asked(2) == asked(12)


def test_what_was_queued_is_linked(admin_client):
    body = act(admin_client, "run_now", make_task(name="<b>News</b>"), sure=True)
    run = Run.objects.get()
    page = reverse("admin:scheduling_run_change", args=[run.pk])
    assert f'href="{page}">&lt;b&gt;News' in body
    assert "<b>News</b>" not in body


def test_what_stood_so_already_is_counted_apart(admin_client):
    running, resting = make_task(), make_task(active=False)
    body = act(admin_client, "resume", running, resting)
    assert "Resumed 1 task. 1 was active already." in body
    assert "2 were active already." in act(admin_client, "resume", running, resting)
    assert LogEntry.objects.count() == 1


def test_the_list_offers_deleting_last(admin_client):
    make_task()
    body = admin_client.get(url_of("changelist")).content.decode()
    offered = re.findall(r'<option value="(\w+)"', body.split('name="action"')[1])
    assert offered[:5] == ["run_now", "pause", "resume", "adopt", "delete_selected"]
    assert "Apply" in body


# -- what people did is kept


def test_pausing_resuming_and_running_are_among_the_changes(admin_client, admin_user):
    task = make_task()
    admin_client.post(url_of("switch", task.pk), {"active": "0"})
    act(admin_client, "resume", task)
    admin_client.post(url_of("confirm_run", task.pk))
    act(admin_client, "run_now", task, sure=True)
    noted = LogEntry.objects.order_by("pk").values_list("object_id", "user", "change_message")  # fmt: skip
    said = ["Paused.", "Resumed.", "Asked for a run now.", "Asked for a run now."]
    assert list(noted) == [(task.pk, admin_user.pk, text) for text in said]
    changes = admin_client.get(url_of("history", task.pk)).content.decode()
    assert "Asked for a run now." in changes


def test_what_was_refused_is_not_among_the_changes(admin_client):
    task = make_task(agent=make_agent(id="off", active=False))
    admin_client.post(url_of("confirm_run", task.pk))
    act(admin_client, "run_now", task, sure=True)
    assert not LogEntry.objects.exists()


def test_the_page_of_a_new_run_does_not_go_on_saying_that_it_is_queued(admin_client):
    task = make_task()
    answer = admin_client.post(url_of("confirm_run", task.pk), follow=True)
    assert not list(answer.context["messages"])


def test_the_question_stands_under_the_name_of_its_task(admin_client):
    task = make_task(name="Prices")
    body = admin_client.get(url_of("confirm_run", task.pk)).content.decode()
    assert url_of("change", task.pk) in body.split('class="bb-card"')[0]


# -- history


def test_history_leads_to_the_runs_of_the_task(admin_client):
    task = make_task()
    answer = admin_client.get(url_of("runs", task.pk))
    assert answer.url == (
        reverse("admin:scheduling_run_changelist") + f"?task__id__exact={task.pk}"
    )


def test_the_tasks_page_offers_the_same_actions(admin_client):
    task = make_task()
    body = admin_client.get(url_of("change", task.pk)).content.decode()
    for name in ("confirm_run", "clone", "runs"):
        assert url_of(name, task.pk) in body


# -- clone


@pytest.fixture
def source():
    tag = Tag.objects.create(name="finance")
    task = make_task(id="morning-report", schedule_type="weekly", weekdays=[1, 5])
    task.tags.add(tag)
    make_webhook(task, name="Room", format="discord", notify_on="failure", **SECRETS)
    return task


def clone_form(client: Any, task: ScheduledTask) -> Any:
    return client.get(url_of("clone", task.pk), follow=True)


def test_clone_opens_the_form_of_a_paused_copy_and_saves_nothing(
    admin_client, admin_user, source
):
    make_task(id="morning-report-copy")
    answer = clone_form(admin_client, source)
    initial = answer.context["adminform"].form.initial
    assert initial["id"] == "morning-report-copy-2"
    assert initial["name"] == "Morning report (copy)"
    assert initial["active"] is False
    assert initial["owner"] == admin_user.pk
    assert initial["weekdays"] == [1, 5]
    assert [tag.name for tag in initial["tags"]] == ["finance"]
    assert "Nothing is saved yet" in answer.content.decode()
    assert ScheduledTask.objects.count() == 2


def test_the_form_of_a_copy_shows_no_secret(admin_client, source):
    body = clone_form(admin_client, source).content.decode()
    assert "Room" in body
    assert "SECRET" not in body


def test_saving_the_copy_carries_webhooks_secrets_and_tags_over(admin_client, source):
    answer = clone_form(admin_client, source)
    sent = form_of(answer)
    saved = admin_client.post(answer.request["PATH_INFO"], sent)
    assert saved.status_code == 302, saved.context["errors"]
    copy = ScheduledTask.objects.get(id="morning-report-copy")
    webhook = copy.webhooks.get()
    assert not copy.active
    assert copy.next_run_at is None
    assert copy.weekdays == [1, 5]
    assert (webhook.name, webhook.format, webhook.notify_on) == ("Room", "discord", "failure")  # fmt: skip
    assert {"url": webhook.url, "headers": webhook.headers} == SECRETS
    assert [tag.name for tag in copy.tags.all()] == ["finance"]
    assert source.webhooks.count() == 1


def test_carried_headers_do_not_follow_to_another_host(admin_client, source):
    answer = clone_form(admin_client, source)
    sent = form_of(answer) | {"webhooks-0-url": "https://attacker.example/"}
    refused = admin_client.post(answer.request["PATH_INFO"], sent)
    assert refused.status_code == 200
    assert "X-Key" in refused.content.decode()
    assert ScheduledTask.objects.count() == 1


def test_cloning_needs_a_look_at_the_task_and_the_right_to_add(client, source):
    sign_in(client, *OPERATOR)
    assert client.get(url_of("clone", source.pk)).status_code == 403
    add = url_of("add") + f"?clone={source.pk}"
    sign_in(client, "add_scheduledtask")
    assert client.get(add).status_code == 403
    sign_in(client, "add_scheduledtask", "view_scheduledtask")
    assert client.get(add).status_code == 200


def test_a_copy_of_no_task_is_not_found(admin_client):
    assert admin_client.get(url_of("add") + "?clone=gone").status_code == 404


def test_the_reference_to_a_webhook_is_for_one_person_who_may_view(source):
    webhook = TaskWebhook.objects.get()
    owner = make_user(is_staff=True, is_superuser=True)
    other = make_user(is_staff=True, is_superuser=True)
    signed = reference_to(webhook, owner)
    assert source_of(signed, owner) == webhook
    assert source_of(signed, other) is None
    assert source_of(f"{signed}x", owner) is None
    assert source_of("", owner) is None
    owner.is_superuser = False
    assert source_of(signed, owner) is None


def test_a_lost_key_takes_neither_the_question_nor_the_copy_with_it(
    admin_client, source
):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_webhook SET url='enc1:bad'")
    assert admin_client.get(url_of("confirm_run", source.pk)).status_code == 200
    assert clone_form(admin_client, source).status_code == 200
    signed = reference_to(TaskWebhook.objects.defer("url", "headers").get(), make_user(is_staff=True, is_superuser=True))  # fmt: skip
    assert source_of(signed, make_user(is_superuser=True, is_staff=True)) is None


# -- delete


def test_deleting_says_that_the_runs_stay_and_shows_no_secret(admin_client, source):
    make_run(source, status="succeeded", finished_at=timezone.now())
    body = admin_client.get(url_of("delete", source.pk)).content.decode()
    assert "the runs stay" in body
    assert "SECRET" not in body


def test_a_task_with_webhooks_can_be_deleted_and_its_runs_stay(admin_client, source):
    run = make_run(source)
    admin_client.post(url_of("delete", source.pk), {"post": "yes"})
    assert not ScheduledTask.objects.exists()
    run.refresh_from_db()
    assert (run.task, run.task_ref) == (None, "morning-report")


def test_several_tasks_with_webhooks_are_deleted_after_a_question(admin_client, source):
    assert "the runs stay" in act(admin_client, "delete_selected", source)
    assert ScheduledTask.objects.exists()
    admin_client.post(
        url_of("changelist"),
        {"action": "delete_selected", "_selected_action": source.pk, "post": "yes"},
    )
    assert not ScheduledTask.objects.exists()
    assert Agent.objects.exists()


def test_who_may_not_delete_is_refused(client, source):
    sign_in(client, *OPERATOR)
    assert client.post(url_of("delete", source.pk), {"post": "yes"}).status_code == 403
    act(client, "delete_selected", source)
    assert ScheduledTask.objects.exists()
