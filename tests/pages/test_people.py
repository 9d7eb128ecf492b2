"""Users, groups and API tokens in the admin."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from pages.tokens import make_token
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db
TOKENS = "/admin/knox/authtoken/"
USERS = "/admin/auth/user/"


@pytest.fixture(autouse=True)
def static_folder(settings, tmp_path):
    """WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def root():
    return make_user(username="root", is_staff=True, is_superuser=True)


@pytest.fixture
def as_root(root):
    return client_of(root)


@pytest.fixture
def viewer():
    return make_member("viewers", username="vy")


@pytest.fixture
def clerk():
    """A viewer who may also change users, and is no superuser."""
    user = make_member("viewers", username="clerk")
    wanted = ["add_user", "change_user", "delete_user", "view_user", "change_group"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user


def text_of(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def token_in(answer):
    """The token on the page that shows it once."""
    found = re.search(r'id="token"[^>]*>([0-9a-f]{64})<', text_of(answer))
    assert found, answer.content
    return found[1]


# Users


def test_the_list_of_users_names_their_groups(as_root, viewer):
    assert "viewers" in text_of(as_root.get(USERS))


def test_the_list_of_users_costs_the_same_however_long(
    as_root, django_assert_max_num_queries
):
    for _ in range(5):
        make_member("viewers")
    with django_assert_max_num_queries(12) as few:
        as_root.get(USERS)
    for _ in range(20):
        make_member("viewers")
    with django_assert_max_num_queries(len(few)):
        as_root.get(USERS)


def test_a_users_page_says_what_groups_mean(as_root, viewer):
    said = text_of(as_root.get(f"{USERS}{viewer.pk}/change/"))
    assert "Staff in no group can do nothing here" in said


def changed(user, **fields):
    """The user's form with these fields changed."""
    return {
        "username": user.username, "first_name": "", "last_name": "", "email": "",
        "is_active": "on",
    } | fields  # fmt: skip


@pytest.mark.parametrize("field", ["is_superuser", "is_staff", "groups"])
def test_nobody_but_a_superuser_gives_rank(clerk, field):
    other = make_user(username="lan")
    given = Group.objects.get(name="editors").pk if field == "groups" else "on"
    for user in (clerk, other):
        before = (user.is_superuser, user.is_staff, list(user.groups.all()))
        answer = client_of(clerk).post(
            f"{USERS}{user.pk}/change/", changed(user, **{field: given}, email="a@b.vn")
        )
        assert answer.status_code == 302, answer.content
        user.refresh_from_db()
        assert user.email == "a@b.vn"
        assert (user.is_superuser, user.is_staff, list(user.groups.all())) == before


@pytest.mark.parametrize("path", ["change/", "password/", "delete/"])
@pytest.mark.parametrize("greater", ["superuser", "editor", "switched off"])
def test_nobody_changes_somebody_who_may_more(clerk, greater, path):
    if greater == "superuser":
        other = make_user(is_staff=True, is_superuser=True)
    else:
        other = make_member("editors", is_active=greater == "editor")
    answer = client_of(clerk).post(
        f"{USERS}{other.pk}/{path}", changed(other) | {"post": "yes"}
    )
    assert answer.status_code == 403
    other.refresh_from_db()


def test_a_superuser_gives_rank(as_root):
    user = make_user(username="lan")
    editors = Group.objects.get(name="editors")
    fields = changed(user, is_staff="on", groups=editors.pk)
    assert as_root.post(f"{USERS}{user.pk}/change/", fields).status_code == 302
    user.refresh_from_db()
    assert user.has_perm("scheduling.change_agent")


def test_nobody_but_a_superuser_fills_a_group(clerk):
    viewers = Group.objects.get(name="viewers")
    path = reverse("admin:auth_group_change", args=[viewers.pk])
    assert client_of(clerk).post(path, {"name": "viewers"}).status_code == 403


def test_the_list_of_groups_counts_their_members(as_root, viewer):
    assert "viewers" in text_of(as_root.get("/admin/auth/group/"))


def test_a_users_page_says_that_there_is_a_password_and_not_how_it_is_kept(as_root):
    user = make_user(username="lan", password="tre-xanh-86")
    said = text_of(as_root.get(f"{USERS}{user.pk}/change/"))
    assert "A password is set." in said
    assert 'href="../password/"' in said
    assert "algorithm" not in said


def test_a_new_user_gets_a_name_and_a_password(as_root):
    assert "Single Sign-On" not in text_of(as_root.get(f"{USERS}add/"))
    fields = {"username": "mai", "password1": "tre-xanh-86", "password2": "tre-xanh-86"}
    assert as_root.post(f"{USERS}add/", fields).status_code == 302
    assert Client().login(username="mai", password="tre-xanh-86")


def test_a_users_name_stays_as_it_is_written_under_people(as_root, viewer):
    said = text_of(as_root.get(f"{USERS}{viewer.pk}/change/"))
    assert re.search(r">\s*vy\s*</a>", said)
    assert "Authentication and Authorization" not in said


def test_the_changes_of_a_user_say_in_which_zone_they_were_made(as_root, viewer):
    fields = changed(viewer, email="vy@a.vn")
    as_root.post(f"{USERS}{viewer.pk}/change/", fields)
    as_root.cookies["timezone"] = "Asia/Ho_Chi_Minh"
    made = LogEntry.objects.get().action_time + timedelta(hours=7)
    said = text_of(as_root.get(f"{USERS}{viewer.pk}/history/"))
    assert f"{made:%Y-%m-%d %H:%M:%S} Asia/Ho_Chi_Minh" in said


# Tokens


def test_a_list_without_tokens_says_how_to_make_one(viewer):
    assert "Make an API token" in text_of(client_of(viewer).get(TOKENS))


def test_a_token_is_shown_once_and_opens_the_api(viewer):
    client = client_of(viewer)
    answer = client.post(f"{TOKENS}add/", {"days": "30"})
    token = token_in(answer)
    assert "no-store" in answer["Cache-Control"]
    headers = {"Authorization": f"Bearer {token}"}
    assert APIClient().get("/v2/admin/runs/", headers=headers).status_code == 200
    for page in (TOKENS, "/admin/", f"{TOKENS}{token[:15]}/delete/"):
        assert token not in text_of(client.get(page))
    assert token not in str(list(LogEntry.objects.values()))


def test_a_token_is_found_by_its_name(as_root, viewer):
    make_token(viewer, 1)
    fields = {"user": viewer.pk, "name": "signal importer", "days": "1"}
    assert "signal importer" in text_of(as_root.post(f"{TOKENS}add/", fields))
    found = text_of(as_root.get(f"{TOKENS}?q=importer"))
    assert "signal importer" in found
    assert found.count("…</") == 1


def test_the_list_of_tokens_costs_the_same_however_long(
    as_root, viewer, django_assert_max_num_queries
):
    make_token(viewer, 1)
    with django_assert_max_num_queries(12) as few:
        as_root.get(TOKENS)
    for number in range(10):
        make_token(viewer, 1, f"program {number}")
    with django_assert_max_num_queries(len(few)):
        as_root.get(TOKENS)


def test_a_token_ends_when_it_was_said_to(viewer):
    client_of(viewer).post(f"{TOKENS}add/", {"days": "30"})
    token = AuthToken.objects.get(user=viewer)
    assert token.expiry - token.created == pytest.approx(
        timedelta(days=30), abs=timedelta(minutes=1)
    )


@pytest.mark.parametrize("days", ["0", "36501", "-1", "x", ""])
def test_a_token_lives_for_a_day_to_a_hundred_years(viewer, days):
    said = text_of(client_of(viewer).post(f"{TOKENS}add/", {"days": days}))
    assert 'id="token"' not in said
    assert not AuthToken.objects.exists()


def test_a_superuser_makes_a_token_for_somebody_else(as_root, viewer):
    token_in(as_root.post(f"{TOKENS}add/", {"user": viewer.pk, "days": "1"}))
    assert AuthToken.objects.get().user == viewer


def test_nobody_else_makes_a_token_for_somebody_else(viewer, root):
    fields = {"user": root.pk, "days": "1"}
    token_in(client_of(viewer).post(f"{TOKENS}add/", fields))
    assert AuthToken.objects.get().user == viewer


def test_a_token_of_somebody_inactive_is_refused(as_root):
    user = make_user(username="gone", is_active=False)
    said = text_of(as_root.post(f"{TOKENS}add/", {"user": user.pk, "days": "1"}))
    assert "gone is not active" in said
    assert not AuthToken.objects.exists()


def test_staff_see_their_own_tokens_and_superusers_all(viewer, root):
    own, _ = make_token(viewer, 1)
    foreign, _ = make_token(root, 1)
    said = text_of(client_of(viewer).get(TOKENS))
    assert own.token_key in said
    assert foreign.token_key not in said
    said = text_of(client_of(root).get(TOKENS))
    assert own.token_key in said
    assert foreign.token_key in said


def test_the_list_tells_which_tokens_have_expired(viewer):
    make_token(viewer, 1)
    AuthToken.objects.update(expiry="2020-01-01T00:00:00Z")
    assert "Expired" in text_of(client_of(viewer).get(TOKENS))


def test_a_revoked_token_opens_nothing(viewer):
    stored, token = make_token(viewer, 1)
    path = f"{TOKENS}{stored.token_key}/delete/"
    assert "Revoke this token?" in text_of(client_of(viewer).get(path))
    assert client_of(viewer).post(path, {"post": "yes"}).status_code == 302
    headers = {"Authorization": f"Bearer {token}"}
    assert APIClient().get("/v2/admin/runs/", headers=headers).status_code == 401


def test_nobody_revokes_the_token_of_somebody_else(viewer, root):
    stored, _ = make_token(root, 1)
    path = f"{TOKENS}{stored.token_key}/delete/"
    client_of(viewer).post(path, {"post": "yes"})
    assert AuthToken.objects.count() == 1


def test_no_page_shows_a_digest(as_root, viewer):
    stored, _ = make_token(viewer, 1)
    pages = (
        TOKENS, f"{TOKENS}{stored.token_key}/delete/", f"{USERS}{viewer.pk}/delete/",
        "/admin/",
    )  # fmt: skip
    for page in pages:
        assert stored.digest[:20] not in text_of(as_root.get(page)), page
    as_root.post(f"{TOKENS}{stored.token_key}/delete/", {"post": "yes"})
    assert stored.digest[:20] not in text_of(as_root.get(TOKENS))
