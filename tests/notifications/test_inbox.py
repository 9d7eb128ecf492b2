"""The inbox, as its pages come to a browser."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from notifications.inbox import views
from notifications.models import ChatSession
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def make_session(user, title="Morning", said="# Up", minutes_ago=0, **fields):
    at = timezone.now() - timedelta(minutes=minutes_ago)
    session = ChatSession.objects.create(
        user_id=str(user.pk), title=title, created_at=at, **fields
    )
    session.messages.create(role="user", content="Report.", created_at=at)
    later = at + timedelta(seconds=1)
    session.messages.create(role="assistant", content=said, created_at=later)
    return session


@pytest.fixture
def lan(client):
    user = make_user(username="lan")
    client.force_login(user)
    return user


def titles(answer):
    assert answer.status_code == 200
    return [each.title for each in answer.context["sessions"]]


def text(answer):
    return answer.content.decode()


# -- who sees what


@pytest.mark.parametrize("name", ["inbox", "account", "password"])
def test_who_is_not_signed_in_is_asked_to(client, name):
    path = reverse(name)
    assert client.get(path)["Location"] == f"{reverse('login')}?next={path}"


def test_people_see_what_was_written_to_them_and_nothing_else(client, lan):
    make_session(lan, "Mine")
    make_session(make_user(), "Foreign")
    assert titles(client.get("/")) == ["Mine"]


def test_even_a_superuser_sees_only_their_own_here(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    make_session(make_user(), "Foreign")
    assert titles(client.get("/")) == []


@pytest.mark.parametrize("is_superuser", [False, True])
def test_anothers_session_does_not_exist(client, is_superuser):
    client.force_login(make_user(is_staff=True, is_superuser=is_superuser))
    foreign = make_session(make_user(), read_at=timezone.now())
    message = foreign.messages.first()
    assert client.get(reverse("inbox-session", args=[foreign.pk])).status_code == 404
    whole = reverse("inbox-message-text", args=[foreign.pk, message.pk])
    assert client.get(whole).status_code == 404
    for mark in ("inbox-read", "inbox-unread"):
        assert client.post(reverse(mark, args=[foreign.pk])).status_code == 404
    client.post(reverse("inbox-read-all"))
    foreign.refresh_from_db()
    assert foreign.read_at is not None


def test_a_message_is_had_only_through_its_own_session(client, lan):
    mine, other = make_session(lan), make_session(lan)
    whole = reverse("inbox-message-text", args=[other.pk, mine.messages.first().pk])
    assert client.get(whole).status_code == 404


@pytest.mark.parametrize(("permissions", "shown"), [([], False), (["view_run"], True)])
def test_only_staff_who_may_look_at_runs_are_led_to_them(client, permissions, shown):
    staff = make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(staff)
    session = make_session(staff, run_id=uuid.uuid4())
    page = text(client.get(reverse("inbox-session", args=[session.pk])))
    assert (f"/admin/scheduling/run/{session.run_id}/" in page) is shown


# -- the list


def test_the_newest_comes_first_and_thirty_make_a_page(client, lan):
    for age in range(views.PAGE_SIZE * 2 + 1):
        make_session(lan, f"{age}", minutes_ago=age)
    first = client.get("/")
    assert titles(first) == [str(age) for age in range(30)]
    older = client.get("/", {"older": first.context["sessions"][-1].pk})
    assert titles(older) == [str(age) for age in range(30, 60)]
    last = client.get("/", {"older": older.context["sessions"][-1].pk})
    assert titles(last) == ["60"]
    assert "Older" not in text(last)
    newer = client.get("/", {"newer": last.context["sessions"][0].pk})
    assert titles(newer) == titles(older)
    back = client.get("/", {"newer": newer.context["sessions"][0].pk})
    assert titles(back) == titles(first)
    assert "Newer" not in text(back)


def test_sessions_of_one_instant_are_paged_without_loss(client, lan):
    at = timezone.now()
    for n in range(views.PAGE_SIZE + 5):
        ChatSession.objects.create(user_id=str(lan.pk), title=f"{n}", created_at=at)
    first = client.get("/")
    second = client.get("/", {"older": first.context["sessions"][-1].pk})
    assert len({*titles(first), *titles(second)}) == views.PAGE_SIZE + 5


@pytest.mark.parametrize(
    "place", ["nonsense", "0192f1de-0000-4000-8000-000000000000", "\0"]
)
def test_a_place_that_is_gone_is_the_first_page(client, lan, place):
    make_session(lan)
    assert titles(client.get("/", {"older": place})) == ["Morning"]
    assert titles(client.get("/", {"newer": place})) == ["Morning"]


def test_a_longer_list_asks_no_more_queries(
    client, lan, django_assert_num_queries, django_assert_max_num_queries
):
    make_session(lan)
    with django_assert_max_num_queries(6) as asked:
        client.get("/")
    for age in range(40):
        make_session(lan, minutes_ago=age)
    with django_assert_num_queries(len(asked)):
        client.get("/")


def test_the_unread_are_counted_and_marked_in_words(client, lan):
    make_session(lan, "New")
    make_session(lan, "Old", read_at=timezone.now())
    page = text(client.get("/"))
    assert "<title>(1) Inbox" in page
    assert page.count("Unread:") == 1
    assert titles(client.get("/", {"unread": "1"})) == ["New"]


def test_a_line_of_what_was_said_is_shown_without_its_markup(client, lan):
    make_session(lan, said="# Up\n\n**VN-Index** [rose](https://a.vn) by `1.2 %`")
    page = text(client.get("/"))
    assert "Up VN-Index rose by 1.2 %" in page


# -- search


@pytest.mark.parametrize("words", ["báo cáo", "BAO CAO", "cáo BÁO", "duong", "ĐƯỜNG"])
def test_words_are_found_in_titles_and_messages_in_any_case_and_marks(
    client, lan, words
):
    make_session(lan, "Báo cáo sáng", said="Đường dài")
    make_session(lan, "Other", said="Nothing")
    assert titles(client.get("/", {"q": words})) == ["Báo cáo sáng"]


@pytest.mark.parametrize("words", ["100%", ".*", "[a", "\\", "a_b", "(", "it's"])
def test_special_characters_are_searched_for_as_they_are(client, lan, words):
    make_session(lan, "Plain")
    make_session(lan, f"x{words}x")
    assert titles(client.get("/", {"q": words})) == [f"x{words}x"]


@pytest.mark.parametrize("words", ["\0", "\0up", "x" * 5000, " " * 300, "\u0301", "🙂"])
def test_strange_words_break_nothing(client, lan, words):
    make_session(lan)
    assert client.get("/", {"q": words}).status_code == 200


def test_a_search_that_finds_nothing_says_for_what(client, lan):
    make_session(lan)
    page = text(client.get("/", {"q": "<b>x"}))
    assert "No conversation has “&lt;b&gt;x”" in page


def test_an_empty_inbox_says_what_will_come(client, lan):
    page = text(client.get("/"))
    assert "Nothing has been written to you yet" in page
    assert reverse("admin:scheduling_scheduledtask_add") not in page


def test_staff_are_led_from_an_empty_inbox_to_a_task(client):
    staff = make_user(is_staff=True, is_superuser=True)
    client.force_login(staff)
    page = text(client.get("/"))
    assert reverse("admin:scheduling_scheduledtask_add") in page
    assert f"target user is {staff.pk}" in page


# -- one conversation


def test_a_conversation_shows_its_messages_in_order_as_markdown(client, lan):
    session = make_session(lan, said="# Up\n\n<script>alert(1)</script>")
    page = text(client.get(reverse("inbox-session", args=[session.pk])))
    assert page.index("Report.") < page.index("<h1>Up</h1>")
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_a_long_conversation_is_shown_from_its_end(client, lan, monkeypatch):
    monkeypatch.setattr(views, "MAX_MESSAGES", 1)
    session = make_session(lan)
    page = text(client.get(reverse("inbox-session", args=[session.pk])))
    assert "Report." not in page
    assert "the latest 1 messages" in page


def test_the_conversations_before_and_after_are_a_link_away(client, lan):
    newer, shown, older = (
        make_session(lan, title, minutes_ago=age)
        for age, title in enumerate(["New", "Now", "Old"])
    )
    make_session(make_user(), "Foreign", minutes_ago=1)
    context = client.get(reverse("inbox-session", args=[shown.pk])).context
    assert (context["newer"], context["older"]) == (newer, older)


def test_the_whole_of_a_message_is_a_text_file(client, lan):
    session = make_session(lan, said="<b>à</b>" * 100_000)
    message = session.messages.last()
    page = text(client.get(reverse("inbox-session", args=[session.pk])))
    whole = reverse("inbox-message-text", args=[session.pk, message.pk])
    assert whole in page
    answer = client.get(whole)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content.decode() == "<b>à</b>" * 100_000


# -- read and unread


def test_looking_changes_nothing(client, lan):
    session = make_session(lan)
    client.get("/")
    client.get(reverse("inbox-session", args=[session.pk]))
    for name in ("inbox-read", "inbox-unread"):
        assert client.get(reverse(name, args=[session.pk])).status_code == 405
    assert client.get(reverse("inbox-read-all")).status_code == 405
    session.refresh_from_db()
    assert session.read_at is None


def test_a_session_is_marked_as_read_once(client, lan):
    session = make_session(lan)
    path = reverse("inbox-read", args=[session.pk])
    assert client.post(path).status_code == 302
    session.refresh_from_db()
    first = session.read_at
    assert first is not None
    client.post(path)
    session.refresh_from_db()
    assert session.read_at == first


def test_a_session_is_marked_as_unread_and_left(client, lan):
    session = make_session(lan, read_at=timezone.now())
    answer = client.post(reverse("inbox-unread", args=[session.pk]))
    assert answer["Location"] == "/"
    session.refresh_from_db()
    assert session.read_at is None


def test_all_are_read_but_those_that_came_after_the_page(client, lan):
    seen = make_session(lan, minutes_ago=5)
    until = (timezone.now() - timedelta(minutes=1)).isoformat()
    came = make_session(lan)
    client.post(reverse("inbox-read-all"), {"until": until})
    seen.refresh_from_db()
    came.refresh_from_db()
    assert (seen.read_at is None, came.read_at is None) == (False, True)


@pytest.mark.parametrize("until", ["", "yesterday", "2026-13-45T00:00", "2026-01-01"])
def test_without_a_readable_instant_all_are_read(client, lan, until):
    session = make_session(lan)
    client.post(reverse("inbox-read-all"), {"until": until})
    session.refresh_from_db()
    assert session.read_at is not None


def test_a_form_without_its_token_changes_nothing(lan, client):
    client.handler.enforce_csrf_checks = True
    session = make_session(lan)
    answer = client.post(reverse("inbox-read", args=[session.pk]))
    assert answer.status_code == 403
    assert "the form was too old" in text(answer)
    session.refresh_from_db()
    assert session.read_at is None


def test_a_mark_by_who_was_signed_out_leads_back_to_the_inbox(client):
    session = make_session(make_user())
    answer = client.post(reverse("inbox-read", args=[session.pk]))
    assert answer["Location"] == f"{reverse('login')}?next=/"
    session.refresh_from_db()
    assert session.read_at is None
