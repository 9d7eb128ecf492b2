"""A filtered set is replayed, by the API and by the command."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.models import Delivery
from tests.factories import make_delivery, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
REPLAY = "/v2/admin/deliveries/replay"


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
def rows():
    """Two hooks; failed: yesterday's, today's, and one of the other hook; one in doubt."""
    now = timezone.now()
    hook, other = make_webhook(make_task(id="a")), make_webhook(make_task(id="b"))
    done = {"status": "failed", "finished_at": now}
    return {
        "old": make_delivery(hook, created_at=now - timedelta(days=1), **done),
        "new": make_delivery(hook, **done),
        "other": make_delivery(other, task_id="b", **done),
        "doubt": make_delivery(hook, status="unknown", finished_at=now),
        "waits": make_delivery(hook),
    }


def replayed(rows):
    found = Delivery.objects.filter(replayed=True).values_list("id", flat=True)
    return {name for name, each in rows.items() if each.id in set(found)}


def last_hour():
    return (timezone.now() - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lambda rows: {"status": "failed"}, {"old", "new", "other"}),
        (lambda rows: {"status": "failed", "since": last_hour()}, {"new", "other"}),
        (lambda rows: {"until": last_hour()}, {"old"}),
        (lambda rows: {"task_id": "b"}, {"other"}),
        (lambda rows: {"webhook_id": rows["new"].webhook_id}, {"old", "new", "doubt"}),
        (lambda rows: {"ids": [str(rows["doubt"].id), str(rows["waits"].id)]}, {"doubt"}),
    ],
)  # fmt: skip
def test_what_matches_every_filter_is_replayed(api, rows, body, expected):
    answer = api.post(REPLAY, body(rows))
    assert answer.status_code == 202, answer.json()
    assert answer.json() == {"matching": len(expected), "replayed": len(expected)}
    assert replayed(rows) == expected


def test_a_dry_run_counts_and_replays_nothing(api, rows):
    answer = api.post(REPLAY, {"status": "failed", "dry_run": True})
    assert answer.json() == {"matching": 3, "replayed": 0}
    assert replayed(rows) == set()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Give at least one filter"),
        ({"dry_run": True}, "Give at least one filter"),
        ({"status": "failed", "webhook": 1}, "Unknown field. Known are: status, webhook_id"),
        ({"status": "pending"}, "not a valid choice"),
        ({"since": "yesterday"}, "a moment such as 2027-01-31"),
        ({"ids": []}, "may not be empty"),
    ],
)  # fmt: skip
def test_a_set_that_is_not_clear_is_refused_in_words(api, rows, body, words):
    answer = api.post(REPLAY, body)
    assert answer.status_code == 400
    assert words in json.dumps(answer.json())
    assert replayed(rows) == set()


def test_what_is_in_doubt_is_marked_as_arrived_once(api, rows):
    path = f"/v2/admin/deliveries/{rows['doubt'].id}/mark-arrived"
    assert api.post(path).json()["status"] == "delivered"
    again = api.post(path)
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")  # fmt: skip


def test_a_delivery_says_what_it_is_and_which_digest_tells_of_it(api, rows):
    digest = make_delivery(rows["new"].webhook, kind="digest")
    Delivery.objects.filter(id=rows["old"].id).update(digest=digest)
    shown = api.get(f"/v2/admin/deliveries/{digest.id}/").json()
    assert (shown["kind"], shown["members"]) == ("digest", [str(rows["old"].id)])
    found = api.get(f"/v2/admin/deliveries/?digest_id={digest.id}").json()["results"]
    assert [each["digest_id"] for each in found] == [str(digest.id)]


def test_the_command_counts_then_replays(rows, capsys):
    call_command("replay_deliveries", "--status", "failed", "--dry-run")
    call_command("replay_deliveries", "--task", "b", "--json")
    counted, _, shown = capsys.readouterr().out.partition("\n")
    assert counted == "3 would be replayed."
    assert json.loads(shown) == {"matching": 1, "replayed": 1}
    assert replayed(rows) == {"other"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give at least one filter: --status"),
        (["--since", "monday"], "--since: 'monday' is no moment"),
    ],
)
def test_the_command_refuses_in_one_line(rows, arguments, words):
    with pytest.raises(CommandError, match=words) as raised:
        call_command("replay_deliveries", *arguments)
    assert raised.value.returncode == 2
