"""Incidents: opened once, counted on, told, acknowledged, reminded of, resolved."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from notifications import incidents, maintenance
from notifications.alert_words import in_words
from notifications.incidents import Sighting, acknowledge, open_incident, resolve, see
from notifications.models import ChatSession, Delivery, Incident
from tests.factories import make_incident, make_shared_webhook, make_user

Kind = Incident.Kind
NOW = timezone.now()


def open_one(**given: Any) -> Incident | None:
    fields = {"title": "Morning report fails", "note": "Error: 500", "now": NOW} | given
    return open_incident(Kind.FAILING, fields.pop("key", "task:a"), **fields)


def told() -> list[tuple[str, str]]:
    """What was owed to whom, oldest first."""
    rows = Delivery.objects.filter(kind="alert").order_by("created_at", "webhook_name")
    return [
        (each.webhook_name, each.payload["metadata"]["incident"]["state"])
        for each in rows
    ]


@pytest.mark.django_db
class TestOpening:
    def test_only_the_first_sighting_opens_and_is_told(self) -> None:
        make_shared_webhook(name="ops", for_alerts=True)
        make_shared_webhook(name="not for alerts")
        make_shared_webhook(name="off", for_alerts=True, active=False)

        first = open_one()
        again = open_one(note="Error: 502", now=NOW + timedelta(minutes=1))

        assert first is not None
        assert again is None
        assert told() == [("ops", "opened")]
        incident = Incident.objects.get()
        assert (incident.pk, incident.count) == (first.pk, 2)
        assert incident.note == "Error: 502"
        assert incident.opened_at == NOW
        assert incident.last_at == NOW + timedelta(minutes=1)

    def test_the_payload_says_what_since_when_and_where(self, configure: Any) -> None:
        make_shared_webhook(for_alerts=True)
        configure("NOTIFICATIONS", public_url="https://backbeat.test/")

        opened = open_one(task_id="a", note="```\n@everyone <b>x</b>\n```\x00")

        assert opened
        delivery = Delivery.objects.get()
        assert (delivery.kind, delivery.incident_id) == ("alert", opened.pk)
        assert (delivery.run_id, delivery.task_id) == (None, "a")
        payload = delivery.payload
        assert payload["task_name"] == "Morning report fails"
        assert payload["output_type"] == "alert"
        assert payload["metadata"]["status"] == "failed"
        page = f"https://backbeat.test/admin/notifications/incident/{opened.pk}/change/"
        assert payload["metadata"]["incident"]["url"] == page
        assert f"[Open the incident]({page})" in payload["content"]
        # The words of an agent stay a quotation, whatever they hold.
        assert payload["content"].startswith("````\n```\n@everyone <b>x</b>\n```\n````")
        assert "(Asia/Ho_Chi_Minh), seen once." in payload["content"]

    def test_a_resolved_one_opens_anew(self) -> None:
        first = open_one()
        resolve(Kind.FAILING, ["task:a"], now=NOW)
        second = open_one()
        assert first
        assert second
        assert first.pk != second.pk

    def test_many_are_seen_in_few_queries(
        self, django_assert_max_num_queries: Any
    ) -> None:
        make_shared_webhook(for_alerts=True)
        seen = [
            Sighting(kind=Kind.FAILING, key=f"task:{n % 40}", title=f"{n} fails")
            for n in range(50)
        ]
        with django_assert_max_num_queries(4):
            opened = see(seen, NOW)
        assert len(opened) == 40
        assert sorted(each.count for each in Incident.objects.all()) == [1] * 30 + [2] * 10  # fmt: skip
        with django_assert_max_num_queries(1):
            assert see(seen, NOW) == []

    def test_the_channels_of_the_task_come_before_those_of_the_installation(
        self,
    ) -> None:
        ours = make_shared_webhook(name="ours", for_alerts=True)
        own = make_shared_webhook(name="own")
        off = make_shared_webhook(name="off", active=False)
        open_one(key="task:own", channels=[own])
        open_one(key="task:off", channels=[off])
        assert {name for name, _ in told()} == {"own", "ours"}
        Delivery.objects.all().delete()

        # A dead webhook is not told of its own death.
        open_one(key="webhook:1", webhook=ours)
        assert told() == []

    def test_without_any_channel_the_owner_reads_of_it_in_the_inbox(self) -> None:
        seen = Sighting(
            kind=Kind.FAILING, key="task:a", title="A fails", note="500", user_id="7"
        )
        see([seen], NOW)
        ChatSession.objects.update(read_at=NOW)
        resolve(Kind.FAILING, ["task:a"], now=NOW + timedelta(hours=2))

        session = ChatSession.objects.get()
        assert (session.user_id, session.title) == ("7", "A fails")
        assert session.read_at is None
        said = [message.content for message in session.messages.all()]
        assert said[0].startswith("**A fails**\n\n```\n500\n```")
        assert "Resolved after 2 h, seen once." in said[1]


@pytest.mark.django_db
class TestGrouping:
    def test_a_lone_alert_does_not_wait_and_those_after_it_are_collected(self) -> None:
        make_shared_webhook(for_alerts=True)
        open_one(key="task:a")
        open_one(key="task:b", now=NOW + timedelta(seconds=4))
        open_one(key="task:c", now=NOW + timedelta(seconds=30))
        until = Delivery.objects.order_by("created_at").values_list("collected_until")
        assert [each for (each,) in until] == [None, NOW + timedelta(seconds=10), None]

    def test_several_at_once_are_collected_and_a_window_of_zero_collects_nothing(
        self, configure: Any
    ) -> None:
        make_shared_webhook(for_alerts=True)
        two = [Sighting(kind=Kind.LATE, key=f"task:{n}", title="late") for n in "ab"]
        see(two, NOW)
        assert not Delivery.objects.filter(collected_until=None).exists()
        Delivery.objects.all().delete()
        Incident.objects.all().delete()
        configure("NOTIFICATIONS", alert_group_seconds=0)
        see(two, NOW)
        assert Delivery.objects.filter(collected_until=None).count() == 2


@pytest.mark.django_db
class TestResolving:
    def test_whoever_was_told_of_it_is_told_of_its_end(self) -> None:
        ops = make_shared_webhook(name="ops", for_alerts=True)
        open_one()
        make_shared_webhook(name="came later", for_alerts=True)
        later = NOW + timedelta(hours=2, minutes=5)
        user = make_user()

        assert resolve(Kind.FAILING, ["task:a", "task:b"], by=user, now=later) == 1
        assert resolve(Kind.FAILING, ["task:a"]) == 0

        assert told() == [("ops", "opened"), ("ops", "resolved")]
        last = Delivery.objects.latest("created_at")
        assert last.webhook_id == ops.pk
        assert last.payload["task_name"] == "Resolved: Morning report fails"
        assert last.payload["metadata"]["status"] == "succeeded"
        assert "Resolved after 2 h 5 min, seen once." in last.payload["content"]
        incident = Incident.objects.get()
        assert (incident.resolved_at, incident.resolved_by) == (later, user)

    def test_nothing_open_costs_one_query(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            resolve(Kind.FAILING, [f"task:{n}" for n in range(50)])
        with django_assert_num_queries(0):
            resolve(Kind.FAILING, [])

    def test_one_that_was_told_to_nobody_ends_in_silence(self) -> None:
        open_one()
        make_shared_webhook(for_alerts=True)
        resolve(Kind.FAILING, ["task:a"])
        assert told() == []


@pytest.mark.django_db
class TestByTheClock:
    def test_nobody_is_reminded_of_what_somebody_acknowledged(self) -> None:
        make_shared_webhook(name="ops", for_alerts=True)
        open_one(key="task:a")
        open_one(key="task:b", now=NOW + timedelta(minutes=1))
        user = make_user()
        rows = Incident.objects.filter(key="task:b")
        assert acknowledge(rows, user=user) == 1
        assert acknowledge(rows, user=make_user()) == 0
        assert rows.get().acknowledged_by == user

        incidents.keep(NOW + timedelta(hours=23))
        assert "reminder" not in dict(told()).values()
        incidents.keep(NOW + timedelta(hours=25))
        incidents.keep(NOW + timedelta(hours=26))
        assert [state for _, state in told()].count("reminder") == 1
        last = Delivery.objects.latest("created_at")
        assert last.payload["task_name"] == "Still open: Morning report fails"

    def test_a_channel_that_came_later_hears_the_reminder(self) -> None:
        open_one()
        make_shared_webhook(name="new", for_alerts=True)
        incidents.keep(NOW + timedelta(hours=25))
        assert told() == [("new", "reminder")]

    def test_reminders_can_be_switched_off(self, configure: Any) -> None:
        make_shared_webhook(for_alerts=True)
        open_one()
        configure("NOTIFICATIONS", remind_hours=0)
        incidents.keep(NOW + timedelta(days=9))
        assert [state for _, state in told()] == ["opened"]

    def test_what_is_over_by_the_clock_is_resolved(self) -> None:
        open_one(resolves_at=NOW + timedelta(hours=1))
        incidents.keep(NOW + timedelta(minutes=59))
        assert Incident.objects.filter(resolved_at=None).exists()
        incidents.keep(NOW + timedelta(hours=1))
        assert not Incident.objects.filter(resolved_at=None).exists()

    def test_old_ones_are_pruned_once_they_are_resolved(self) -> None:
        old = NOW - timedelta(days=400)
        make_incident(opened_at=old, resolved_at=NOW)
        still_open = make_incident(opened_at=old)
        young = make_incident(resolved_at=NOW)
        assert maintenance.prune() == 1
        assert {*Incident.objects.all()} == {still_open, young}


@pytest.mark.usefixtures("shared_database")
def test_of_four_that_see_the_same_at_once_one_opens_it() -> None:
    opened, ready = [], threading.Barrier(4)

    def look() -> None:
        try:
            ready.wait()
            opened.append(open_one())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len([each for each in opened if each]) == 1
    assert Incident.objects.get().count == 4


def test_a_length_of_time_is_said_by_its_two_largest_units() -> None:
    said = [
        in_words(timedelta(seconds=seconds))
        for seconds in (-1, 0.4, 59, 3600, 7_500, 90_061)
    ]
    assert said == ["0 s", "0 s", "59 s", "1 h", "2 h 5 min", "1 d 1 h"]


@pytest.mark.django_db
def test_open_incidents_are_found_by_their_index() -> None:
    rows = Incident.objects.filter(
        resolved_at__isnull=True, kind=Kind.FAILING, key__in=["task:a"]
    )
    if connection.vendor == "sqlite":
        assert "incident_one_open_of_a_kind" in rows.order_by("kind", "key").explain()
