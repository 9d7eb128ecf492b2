"""Pages by cursor stay right while rows arrive and go."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_blackout, make_run, make_task
from tests.scheduling.api.conftest import TASKS

RUNS = "/v2/admin/runs/"
pytestmark = pytest.mark.django_db


def page_through(client, address, meanwhile=lambda: None):
    """The ids of all pages in their order; `meanwhile` happens after each page."""
    ids = []
    while address:
        page = client.get(address).json()
        ids += [each["id"] for each in page["results"]]
        meanwhile()
        address = page["next"]
    return ids


def test_tasks_that_come_and_go_between_pages_leave_no_gaps_and_no_doubles(as_staff):
    agent = make_agent()
    made = [
        make_task(id=f"t-{n:02}", agent=agent, name=f"{99 - n}").id for n in range(20)
    ]
    steps = iter(range(100))

    def meanwhile():
        n = next(steps)
        make_task(id=f"a-{n:02}", agent=agent, name=f"{n}")  # before all
        ScheduledTask.objects.filter(id=f"t-{n:02}").delete()  # what was shown
        ScheduledTask.objects.filter(id="t-19").update(name=f"moved {n}")

    assert page_through(as_staff, f"{TASKS}?limit=3&cursor=", meanwhile) == made


def test_runs_of_the_same_moment_are_paged_without_gaps_and_doubles(as_staff):
    task, now = make_task(), timezone.now()
    for _ in range(11):
        make_run(task)
    Run.objects.update(created_at=now)
    ids = {str(each) for each in Run.objects.values_list("id", flat=True)}

    def meanwhile():
        make_run(task, created_at=now + timedelta(seconds=1))

    seen = page_through(as_staff, f"{RUNS}?limit=2", meanwhile)
    assert len(seen) == 11
    assert set(seen) == ids


@pytest.mark.parametrize("address", [f"{TASKS}?limit=2&cursor=", f"{RUNS}?limit=2"])
def test_the_way_back_shows_the_same_pages(as_staff, address):
    for n in range(5):
        make_run(make_task(id=f"t-{n}"))
    pages = [as_staff.get(address).json()]
    while pages[-1]["next"]:
        pages.append(as_staff.get(pages[-1]["next"]).json())
    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(as_staff.get(back[-1]["previous"]).json())
    assert [p["results"] for p in back] == [p["results"] for p in reversed(pages)]
    assert as_staff.get(back[-1]["next"]).json()["results"] == pages[1]["results"]


def test_by_offset_lists_are_counted_as_before(as_staff):
    for n in range(3):
        make_blackout(name=f"b{n}")
    page = as_staff.get("/v2/admin/blackouts/?limit=2").json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert "offset=2" in page["next"]


def test_filters_stay_on_the_way(as_staff):
    for n in range(4):
        make_task(id=f"t-{n}", active=n != 2)
    ids = page_through(as_staff, f"{TASKS}?active=true&limit=1&cursor=")
    assert ids == ["t-0", "t-1", "t-3"]


def test_versions_come_newest_first_by_cursor_too(as_staff):
    make_agent(id="spare")
    for name in "abc":
        as_staff.patch("/v2/admin/agents/spare/", {"name": name})
    page = as_staff.get("/v2/admin/agents/spare/versions?cursor=&limit=2").json()
    rest = as_staff.get(page["next"]).json()
    numbers = [each["number"] for each in (*page["results"], *rest["results"])]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) >= 3


def encoded(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize("address", [TASKS, RUNS, "/v2/admin/blackouts/", "/v2/signal-outputs/"])  # fmt: skip
@pytest.mark.parametrize(
    "cursor",
    [
        "x", "é", "====", "a" * 5000, encoded(b"\xff"), encoded(b"[" * 1000), encoded([]),
        encoded([False]), encoded([False, None]), encoded([False, "a\0"]), encoded([False, "\ud800"]),
        encoded([False, "x", "y"]), encoded({"a": 1}), encoded([False, "0001-01-01T00:00:00+14:00", "1"]),
        encoded([False, "2026-01-01", "9" * 5000]), encoded([True, 7]),
    ],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused_by_name(as_staff, address, cursor):
    answer = as_staff.get(address, {"cursor": cursor})
    assert answer.status_code == 400
    assert "cursor" in answer.json()["errors"]


def test_a_number_beyond_all_keys_ends_the_list(as_staff):
    make_blackout()
    cursor = encoded([False, "9" * 30])
    answer = as_staff.get("/v2/admin/blackouts/", {"cursor": cursor})
    assert (answer.status_code, answer.json()["results"]) == (200, [])
