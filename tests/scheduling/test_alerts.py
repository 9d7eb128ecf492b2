"""What of runs and events is an incident: which opens one, who is told, and when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications import incidents
from notifications.models import ChatSession, Delivery, Incident
from scheduling import alerts, events, maintenance, services
from scheduling.lifecycle import finish
from scheduling.models import Approval, Event, Run, ScheduledTask
from tests.factories import (
    make_agent,
    make_approval,
    make_shared_webhook,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.test_run_lifecycle import make, outcome

pytestmark = pytest.mark.django_db
Kind = Event.Kind


def task_with_webhook(**fields: Any) -> ScheduledTask:
    """A task whose failures are told, so that only a streak of them is an incident."""
    task = make_task(**fields)
    make_webhook(task)
    return task


def end(status: str, task: ScheduledTask, **fields: Any) -> Run:
    run = make("running", task)
    finish([outcome(run, status, **fields)])
    task.refresh_from_db()
    return run


def open_kinds() -> list[tuple[str, str]]:
    found = Incident.objects.filter(resolved_at=None).order_by("kind", "key")
    return list(found.values_list("kind", "key"))


def told() -> list[str]:
    rows = Delivery.objects.filter(kind="alert").order_by("created_at", "id")
    return [each.payload["task_name"] for each in rows]


class TestFailures:
    def test_so_many_failures_in_a_row_are_one_incident_until_the_next_success(
        self,
    ) -> None:
        make_shared_webhook(for_alerts=True)
        task = task_with_webhook(alert_after_failures=3)
        end("failed", task)
        end("failed", task)
        assert open_kinds() == []
        end("failed", task, error="HTTP 500 at 0x7fdeadbeef01")
        assert open_kinds() == [("failing", f"task:{task.id}")]
        end("failed", task, error="HTTP 502 at 0x7fdeadbeef02")

        incident = Incident.objects.get()
        assert incident.count == 2
        assert incident.note == (
            "Error: HTTP 502 at 0x7fdeadbeef02\n4 failures in a row.\n"
            "The cause is the same as before."
        )
        end("failed", task, error="No such model")
        incident.refresh_from_db()
        assert "The cause is another one than before." in incident.note
        assert told() == ["Morning report fails"]

        end("succeeded", task, output="ok")
        assert open_kinds() == []
        assert told() == ["Morning report fails", "Resolved: Morning report fails"]
        end("failed", task)
        assert open_kinds() == []

    def test_a_failure_that_nobody_is_told_of_is_an_incident_at_once(self) -> None:
        task = make_task(owner=make_user())
        make_webhook(task, notify_on="success")
        run = end("failed", task)
        incident = Incident.objects.get()
        assert (incident.run_id, incident.task_id) == (run.id, task.id)
        assert "No webhook and no inbox was told of this failure." in incident.note
        # There is no alert channel: its owner reads of it.
        session = ChatSession.objects.get()
        assert (session.user_id, session.task_id) == (str(task.owner_id), task.id)

    def test_one_whose_streak_was_told_is_not_untold(self) -> None:
        task = make_task()
        make_webhook(task, notify_on="failure", first_of_streak=True)
        end("failed", task)
        end("failed", task)
        assert open_kinds() == []

    def test_a_pause_after_failures_is_told_and_keeps_it_open(self) -> None:
        task = task_with_webhook(pause_after_failures=2, alert_after_failures=3)
        end("failed", task)
        end("failed", task)
        assert not task.active
        note = Incident.objects.get().note
        assert "The task is paused: 2 failures in a row." in note

    def test_the_task_has_an_alert_channel_of_its_own(self) -> None:
        make_shared_webhook(name="ours", for_alerts=True)
        own = make_shared_webhook(name="own")
        end("failed", make_task(alert_webhook=own))
        assert Delivery.objects.get(kind="alert").webhook_id == own.pk

    def test_successes_cost_one_query_and_failures_few_however_many(
        self, django_assert_num_queries: Any, django_assert_max_num_queries: Any
    ) -> None:
        make_shared_webhook(for_alerts=True)
        now = timezone.now()
        well = [make("succeeded") for _ in range(5)]
        with django_assert_num_queries(1):
            alerts.follow(well, untold=[], now=now)
        failed = [make("failed", error="boom") for _ in range(5)]
        with django_assert_max_num_queries(6):
            alerts.follow(failed, untold={run.id for run in failed}, now=now)
        assert len(open_kinds()) == 5
        with django_assert_max_num_queries(3):
            alerts.follow(failed, untold=[], now=now)
        again = [make("succeeded", run.task) for run in failed]
        with django_assert_max_num_queries(8):
            alerts.follow(again, untold=[], now=now)
        assert open_kinds() == []


class TestEvents:
    def test_late_opens_and_back_in_time_resolves(self) -> None:
        task = make_task()
        now = timezone.now()
        late = events.about(task, Kind.LATE, slot=now, note="It was due at 07:00.")
        overdue = events.about(task, Kind.OVERDUE, slot=now)
        events.record([late, overdue])
        assert open_kinds() == [("late", f"task:{task.id}")]
        incident = Incident.objects.get()
        assert (incident.count, incident.note) == (2, "It was due at 07:00.")
        events.record([events.about(task, Kind.ON_TIME, note="Since 07:00.")])
        incident.refresh_from_db()
        assert incident.resolved_at is not None
        assert incident.note == "It was due at 07:00.\n\nSince 07:00."

    def test_a_blocked_agent_is_one_incident_whatever_its_tasks(self) -> None:
        tasks = [make_task(), make_task()]
        events.record(
            Event(kind="blocked", task=each, task_ref=each.id, data={"agent": "echo"})
            for each in tasks
        )
        assert open_kinds() == [("blocked", "agent:echo")]
        assert Incident.objects.get().task_id == ""
        events.record([Event(kind="unblocked", data={"agent": "echo"})])
        assert open_kinds() == []

    def test_a_budget_is_over_with_its_period(self) -> None:
        task = make_task(name="Brief")
        ends = timezone.now() + timedelta(hours=3)
        data = {"scope": "task", "ref": task.id, "period": "day", "ends": ends.isoformat()}  # fmt: skip
        events.record([events.about(task, Kind.BUDGET, data=data)])
        assert open_kinds() == [("budget", f"task:{task.id}:day")]
        incident = Incident.objects.get()
        assert (incident.title, incident.resolves_at) == ("The budget of Brief is used up", ends)  # fmt: skip
        incidents.keep(ends)
        assert open_kinds() == []

    def test_the_budget_of_an_agent_is_nobodys_task(self) -> None:
        data = {"scope": "agent", "ref": "echo", "period": "month"}
        events.record([events.about(make_task(), Kind.BUDGET, data=data)])
        incident = Incident.objects.get()
        assert (incident.key, incident.task_id) == ("agent:echo:month", "")
        assert incident.title == "The budget of the agent echo is used up"

    def test_a_silent_beat_concerns_the_installation(self) -> None:
        events.record([Event(kind="beat_silent", slot=timezone.now())])
        assert open_kinds() == [("beat_silent", "installation")]
        events.record([Event(kind="beat_back", slot=timezone.now())])
        assert open_kinds() == []

    def test_what_is_no_trouble_opens_nothing_and_asks_nothing(
        self, django_assert_num_queries: Any
    ) -> None:
        task = make_task()
        with django_assert_num_queries(0):
            alerts.heed([events.about(task, Kind.RESUMED)], timezone.now())
        assert open_kinds() == []

    def test_every_kind_of_event_is_decided_upon(self) -> None:
        no_incident = {
            "missed", "paused", "resumed", "blackout", "lifted", "refused", "expired", "loop",
        }  # fmt: skip
        known = {*map(str, alerts.OPENS), *map(str, alerts.RESOLVES)}
        assert known | no_incident == {*Event.Kind.values}
        assert not known & no_incident


class TestApproval:
    def test_an_output_that_waits_is_an_incident_until_somebody_decides(self) -> None:
        task = make_task(needs_approval=True)
        run = end("succeeded", task, output="Draft.")
        assert open_kinds() == [("approval", f"run:{run.id}")]
        user = make_user()
        services.approve(run.id, user=user)
        incident = Incident.objects.get()
        assert incident.resolved_at is not None
        assert incident.resolved_by == user
        assert Approval.objects.get().decided_by == user


class TestTidying:
    def test_what_the_rows_say_is_over_is_resolved_with_the_next_look(self) -> None:
        task = make_task(schedule_error="cron", late_since=timezone.now())
        agent = make_agent(id="bad", blocked_at=timezone.now())
        waiting = make_approval(task).run
        for event in (
            events.about(task, Kind.LATE),
            events.about(task, Kind.SET_ASIDE),
            Event(kind="blocked", data={"agent": agent.pk}),
            events.about(task, Kind.APPROVAL, run=waiting),
        ):
            events.record([event])
        end("failed", task)
        assert alerts.tidy(timezone.now()) == 0
        assert len(open_kinds()) == 5

        task.schedule_error = ""
        task.save()
        agent.blocked_at = None
        agent.save()
        Run.objects.filter(pk=waiting.pk).update(approval="approved")
        maintenance.keep_house()
        assert [kind for kind, _ in open_kinds()] == ["failing", "late"]
        task.delete()
        assert alerts.tidy(timezone.now()) == 2

    def test_nothing_to_tidy_costs_one_query(
        self, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            alerts.tidy(timezone.now())
