"""/v2/chat-sessions/."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.models import ChatSession
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db
SESSIONS = "/v2/chat-sessions/"


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


def client_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def make_session(user, title="Morning", **fields):
    session = ChatSession.objects.create(user_id=str(user.pk), title=title, **fields)
    session.messages.create(role="user", content="Report.")
    session.messages.create(
        role="assistant",
        content="# Up",
        created_at=timezone.now() + timedelta(seconds=1),
    )
    return session


@pytest.fixture
def lan():
    return make_user(username="lan")


def titles(answer):
    return [each["title"] for each in answer.json()["results"]]


def test_people_see_their_own_sessions(lan):
    make_session(lan, "Mine")
    make_session(make_user(), "Foreign")
    assert titles(client_of(lan).get(SESSIONS)) == ["Mine"]


def test_staff_who_may_view_sessions_see_all(lan):
    make_session(lan)
    assert titles(client_of(make_member("viewers")).get(SESSIONS)) == ["Morning"]


def test_staff_without_the_permission_see_their_own_sessions(lan):
    staff = make_user(is_staff=True)
    make_session(staff, "Mine")
    make_session(lan, "Foreign")
    assert titles(client_of(staff).get(SESSIONS)) == ["Mine"]


def test_a_session_is_not_marked_as_read_by_who_may_only_look(lan):
    session = make_session(lan)
    viewer = client_of(make_member("viewers"))
    answer = viewer.post(f"{SESSIONS}{session.id}/read")
    assert answer.status_code == 403
    assert "notifications.change_chatsession" in answer.json()["detail"]
    session.refresh_from_db()
    assert session.read_at is None


def test_anothers_session_does_not_exist(lan):
    foreign = make_session(make_user())
    assert client_of(lan).get(f"{SESSIONS}{foreign.id}/").status_code == 404
    assert client_of(lan).post(f"{SESSIONS}{foreign.id}/read").status_code == 404


def test_a_session_shows_what_was_said_in_order(lan):
    shown = client_of(lan).get(f"{SESSIONS}{make_session(lan).id}/").json()
    assert [(each["role"], each["content"]) for each in shown["messages"]] == [
        ("user", "Report."), ("assistant", "# Up"),
    ]  # fmt: skip


def test_a_session_is_read_once(lan):
    path = f"{SESSIONS}{make_session(lan).id}/read"
    first = client_of(lan).post(path).json()["read_at"]
    assert first is not None
    assert client_of(lan).post(path).json()["read_at"] == first


@pytest.mark.parametrize(("unread", "found"), [("true", ["New"]), ("false", ["Old"])])
def test_sessions_are_filtered_by_whether_they_were_read(lan, unread, found):
    make_session(lan, "Old", read_at=timezone.now())
    make_session(lan, "New")
    assert titles(client_of(lan).get(f"{SESSIONS}?unread={unread}")) == found
