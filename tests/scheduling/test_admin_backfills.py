"""Backfills and the ledger in the admin."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from scheduling.models import Backfill, Run, ScheduledTask
from scheduling.services import create_backfill
from tests.factories import make_member, make_run, make_task

pytestmark = pytest.mark.django_db
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
RANGE = {"from_at": "2026-11-02T00:00", "until_at": "2026-11-06T12:00", "per_minute": "6"}  # fmt: skip


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 7, tzinfo=SAIGON)


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def task() -> ScheduledTask:
    return make_task(id="report", created_at=at(1), next_run_at=datetime(2030, 1, 1, 7, tzinfo=SAIGON))  # fmt: skip


@pytest.fixture
def operator(client):
    client.force_login(make_member("operators"))
    return client


def page_of(task: ScheduledTask) -> str:
    return reverse("admin:scheduling_scheduledtask_backfill", args=[task.pk])


def made(task: ScheduledTask) -> Backfill:
    return create_backfill(task, from_at=at(2), until_at=at(6), user=None)


def test_the_task_s_page_leads_to_the_backfill_page(operator, task):
    page = operator.get(reverse("admin:scheduling_scheduledtask_change", args=[task.pk]))  # fmt: skip
    assert page_of(task) in page.content.decode()


def test_the_form_says_what_would_run_and_writes_nothing(operator, task):
    page = operator.post(page_of(task), RANGE | {"preview": ""}).content.decode()
    assert "Slots that would run: 5" in page
    assert "From 2026-11-02 07:00 to 2026-11-06 07:00." in page
    assert not Run.objects.exists()


def test_the_second_button_makes_the_backfill_and_shows_it(operator, task):
    answer = operator.post(page_of(task), RANGE | {"create": "", "note": "Wrong data."})
    backfill = Backfill.objects.get()
    assert answer["Location"] == reverse("admin:scheduling_backfill_change", args=[backfill.pk])  # fmt: skip
    assert (backfill.made, backfill.note) == (5, "Wrong data.")
    assert backfill.created_by is not None
    page = operator.get(answer["Location"]).content.decode()
    assert "2026-11-06 07:00" in page
    assert "Wrong data." in page
    assert "Report 2026-11-02…2026-11-06" in page.replace(backfill.task_name, "Report")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from_at": "yesterday"}, "is no moment"),
        ({"until_at": "2999-01-01T00:00"}, "still to come"),
        ({"until_at": "2026-11-01T00:00"}, "before the beginning"),
        ({"per_minute": "601"}, "600"),
        ({"until_at": "2026-11-02T01:00"}, "no slot that fires"),
    ],
)
def test_what_is_wrong_stands_at_its_field(operator, task, wrong, said):
    page = operator.post(page_of(task), RANGE | wrong | {"create": ""})
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Backfill.objects.exists()


def test_an_agent_that_is_off_is_told_on_the_form(operator, task):
    task.agent.active = False
    task.agent.save()
    page = operator.post(page_of(task), RANGE | {"create": ""}).content.decode()
    assert "is switched off" in page


def test_a_backfill_is_cancelled_by_its_button(operator, task):
    backfill = made(task)
    page = reverse("admin:scheduling_backfill_change", args=[backfill.pk])
    cancel = reverse("admin:scheduling_backfill_cancel", args=[backfill.pk])
    assert cancel in operator.get(page).content.decode()
    assert operator.get(cancel).status_code == 405
    assert operator.post(cancel)["Location"] == page
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    after = operator.get(page).content.decode()
    assert cancel not in after
    assert "It is over." in after


def test_the_page_of_a_backfill_that_is_not_there_leads_to_the_list(operator):
    for wrong in ("nothing", "00000000-0000-0000-0000-000000000009"):
        page = reverse("admin:scheduling_backfill_change", args=[wrong])
        assert operator.get(page).status_code == 302


def test_the_list_shows_the_progress_of_each_in_a_constant_number_of_queries(
    operator, task, django_assert_max_num_queries
):
    made(task)
    for _ in range(5):
        Backfill.objects.create(task=task, task_ref=task.id, task_name="x", from_at=at(1), until_at=at(2))  # fmt: skip
    with django_assert_max_num_queries(12):
        page = operator.get(reverse("admin:scheduling_backfill_changelist"))
    assert "Queued" in page.content.decode()


def test_a_backfill_outlives_its_task(operator, task):
    backfill = made(task)
    task.delete()
    page = operator.get(reverse("admin:scheduling_backfill_change", args=[backfill.pk]))
    assert "Morning report" in page.content.decode()


def test_its_runs_are_found_in_the_list_of_runs(operator, task):
    backfill = made(task)
    runs = reverse("admin:scheduling_run_changelist")
    page = operator.get(f"{runs}?backfill__id__exact={backfill.pk}")
    assert page.status_code == 200
    assert page.context["cl"].result_count == 5


# -- the ledger's panel


def ask(client, task: ScheduledTask, at: str) -> str:
    page = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    return str(client.get(page, {"at": at}).content.decode())


def test_the_panel_answers_for_a_slot_and_links_its_run(operator, task):
    run = make_run(task, trigger="schedule", scheduled_for=at(17), status="skipped", skip_reason="overlap", finished_at=at(17))  # fmt: skip
    page = ask(operator, task, "2026-11-17T07:00")
    assert "It was skipped: A run was still under way." in page
    assert reverse("admin:scheduling_run_change", args=[run.pk]) in page
    assert f"{page_of(task)}?from_at=2026-11-17T07%3A00%3A00" in page


def test_the_panel_names_the_nearest_slots(operator, task):
    assert "The nearest: 2026-11-17 07:00, 2026-11-18 07:00." in ask(operator, task, "2026-11-17T08:00")  # fmt: skip


def test_the_panel_says_what_no_moment_is(operator, task):
    assert "is no moment" in ask(operator, task, "<b>soon</b>\0")


def test_a_viewer_is_offered_no_backfill(client, task):
    client.force_login(make_member("viewers"))
    page = ask(client, task, "2026-11-17T07:00")
    assert "the schedule was another one at that time" in page
    assert page_of(task) not in page
