"""Where webhooks may lead is narrower for people who are not of the staff."""

from __future__ import annotations

import pytest

from scheduling import services
from scheduling.models import ScheduledTask, TaskWebhook
from tests.factories import make_task, make_webhook
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]

DAILY = {
    "name": "Morning", "agent_id": "simplize", "input_message": "Report.",
    "schedule_type": "daily", "schedule_time": "07:00",
}  # fmt: skip
APPRISE = {"format": "apprise", "url": "ntfy://topic"}


@pytest.fixture(autouse=True)
def _apprise_is_on(configure):
    configure("NOTIFICATIONS", apprise=True)


pytestmark.append(pytest.mark.filterwarnings("ignore::DeprecationWarning"))


@pytest.fixture
def own(person) -> ScheduledTask:
    return make_task(id="own", owner=person)


def made(user, *webhooks):
    return client_of(user).post(TASKS, DAILY | {"webhooks": list(webhooks)})


def test_one_writes_into_the_own_inbox_only(person):
    assert (
        made(person, {"format": "chat", "chat_id": str(person.pk)}).status_code == 201
    )
    assert made(person, {"format": "chat"}).status_code == 201
    refused = made(person, {"format": "raw", "url": "https://8.8.8.8/"}, {"format": "chat", "chat_id": "777"})  # fmt: skip
    assert refused.status_code == 400
    assert (
        "other people's inboxes" in refused.json()["errors"]["webhooks[1].chat_id"][0]
    )


def test_apprise_is_for_staff(person, staff):
    refused = made(person, APPRISE)
    assert refused.status_code == 400
    assert "only staff" in refused.json()["errors"]["webhooks[0].format"][0]
    assert made(staff, APPRISE).status_code == 201


def test_staff_writes_into_every_inbox(staff):
    assert made(staff, {"format": "chat", "chat_id": "777"}).status_code == 201


def test_what_staff_has_set_stays_unless_it_leads_elsewhere(own, person):
    chat = make_webhook(own, format="chat", url="", chat_id="777")
    apprise = make_webhook(own, **APPRISE)
    entries = [{"id": chat.pk, "name": "new name"}, {"id": apprise.pk}]
    services.update_task(own, fields={}, webhooks=entries, user=person)
    assert TaskWebhook.objects.get(pk=chat.pk).name == "new name"
    for moved in ({"id": chat.pk, "chat_id": "778"}, {"id": apprise.pk, "url": "ntfy://other"}):  # fmt: skip
        client = client_of(person)
        answer = client.patch(f"{TASKS}own/", {"webhooks": [moved]})
        assert answer.status_code == 400, answer.content


def test_a_chat_id_of_another_format_does_not_become_an_inbox(own, person):
    telegram = make_webhook(own, format="telegram", chat_id="777", url="https://8.8.8.8/")  # fmt: skip
    moved = {"id": telegram.pk, "format": "chat"}
    answer = client_of(person).patch(f"{TASKS}own/", {"webhooks": [moved]})
    assert "webhooks[0].chat_id" in answer.json()["errors"]


def test_mail_goes_to_oneself_only(person, staff):
    person.email = "me@example.org"
    person.save()
    assert made(person, {"format": "email", "url": "mailto:Me@example.org"}).status_code == 201  # fmt: skip
    for url in ("mailto:you@example.org", "mailto:me@example.org,you@example.org"):
        refused = made(person, {"format": "email", "url": url})
        assert refused.status_code == 400
        assert "send mail to others" in refused.json()["errors"]["webhooks[0].url"][0]
    assert made(staff, {"format": "email", "url": "mailto:you@example.org"}).status_code == 201  # fmt: skip
