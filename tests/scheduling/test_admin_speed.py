"""Lists cost the same however many tasks and runs there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.lists_rows import BUSY, RARE, fill
from scheduling import history
from scheduling.models import Agent, Run, ScheduledTask
from tests.factories import make_member

pytestmark = pytest.mark.django_db
RUNS = "/admin/scheduling/run/"
PAGES = {
    RUNS: "run_latest",
    f"{RUNS}?p=2": "run_latest",
    f"{RUNS}?task__id__exact={BUSY}": "run_of_task",
    f"{RUNS}?task_ref={BUSY}": "run_of_ref",
    f"{RUNS}?status__exact=failed": "run_of_status",
    f"{RUNS}?status__exact=queued": "run_of_status",
    f"{RUNS}?reason=overlap": "run_of_status",
    f"{RUNS}?trigger__exact=manual": "run_of_trigger",
    f"{RUNS}?agent__id__exact={RARE}": "run_of_agent",
}


@pytest.fixture
def viewer() -> Client:
    client = Client()
    client.force_login(make_member("viewers"))
    return client


def asked(client: Client, url: str) -> list[str]:
    """The queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [each["sql"] for each in queries]


@pytest.mark.parametrize("url", [*PAGES, "/admin/scheduling/scheduledtask/"])
def test_a_list_asks_as_many_questions_of_many_rows_as_of_few(viewer, url):
    fill(20, 300)
    few = len(asked(viewer, url))
    for model in (Run, ScheduledTask, Agent):
        model.objects.all().delete()
    fill(200, 1500)
    assert len(asked(viewer, url)) == few


@pytest.mark.parametrize(("url", "index"), PAGES.items())
def test_a_page_of_history_is_read_from_an_index(viewer, url, index):
    fill(50, 3000)
    (page,) = (
        sql
        for sql in asked(viewer, url)
        if "input_tokens" in sql and f"LIMIT {history.STRIP}" not in sql
    )
    assert index in plan_of(page)


def plan_of(sql: str) -> str:
    """The database's plan, without sequential scans where it has the choice."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE scheduling_run")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan: list[Any] = cursor.fetchall()
    return "\n".join(str(row) for row in plan)
