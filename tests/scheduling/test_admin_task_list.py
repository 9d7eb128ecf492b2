"""The list of tasks, as its page comes to a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Calendar, ScheduledTask, Tag
from tests.factories import make_agent, make_task, make_user

pytestmark = pytest.mark.django_db
LIST = reverse("admin:scheduling_scheduledtask_changelist")


def body_of(client: Any, query: str = "") -> str:
    answer = client.get(f"{LIST}{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def listed(client: Any, query: str = "") -> list[str]:
    """The ids of the tasks on the page, in its order."""
    return re.findall(
        r'name="_selected_action"[^>]*value="([^"]+)"', body_of(client, query)
    )


def sign_in(client: Any, *permissions: str) -> Any:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return user


# -- what a row says


def test_a_row_tells_the_schedule_in_words_and_the_expression_on_hover(admin_client):
    make_task(schedule_type="cron", cron_expression="0 7 * * 1-5")
    body = body_of(admin_client)
    assert "every weekday Mon–Fri at 07:00" in body
    assert 'title="cron 0 7 * * 1-5"' in body


def test_the_words_are_in_the_readers_language(admin_client):
    make_task()
    admin_client.cookies["django_language"] = "vi"
    assert "mỗi ngày lúc 07:00" in body_of(admin_client)


def test_the_next_run_is_told_in_the_tasks_zone(admin_client):
    instant = timezone.now().replace(microsecond=0) + timedelta(days=2)
    make_task(next_run_at=instant, timezone="America/New_York")
    body = body_of(admin_client)
    assert f'datetime="{instant.isoformat()}"' in body
    assert "America/New_York" in body
    assert "2\xa0days from now" in body or "1\xa0day" in body


def test_the_last_result_is_told_with_its_time(admin_client):
    make_task(last_status="failed", last_run_at=timezone.now() - timedelta(hours=2))
    body = body_of(admin_client)
    assert "Failed" in body
    assert "2\xa0hours ago" in body


STATES: dict[str, dict[str, Any]] = {
    "active": {"next_run_at": timedelta(hours=1)},
    "paused": {"active": False},
    "late": {"next_run_at": -timedelta(seconds=90)},
    "set_aside": {"schedule_error": "The zone is unknown."},
}


@pytest.fixture
def one_of_each_state():
    for state, fields in STATES.items():
        planned = fields.get("next_run_at")
        moment = {"next_run_at": timezone.now() + planned} if planned else {}
        make_task(id=state, **(fields | moment))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("active", "Active"),
        ("paused", "Paused"),
        ("late", "Late"),
        ("set_aside", "Set aside"),
    ],
)
def test_the_state_is_told_by_a_word_and_can_be_filtered_by(
    admin_client, one_of_each_state, state, words
):
    assert listed(admin_client, f"?state={state}") == [state]
    cell = re.search(
        rf'id="state-{state}".*?</span>\s*</span>', body_of(admin_client), re.DOTALL
    )
    assert cell
    assert words in cell[0]
    assert "material-symbols-outlined" in cell[0]


def test_a_minute_is_not_late_yet(admin_client):
    make_task(next_run_at=timezone.now() - timedelta(seconds=30))
    assert listed(admin_client, "?state=late") == []


def test_why_a_task_was_set_aside_is_told_on_hover(admin_client, one_of_each_state):
    assert 'title="The zone is unknown."' in body_of(admin_client)


def test_untrusted_names_stay_text(admin_client):
    tag = Tag.objects.create(name="<b>tag</b>")
    agent = make_agent(name="<i>agent</i>")
    evil = "<script>alert(1)</script>"
    make_task(name=evil, agent=agent, schedule_error=evil).tags.add(tag)
    body = body_of(admin_client)
    for text in (evil, "<b>tag</b>", "<i>agent</i>"):
        assert text not in body


# -- search, filters, order


def test_tasks_are_found_by_id_name_tag_and_prompt(admin_client):
    tag = Tag.objects.create(name="finance")
    make_task(id="by-id")
    make_task(id="b", name="Closing prices")
    make_task(id="c").tags.add(tag)
    make_task(id="d", input_message="Summarise the weather.")
    found = {text: listed(admin_client, f"?q={text}") for text in ("by-id", "closing", "finance", "weather")}  # fmt: skip
    assert found == {
        "by-id": ["by-id"],
        "closing": ["b"],
        "finance": ["c"],
        "weather": ["d"],
    }


def test_the_filters_narrow_the_list(admin_client, admin_user):
    tag = Tag.objects.create(name="finance")
    other = make_agent(id="other", name="Other")
    task = make_task(id="wanted", agent=other, owner=admin_user, last_status="failed", schedule_type="interval", interval_seconds=60)  # fmt: skip
    task.tags.add(tag)
    make_task(id="unwanted")
    for query in (
        "agent__id__exact=other",
        f"owner__id__exact={admin_user.pk}",
        f"tags__id__exact={tag.pk}",
        "schedule_type__exact=interval",
        "last_status=failed",
    ):
        assert listed(admin_client, f"?{query}") == ["wanted"], query


def test_a_thousand_agents_and_owners_are_not_rendered_as_options(admin_client):
    for number in range(5):
        make_agent(id=f"agent-{number}", name=f"Idle agent {number}")
    make_task()
    assert "Idle agent" not in body_of(admin_client)


def test_who_may_not_look_at_users_is_not_offered_the_filter_of_owners(client):
    sign_in(client, "view_scheduledtask")
    make_task()
    assert "owner__id__exact" not in body_of(client)


@pytest.mark.parametrize(
    ("column", "first"), [("next_run", "soon"), ("last_result", "never")]
)
def test_the_list_is_sorted_by_time(admin_client, column, first):
    now = timezone.now()
    make_task(id="later", name="b", next_run_at=now + timedelta(days=1), last_run_at=now)  # fmt: skip
    make_task(id="soon", name="c", next_run_at=now + timedelta(hours=1), last_run_at=now - timedelta(days=1))  # fmt: skip
    make_task(id="never", name="a")
    answer = admin_client.get(LIST)
    place = answer.context["cl"].list_display.index(column)
    assert listed(admin_client, f"?o={place}")[0] == first
    assert listed(admin_client, f"?o={place}")[1:] != listed(admin_client)[1:]


# -- speed


def queries(client: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        body_of(client)
    said = " ".join(query["sql"] for query in asked.captured_queries)
    for column in ("input_message", "state", "system_prompt_override", "credentials"):
        assert f'task"."{column}"' not in said
        assert f'agent"."{column}"' not in said
    return len(asked.captured_queries)


def test_the_number_of_queries_does_not_grow_with_the_rows(admin_client):
    calendar = Calendar.objects.create(id="work", name="Work")

    def add(count: int, start: int) -> None:
        for number in range(start, start + count):
            agent = make_agent(id=f"agent-{number}")
            owner = make_user()
            task = make_task(agent=agent, owner=owner, calendar=calendar)
            task.tags.add(Tag.objects.create(name=f"tag-{number}"))

    add(2, 0)
    few = queries(admin_client)
    add(30, 2)
    assert queries(admin_client) == few <= 12


# -- an empty list


def test_without_agents_the_empty_list_leads_to_adding_one(admin_client):
    assert reverse("admin:scheduling_agent_add") in body_of(admin_client)


def test_with_an_agent_the_empty_list_leads_to_adding_a_task(admin_client):
    make_agent()
    assert "Add a task" in body_of(admin_client)


def test_a_filter_that_finds_nothing_says_so(admin_client):
    make_task()
    assert "No task matches" in body_of(admin_client, "?q=nothing-like-it")


def test_a_viewer_of_an_empty_list_is_not_told_to_add(client):
    sign_in(client, "view_scheduledtask")
    body = body_of(client)
    assert "An editor can add the first one." in body
    assert reverse("admin:scheduling_agent_add") not in body


# -- tags


def test_the_list_of_tags_counts_their_tasks(admin_client):
    tag = Tag.objects.create(name="finance")
    make_task().tags.add(tag)
    body = admin_client.get(reverse("admin:scheduling_tag_changelist")).content.decode()
    assert f'?tags__id__exact={tag.pk}">1</a>' in body


def test_a_spoiled_schedule_is_named_in_its_row(admin_client):
    make_task()
    ScheduledTask.objects.update(timezone="Mars/Olympus")
    assert "Mars/Olympus" in body_of(admin_client)
