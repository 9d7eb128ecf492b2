"""/v2/admin/deliveries/."""

from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.models import Attempt
from tests.factories import make_delivery, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
DELIVERIES = "/v2/admin/deliveries/"


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def api():
    client = APIClient()
    client.force_authenticate(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def hook():
    return make_webhook(make_task(), name="Slack", format="slack")


def failed(hook):
    return make_delivery(
        hook,
        status="failed",
        finished_at=timezone.now(),
        error="HTTP 500",
        attempts_made=8,
    )


def test_deliveries_are_listed_newest_first_and_filtered(api, hook):
    make_delivery(hook)
    wanted = failed(hook)
    (shown,) = api.get(f"{DELIVERIES}?status=failed").json()["results"]
    assert (shown["id"], shown["webhook_name"], shown["error"]) == (
        str(wanted.id), "Slack", "HTTP 500",
    )  # fmt: skip
    assert "payload" not in shown


def test_a_delivery_shows_its_attempts_in_order(api, hook):
    delivery = failed(hook)
    for number in (1, 2):
        Attempt.objects.create(
            delivery=delivery, number=number, started_at=timezone.now(), status_code=500
        )
    shown = api.get(f"{DELIVERIES}{delivery.id}/").json()
    assert [each["number"] for each in shown["attempts"]] == [1, 2]
    assert shown["payload"]["content"] == "VN-Index +1.2 %"


def test_a_failed_delivery_is_replayed(api, hook):
    answer = api.post(f"{DELIVERIES}{failed(hook).id}/replay")
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"


def test_a_pending_delivery_is_not_replayed(api, hook):
    answer = api.post(f"{DELIVERIES}{make_delivery(hook).id}/replay")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"


def test_a_pending_delivery_is_cancelled(api, hook):
    answer = api.post(f"{DELIVERIES}{make_delivery(hook).id}/cancel")
    assert answer.json()["status"] == "cancelled"


def test_an_ended_delivery_is_not_cancelled(api, hook):
    assert api.post(f"{DELIVERIES}{failed(hook).id}/cancel").status_code == 409


@pytest.mark.parametrize("verb", ["", "replay", "cancel"])
def test_deliveries_are_for_staff(hook, verb):
    client = APIClient()
    client.force_authenticate(make_user())
    path = f"{DELIVERIES}{failed(hook).id}/{verb}"
    assert (client.post(path) if verb else client.get(path)).status_code == 403
