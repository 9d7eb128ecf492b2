"""ETags: nobody undoes what somebody else has edited meanwhile."""

from __future__ import annotations

import pytest
from django.utils import timezone

from notifications.models import Webhook
from scheduling.models import Agent, Blackout, Calendar, EventTrigger, ScheduledTask
from tests.factories import (
    make_agent,
    make_blackout,
    make_run,
    make_shared_webhook,
    make_task,
    make_user,
)
from tests.scheduling.api.conftest import TASKS, client_of
from tests.threads import at_once


def a_task() -> tuple[str, type]:
    return f"{TASKS}{make_task(id='report').id}/", ScheduledTask


def an_agent() -> tuple[str, type]:
    return f"/v2/admin/agents/{make_agent(id='spare').id}/", Agent


def a_webhook() -> tuple[str, type]:
    return f"/v2/admin/webhooks/{make_shared_webhook(name='Team').pk}/", Webhook


def a_calendar() -> tuple[str, type]:
    Calendar.objects.create(id="office", name="Office")
    return "/v2/admin/calendars/office/", Calendar


def a_blackout() -> tuple[str, type]:
    return f"/v2/admin/blackouts/{make_blackout().pk}/", Blackout


def a_trigger() -> tuple[str, type]:
    trigger = EventTrigger.objects.create(task=make_task(), event_type="price.moved")
    return f"{TASKS}{trigger.task_id}/event-triggers/{trigger.pk}", EventTrigger


EVERYTHING = (a_task, an_agent, a_webhook, a_calendar, a_blackout, a_trigger)
pytestmark = pytest.mark.django_db
of_everything = pytest.mark.parametrize("make", EVERYTHING)


def change_of(make, text):
    return {"event_type" if make is a_trigger else "name": text}


@of_everything
def test_an_edit_of_what_was_read_succeeds_and_has_the_next_tag(as_staff, make):
    address, _ = make()
    read = as_staff.get(address)["ETag"]
    answer = as_staff.patch(address, change_of(make, "one"), headers={"If-Match": read})
    assert answer.status_code == 200, answer.json()
    assert answer["ETag"] != read
    assert as_staff.get(address)["ETag"].split(".")[0] == answer["ETag"].split(".")[0]


@of_everything
@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_an_edit_of_what_was_changed_meanwhile_is_refused(as_staff, make, verb):
    address, model = make()
    read = as_staff.get(address)["ETag"]
    as_staff.patch(address, change_of(make, "first"))
    body = None if verb == "delete" else change_of(make, "second")
    if verb == "put":
        shown = as_staff.get(address).json()
        body = shown | body if make is a_task else body
        if make is an_agent:
            body |= {"id": "spare", "backend": "echo"}
        if make is a_webhook:
            body |= {"url": shown["url"], "format": shown["format"]}
    answer = getattr(as_staff, verb)(address, body, headers={"If-Match": read})
    assert answer.status_code == 412, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    now = as_staff.get(address)
    assert now["ETag"].strip('"').split(".")[0] in answer.json()["detail"]
    assert "first" in str(now.json())
    assert model.objects.count() == 1


@of_everything
def test_deleting_what_was_read_succeeds(as_staff, make):
    address, _ = make()
    read = as_staff.get(address)["ETag"]
    assert as_staff.delete(address, headers={"If-Match": read}).status_code in (
        200,
        204,
    )


@of_everything
def test_what_has_not_changed_is_not_sent_again(as_staff, make):
    address, _ = make()
    read = as_staff.get(address)["ETag"]
    again = as_staff.get(address, headers={"If-None-Match": f'"other", {read}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", read)
    as_staff.patch(address, change_of(make, "new"))
    assert as_staff.get(address, headers={"If-None-Match": read}).status_code == 200


def test_what_moves_by_itself_is_sent_again_and_is_no_lost_update(as_staff):
    address, _ = a_task()
    read = as_staff.get(address)["ETag"]
    ScheduledTask.objects.update(last_status="failed", last_run_at=timezone.now())
    assert as_staff.get(address, headers={"If-None-Match": read}).status_code == 200
    answer = as_staff.patch(address, {"name": "x"}, headers={"If-Match": read})
    assert answer.status_code == 200


def test_a_star_and_a_tag_that_a_proxy_made_weak_match(as_staff):
    address, _ = a_task()
    read = as_staff.get(address)["ETag"]
    for tag in ("*", f"W/{read}", f'"x", {read}'):
        answer = as_staff.patch(address, {"active": True}, headers={"If-Match": tag})
        assert answer.status_code == 200
    assert as_staff.get(address, headers={"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize("tag", ["7", '"7', "", "**", '"1" "2"', 'w/"7"'])
def test_what_is_no_tag_is_refused(as_staff, tag):
    address, _ = a_task()
    answer = as_staff.patch(address, {"name": "x"}, headers={"If-Match": tag})
    assert answer.status_code == 400
    assert "If-Match" in answer.json()["detail"]
    assert as_staff.get(address, headers={"If-None-Match": tag}).status_code == 400


def test_a_pause_is_an_edit(as_staff):
    address, _ = a_task()
    read = as_staff.get(address)["ETag"]
    as_staff.post(f"{address}pause", {})
    answer = as_staff.patch(address, {"name": "x"}, headers={"If-Match": read})
    assert answer.status_code == 412


def test_what_is_deleted_under_a_condition_keeps_its_runs(as_staff):
    address, _ = a_task()
    make_run(ScheduledTask.objects.get())
    read = as_staff.get(address)["ETag"]
    assert as_staff.delete(address, headers={"If-Match": read}).status_code == 204
    assert as_staff.get("/v2/admin/runs/").json()["results"]


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize("make", [a_task, an_agent, a_calendar, a_trigger])
def test_of_two_editors_at_once_one_wins(make):
    boss = make_user(is_staff=True, is_superuser=True)
    address, model = make()
    read = client_of(boss).get(address)["ETag"]
    names = iter("abcdefgh")

    def edit() -> int:
        body = change_of(make, next(names))
        return (
            client_of(boss).patch(address, body, headers={"If-Match": read}).status_code
        )

    assert sorted(at_once(edit, 6)) == [200, *[412] * 5]
    assert model.objects.count() == 1
