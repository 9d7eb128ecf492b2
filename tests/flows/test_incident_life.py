"""An incident from the first failure to the recovery notice, on a whole installation."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.flows.conftest import Installation
from tests.flows.stack import await_true

pytestmark = pytest.mark.broker
INCIDENTS = "/v2/admin/incidents/"

#: A shared webhook for alerts, as the address book makes it.
MAKE_CHANNEL = """
from notifications.models import Webhook
Webhook.objects.create(name="ops", url="{url}", format="raw", for_alerts=True)
"""


class Endpoint:
    """An agent's own endpoint that is down until somebody mends it."""

    def __init__(self, server: HTTPServer, path: str) -> None:
        self.is_well = False
        server.expect_request(path).respond_with_handler(self._answer)
        self.url = server.url_for(path)

    def _answer(self, _request: Request) -> Response:
        if self.is_well:
            return Response('{"content": "All is well."}', mimetype="application/json")
        return Response("overloaded", status=500)


class Channel:
    """What arrived at a receiver."""

    def __init__(self, server: HTTPServer, path: str) -> None:
        self.bodies: list[dict[str, Any]] = []
        server.expect_request(path).respond_with_handler(self._take)
        self.url = server.url_for(path)

    def _take(self, request: Request) -> Response:
        body = request.get_json()
        # Those that came together are told together.
        items = body["metadata"].get("items") or [body]
        self.bodies += items
        return Response(status=200)

    @property
    def news(self) -> list[tuple[str, str]]:
        """What it was told of incidents, in order."""
        return [
            (each["metadata"]["incident"]["state"], each["task_name"])
            for each in self.bodies
        ]


def run_once(installation: Installation, status: str, count: int) -> None:
    installation.post("/v2/admin/scheduled-tasks/brief/run", status=202)
    installation.await_runs("brief", status, count)


def test_an_incident_lives_from_the_first_failure_to_the_recovery_notice(
    installation: Installation, outside: HTTPServer
) -> None:
    own = f"/{installation.stack.port}"  # the outside is the same for all installations
    agent, ops = Endpoint(outside, f"{own}/agent"), Channel(outside, f"{own}/ops")
    reports = Channel(outside, f"{own}/reports")
    installation.stack.manage("shell", "-c", MAKE_CHANNEL.format(url=ops.url))
    installation.make_agent("flaky", "http", url=agent.url)
    installation.post(
        "/v2/admin/scheduled-tasks/",
        {
            "id": "brief", "name": "Morning brief", "agent_id": "flaky",
            "input_message": "Report.", "schedule_type": "cron", "cron_expression": "0 0 1 1 *",
            "max_attempts": 1, "alert_after_failures": 2,
            "webhooks": [{"name": "reports", "url": reports.url, "format": "raw"}],
        },
    )  # fmt: skip

    # The first failure is told where the task reports; it is no incident yet.
    run_once(installation, "failed", 1)
    await_true(lambda: len(reports.bodies) == 1, "the failure is reported", 30)
    assert installation.get(INCIDENTS)["results"] == []

    # The second one opens it, and the alert channel hears of it, once.
    run_once(installation, "failed", 2)
    await_true(lambda: ops.news == [("opened", "Morning brief fails")], "an alert", 30)
    run_once(installation, "failed", 3)
    (incident,) = installation.get(f"{INCIDENTS}?state=open")["results"]
    assert (incident["kind"], incident["task_id"]) == ("failing", "brief")
    assert incident["count"] == 2
    assert "The cause is the same as before." in incident["note"]
    path = f"{INCIDENTS}{incident['id']}"
    known = installation.post(f"{path}/acknowledge", status=200)
    assert known["state"] == "acknowledged"

    # It works again: that is the end, and whoever heard of the trouble hears of it.
    agent.is_well = True
    run_once(installation, "succeeded", 1)
    await_true(lambda: len(ops.news) > 1, "the recovery notice", 45)
    assert ops.news == [
        ("opened", "Morning brief fails"),
        ("resolved", "Resolved: Morning brief fails"),
    ]
    assert len({each["metadata"]["incident"]["id"] for each in ops.bodies}) == 1

    def timeline() -> list[tuple[str, str, str, str]]:
        shown = installation.get(f"{path}/")["timeline"]
        return [(e["what"], e["who"], e["news"], e["status"]) for e in shown]

    expected = [
        ("opened", "", "", ""),
        ("told", "ops", "opened", "delivered"),
        ("seen", "", "", ""),
        ("acknowledged", "admin", "", ""),
        ("told", "ops", "resolved", "delivered"),
        ("resolved", "", "", ""),
    ]
    await_true(lambda: timeline() == expected, f"{timeline()} is complete", 30)
