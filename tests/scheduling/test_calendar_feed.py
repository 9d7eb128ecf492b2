"""The live feed of calendar programs: its keys, the page that makes them, and what it answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import FeedKey, ScheduledTask
from scheduling.services.feed_keys import MOST_KEYS
from tests.factories import make_member, make_task, make_user

pytestmark = pytest.mark.django_db
FEED = "/scheduler/ical"


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def person():
    return make_user(username="lan")


@pytest.fixture
def key(person):
    return services.make_feed_key(person, "Phone")[1]


def names(answer):
    assert answer.status_code == 200, answer.content
    return [str(each["SUMMARY"]) for each in Calendar.from_ical(answer.content).events]


def feed(key, **more):
    return Client().get(FEED, {"key": key, **more})


# The feed


def test_a_feed_shows_the_tasks_that_its_user_sees(person, key):
    make_task(name="Mine", owner=person)
    make_task(name="For me", target_user_id=str(person.pk))
    make_task(name="Somebody else's", owner=make_user())

    assert names(feed(key)) == ["For me", "Mine"]


def test_staff_see_all_tasks_with_links_to_their_pages(configure):
    configure("SCHEDULING", public_url="https://backbeat.example")
    _, told = services.make_feed_key(make_member("viewers"))
    make_task(id="report", owner=make_user())

    page = b"URL:https://backbeat.example/admin/scheduling/scheduledtask/report/change/"
    assert page in feed(told).content.replace(b"\r\n ", b"")


def test_who_may_not_see_the_admin_gets_no_link_to_it(person, key):
    make_task(owner=person)

    assert b"URL:" not in feed(key).content


@pytest.mark.parametrize("words", [{}, {"key": ""}, {"key": "bbf_wrong"}, {"key": "\0"}, {"key": "x" * 9000}])  # fmt: skip
def test_without_a_valid_key_there_is_nothing(person, key, words):
    answer = Client().get(FEED, words)

    assert answer.status_code == 403
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]


def test_being_signed_in_is_no_key(person):
    client = Client()
    client.force_login(person)

    assert client.get(FEED).status_code == 403


def test_the_words_of_apflow_are_understood(person, key):
    make_task(owner=person)
    asked = {"api_key": key, "user_id": str(person.pk)}

    assert len(names(Client().get(FEED, asked))) == 1
    assert Client().get(FEED, asked | {"user_id": "0"}).status_code == 403


def test_a_key_opens_nothing_else(key):
    for header in (f"Bearer {key}", f"Token {key}"):
        answer = Client().get(
            "/v2/admin/scheduled-tasks/", headers={"Authorization": header}
        )
        assert answer.status_code == 401


def test_a_revoked_key_and_one_of_somebody_who_left_are_refused(person, key):
    other = services.make_feed_key(person)[1]
    services.revoke_feed_key(services.find_feed_key(other))
    assert feed(other).status_code == 403
    assert feed(key).status_code == 200

    person.is_active = False
    person.save()
    assert feed(key).status_code == 403


def test_staff_who_may_no_longer_look_at_tasks_get_none():
    user = make_member("viewers")
    _, told = services.make_feed_key(user)
    user.groups.clear()

    assert feed(told).status_code == 403


def test_paused_tasks_come_when_they_are_asked_for(person, key):
    make_task(name="On", owner=person)
    make_task(name="Off", owner=person, active=False)

    assert names(feed(key)) == ["On"]
    assert names(feed(key, active="false")) == ["Off"]
    assert names(feed(key, active="all")) == ["Off", "On"]


def test_a_feed_of_one_type(person, key):
    make_task(name="Daily", owner=person)
    make_task(name="Hourly", owner=person, schedule_type="interval", interval_seconds=3600)  # fmt: skip

    assert names(feed(key, type="interval")) == ["Hourly"]


@pytest.mark.parametrize(
    ("words", "said"),
    [({"type": "yearly"}, b"daily, weekly"), ({"active": "perhaps"}, b"true, false, all")],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_said(key, words, said):
    answer = feed(key, **words)

    assert answer.status_code == 400
    assert said in answer.content


def test_a_feed_is_private_and_names_itself(person, key):
    answer = feed(key, name="Việc\r\nX-EVIL:1")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Calendar.from_ical(answer.content)["X-WR-CALNAME"] == "Việc X-EVIL:1"


def test_what_the_reader_has_is_not_sent_again_until_it_changes(person, key):
    task = make_task(owner=person)
    client = Client()
    etag = client.get(FEED, {"key": key})["ETag"]
    headers = {"If-None-Match": etag}

    again = client.get(FEED, {"key": key}, headers=headers)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)

    services.update_task(task, fields={"name": "Changed"}, user=person)
    assert client.get(FEED, {"key": key}, headers=headers).status_code == 200


def test_a_feed_is_only_read(key):
    assert Client().post(f"{FEED}?key={key}").status_code == 405
    assert Client().head(FEED, {"key": key}).status_code == 200
    assert feed(key).status_code == Client().get(f"{FEED}/", {"key": key}).status_code


def test_the_use_of_a_key_is_noted_once_a_minute(person, key):
    feed(key)
    first = FeedKey.objects.get().last_used_at
    feed(key)
    assert FeedKey.objects.get().last_used_at == first

    FeedKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    feed(key)
    assert FeedKey.objects.get().last_used_at >= first


def test_a_feed_asks_as_often_for_many_tasks_as_for_one(person, key):
    def queries():
        with CaptureQueriesContext(connection, ) as found:  # fmt: skip
            feed(key)
        return len(found)

    make_task(owner=person)
    feed(key)
    of_one = queries()
    for _ in range(10):
        make_task(owner=person)
    assert queries() == of_one <= 4


def test_no_key_is_logged(person, key, caplog):
    caplog.set_level(0)
    feed(key)
    feed(f"{key}x")

    assert key not in caplog.text


# The keys


def test_of_a_key_only_a_digest_is_kept(person):
    key, told = services.make_feed_key(person, "Phone")

    assert told.startswith("bbf_")
    assert told not in str(FeedKey.objects.filter(pk=key.pk).values().get())


def test_a_user_has_no_more_keys_than_the_most(person):
    for _ in range(MOST_KEYS):
        services.make_feed_key(person)

    with pytest.raises(Conflict, match="revoke one first"):
        services.make_feed_key(person)


# The page


@pytest.fixture
def client(person):
    client = Client()
    client.force_login(person)
    return client


def test_the_account_page_leads_to_the_feed(client):
    assert reverse("calendar-feed").encode() in client.get(reverse("account")).content


def test_a_key_is_made_on_the_page_and_its_address_told_once(client, person):
    ScheduledTask.objects.all().delete()
    make_task(name="Mine", owner=person)

    answer = client.post(reverse("calendar-feed"), {"name": "Phone <b>"})

    address = answer.context["address"]
    assert address.startswith("http://testserver/scheduler/ical?key=bbf_")
    assert "no-store" in answer["Cache-Control"]
    assert "Phone &lt;b&gt;" in answer.text
    assert names(Client().get(address)) == ["Mine"]
    assert address.partition("=")[2] not in client.get(reverse("calendar-feed")).text


def test_a_key_is_revoked_on_the_page(client, person, key):
    row = FeedKey.objects.get()

    answer = client.post(reverse("calendar-feed"), {"revoke": row.pk}, follow=True)

    assert "Revoked" in answer.text
    assert feed(key).status_code == 403


def test_nobody_revokes_the_key_of_somebody_else(client):
    services.make_feed_key(make_user())
    row = FeedKey.objects.get()

    for number in (row.pk, "x", "9" * 30, "-1"):
        client.post(reverse("calendar-feed"), {"revoke": number})

    assert FeedKey.objects.count() == 1


def test_one_key_too_many_is_said_on_the_page(client, person):
    for _ in range(MOST_KEYS):
        services.make_feed_key(person)

    answer = client.post(reverse("calendar-feed"), {"name": ""})

    assert "revoke one first" in answer.text


def test_a_name_that_is_too_long_is_said_on_the_page(client):
    answer = client.post(reverse("calendar-feed"), {"name": "x" * 61})

    assert "at most 60" in answer.text
    assert FeedKey.objects.count() == 0
