"""Budgets and spending in the API, the command and the admin."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from scheduling.budgets import day_of
from scheduling.models import Agent, OwnerBudget, Spending
from tests.factories import make_agent, make_member, make_run, make_task, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_member("editors"))
    return client


def spend(scope: str, ref: str, cost: str, day: str = "2026-03-05") -> None:
    Spending.objects.create(scope=scope, ref=ref, day=day, cost=cost, tokens=7, runs=2)


def put(client: Client, path: str, body: dict[str, object]):
    return client.put(path, body, content_type="application/json")


def test_the_month_is_told_by_agent_owner_and_task_the_dearest_first(editor):
    lan = make_user(username="lan")
    OwnerBudget.objects.create(owner=lan, month_cost_limit=2)
    task = make_task(month_cost_limit="4", day_cost_limit="0.5")
    spend("task", task.id, "1.5")
    spend("task", task.id, "0.5", "2026-03-06")
    spend("task", "gone", "3")
    spend("task", task.id, "9", "2026-04-01")
    spend("owner", str(lan.pk), "0.25")
    answer = editor.get("/v2/admin/spending?month=2026-03").json()
    assert (answer["month"], answer["timezone"]) == ("2026-03", "Asia/Ho_Chi_Minh")
    assert [(row["ref"], row["name"], row["cost"], row["runs"]) for row in answer["tasks"]] == [
        ("gone", "", "3", 2), (task.id, "Morning report", "2", 4),
    ]  # fmt: skip
    assert answer["tasks"][1]["month_cost_limit"] == "4"
    assert answer["owners"][0]["name"] == "lan"
    assert answer["agents"] == []


def test_who_has_a_limit_and_spent_nothing_is_told_too(editor):
    make_agent(id="idle", day_cost_limit=1)
    (row,) = editor.get("/v2/admin/spending").json()["agents"]
    assert (row["ref"], row["cost"], row["day_cost_limit"]) == ("idle", "0", "1")


def test_a_month_that_is_none_is_an_error_that_says_what_would_be_right(editor):
    answer = editor.get("/v2/admin/spending?month=May")
    assert answer.status_code == 400
    assert "2026-03" in answer.content.decode()


def test_the_budget_of_an_owner_is_set_and_taken_away(editor):
    lan = make_user(username="lan")
    path = "/v2/admin/budgets/owners/lan"
    answer = put(editor, path, {"day_cost_limit": "0.5", "month_cost_limit": "9.99"})
    assert answer.json()["owner"] == "lan"
    assert lan.budget.month_cost_limit == Decimal("9.99")
    put(editor, path, {"month_cost_limit": None})
    lan.budget.refresh_from_db()
    assert [lan.budget.day_cost_limit, lan.budget.month_cost_limit] == [None, None]


@pytest.mark.parametrize("value", ["0", "-1", "much", "0.000000001"])
def test_a_budget_that_is_none_is_refused_at_its_field(editor, value):
    make_user(username="lan")
    answer = put(editor, "/v2/admin/budgets/owners/lan", {"day_cost_limit": value})
    assert answer.status_code == 400
    assert "day_cost_limit" in answer.content.decode()
    assert not OwnerBudget.objects.exists()


def test_nobody_by_that_name_is_404(editor):
    assert put(editor, "/v2/admin/budgets/owners/nobody", {}).status_code == 404


def test_the_limits_of_an_agent_are_fields_of_its_api_and_form(editor):
    agent = make_agent()
    path = f"/v2/admin/agents/{agent.id}/"
    answer = editor.patch(path, {"run_cost_limit": "0.01", "max_concurrent": 3}, content_type="application/json")  # fmt: skip
    assert answer.json()["run_cost_limit"] == "0.01"
    assert answer.json()["max_concurrent"] == 3
    refused = editor.patch(path, {"max_concurrent": 0}, content_type="application/json")
    assert refused.status_code == 400
    form = editor.get(f"/admin/scheduling/agent/{agent.id}/change/").content.decode()
    assert 'name="run_cost_limit"' in form
    assert 'name="max_concurrent"' in form
    assert 'value="0.01"' in form


def test_a_wrong_limit_in_the_form_is_told_at_its_field(editor):
    agent = make_agent()
    path = f"/admin/scheduling/agent/{agent.id}/change/"
    body = {"name": "Echo", "backend": "echo", "run_cost_limit": "0", "active": "on"}
    answer = editor.post(path, body)
    assert list(answer.context["adminform"].form.errors) == ["run_cost_limit"]
    assert Agent.objects.get().run_cost_limit is None


def test_run_now_beyond_a_budget_is_409_with_words(editor):
    task = make_task(day_cost_limit="0.01")
    spend("task", task.id, "0.01", day_of(timezone.now()).isoformat())
    answer = editor.post(f"/v2/admin/scheduled-tasks/{task.id}/run")
    assert answer.status_code == 409
    assert "0.01 of 0.01 US dollars" in answer.json()["detail"]


def test_the_preview_says_what_a_month_will_cost(editor):
    task = make_task(month_cost_limit=1)
    make_run(task, status="succeeded", finished_at=timezone.now(), cost="0.10")
    body = {"task_id": task.id, "schedule_type": "daily", "schedule_time": "07:00"}
    answer = editor.post("/v2/admin/schedules/preview", body, content_type="application/json").json()  # fmt: skip
    assert answer["projected_monthly_cost"] == "3.00"
    assert (answer["basis"], answer["projected_runs"]) == ("task", 30)
    assert answer["exceeds_month_limit"] is True
    out = io.StringIO()
    call_command("preview", task.id, "--json", stdout=out)
    assert json.loads(out.getvalue())["projected_monthly_cost"] == "3.00"
    out = io.StringIO()
    call_command("preview", task.id, stdout=out)
    assert "About 3.00 US dollars in 30 days (30 runs, at the cost of its latest): more than its limit of 1.00" in out.getvalue()  # fmt: skip


def test_the_page_of_a_task_shows_what_it_will_cost(editor):
    task = make_task(month_cost_limit=1)
    make_run(task, status="succeeded", finished_at=timezone.now(), cost="0.10")
    page = editor.get(f"/admin/scheduling/scheduledtask/{task.id}/change/")
    assert "about 3.00 US dollars, for 30 runs" in page.content.decode()
    assert "more than its limit of 1.00 a month" in page.content.decode()


def test_the_page_of_spending_shows_bars_and_leads_to_what_spends(editor, time_machine):
    time_machine.move_to(datetime(2026, 3, 9, tzinfo=UTC), tick=False)
    task = make_task(month_cost_limit="2")
    spend("task", task.id, "1.8")
    page = editor.get("/admin/scheduling/spending/").content.decode()
    assert "90 %" in page
    assert f"/admin/scheduling/scheduledtask/{task.id}/change/" in page
    assert "?month=2026-02" in page
    assert "Nothing was spent." in page


def test_an_owners_budget_is_made_in_the_admin(editor):
    lan = make_user(username="lan")
    editor.post("/admin/scheduling/ownerbudget/add/", {"owner": lan.pk, "day_cost_limit": "0.5", "month_cost_limit": ""})  # fmt: skip
    assert lan.budget.day_cost_limit == Decimal("0.5")
    assert "0.50" in editor.get("/admin/scheduling/ownerbudget/").content.decode()


def test_the_live_preview_goes_by_the_agent_and_the_limit_of_the_form(editor):
    make_run(make_task(), status="succeeded", finished_at=timezone.now(), cost="0.10")
    sent = {
        "schedule_type": "daily", "schedule_time": "07:00", "timezone": "UTC",
        "agent": "echo", "month_cost_limit": "2.5",
    }  # fmt: skip
    path = "/admin/scheduling/scheduledtask/preview/"
    shown = editor.post(path, sent).content.decode()
    assert "about 3.00 US dollars" in shown
    assert "by the latest runs of its agent" in shown
    assert "limit of 2.50" in shown
    assert "limit of" not in editor.post(path, sent | {"month_cost_limit": "much"}).content.decode()  # fmt: skip


def test_the_page_of_a_task_says_that_its_budget_is_used_up(editor):
    task = make_task(day_cost_limit="0.5")
    page = f"/admin/scheduling/scheduledtask/{task.id}/change/"
    words = "The task&#x27;s budget of the day is used up: 0.50 of 0.50 US dollars"
    assert words not in editor.get(page).content.decode()
    spend("task", task.id, "0.5", str(day_of(timezone.now())))
    assert words in editor.get(page).content.decode()
