"""Problem documents beside the views, the OpenAPI document, health, tokens."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from config import health
from scheduling.api.tasks import TaskViewSet
from tests.factories import make_task, make_user, make_webhook
from tests.scheduling.api.conftest import TASKS


def test_an_unknown_address_is_a_problem_document(client):
    answer = client.get("/v2/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["instance"] == "/v2/nowhere"


def test_an_unknown_page_is_a_page(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_our_own_fault_is_a_problem_that_tells_nothing(as_staff, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("a secret")

    monkeypatch.setattr(TaskViewSet, "get_queryset", fail)
    as_staff.raise_request_exception = False
    answer = as_staff.get(TASKS)
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_a_database_that_is_away_is_said_so(as_staff, monkeypatch):
    def away(*_, **__):
        raise OperationalError("connection refused by db.internal")

    monkeypatch.setattr(TaskViewSet, "get_queryset", away)
    answer = as_staff.get(TASKS)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "db.internal" not in answer.content.decode()


@pytest.mark.django_db
def test_a_lost_key_is_an_error_that_names_the_field(as_staff):
    task = make_task()
    hook = make_webhook(task)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_webhook SET url = 'enc1:stolen'")
    body = {"webhooks": [{"id": hook.pk, "name": "New"}]}
    answer = as_staff.patch(f"{TASKS}{task.id}/", body)
    assert answer.status_code == 500
    assert "FIELD_ENCRYPTION_KEYS" in answer.json()["detail"]
    assert "stolen" not in answer.content.decode()


def test_health_tells_how_the_parts_are(client, db):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    parts = {"status", "database", "broker", "beat", "workers", "paused", "late_tasks", "blocked_agents"}  # fmt: skip
    assert set(answer.json()) == parts
    assert answer.json()["database"] == "ok"


def test_a_broker_that_is_away_is_no_reason_to_fail(client, db, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "down")


class NoDatabase:
    """A connection whose server is away."""

    def cursor(self):
        raise OperationalError("no route to db.internal")


def test_without_the_database_health_fails(client, monkeypatch):
    monkeypatch.setattr(health, "connection", NoDatabase())
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")
    assert "db.internal" not in answer.content.decode()


def test_the_openapi_document_has_every_path_of_the_contract(client):
    document = client.get("/v2/schema", headers={"Accept": "application/json"}).json()
    paths = document["paths"]
    assert "post" in paths["/v2/admin/scheduled-tasks/"]
    assert "post" in paths["/v2/admin/scheduled-tasks/{id}/run"]
    assert "get" in paths["/v2/admin/scheduled-tasks/{id}/runs"]
    assert "post" in paths["/v2/signal-outputs/ingest"]


def test_the_openapi_document_is_made_without_warnings():
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())


def test_the_documentation_page_needs_nothing_from_elsewhere(client):
    page = client.get("/v2/docs")
    assert page.status_code == 200
    assert "swagger-ui" in page.content.decode()
    assert "http://" not in page.content.decode().replace("http://testserver", "")
    assert "https://" not in page.content.decode()


def test_create_token_prints_a_token_that_opens_the_api(client, db):
    make_user(username="lan")
    out = StringIO()
    call_command("create_token", "lan", stdout=out)
    token = out.getvalue().strip()
    answer = client.get(TASKS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_create_token_tells_as_json_when_it_ends(db):
    make_user(username="lan")
    out = StringIO()
    call_command("create_token", "lan", "--days", "30", "--json", stdout=out)
    told = json.loads(out.getvalue())
    ends = datetime.fromisoformat(told["expires"])
    assert told["username"] == "lan"
    assert 29 <= (ends - timezone.now()).days <= 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nobody"], "nobody"), (["lan", "--days", "0"], "--days 0")],
)
def test_create_token_refuses_in_one_line(db, arguments, said):
    make_user(username="lan")
    with pytest.raises(CommandError, match=said) as caught:
        call_command("create_token", *arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
