"""Replying on a page of the inbox, as it comes to a browser."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from notifications.models import ChatSession
from scheduling import lifecycle
from scheduling.models import Run
from scheduling.outcome import Outcome
from tests.factories import make_task, make_user

pytestmark = pytest.mark.django_db
HOSTILE = "</textarea><script>alert(1)</script> **bold** {{last_output}}"


@pytest.fixture
def lan(client):
    user = make_user(username="lan")
    client.force_login(user)
    return user


@pytest.fixture
def session(lan):
    make_task(id="report", target_user_id=str(lan.pk))
    made = ChatSession.objects.create(
        user_id=str(lan.pk), task_id="report", run_id=uuid.uuid4(), title="Report"
    )
    made.messages.create(role="assistant", content="Up 1 %.")
    return made


def page_of(session):
    return reverse("inbox-session", args=[session.pk])


def replied(client, session, message="Why?", **more):
    path = reverse("inbox-reply", args=[session.pk])
    return client.post(path, {"message": message, **more})


def answered(output="Because."):
    (run,) = lifecycle.claim([Run.objects.get().id], worker="w")
    done = {"status": "succeeded", "output": output}
    lifecycle.finish([Outcome(run_id=run.id, lease_token=run.lease_token, **done)])


def live(client, session, shown):
    return client.get(reverse("inbox-live", args=[session.pk]), {"shown": shown})


def test_a_reply_is_seen_at_once_and_its_answer_without_a_reload(client, session):
    before = client.get(page_of(session)).context["standing"]
    reply_id = str(uuid.uuid4())
    for _ in range(2):  # a double click
        answer = replied(client, session, HOSTILE, reply_id=reply_id)
        said = session.messages.last()
        assert answer["Location"] == f"{page_of(session)}#message-{said.pk}"
    page = client.get(page_of(session))
    text = page.content.decode()
    assert "The agent is answering…" in text
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; **bold** {{last_output}}" in text  # fmt: skip
    assert "<button disabled>" in text
    shown = page.context["standing"].fingerprint
    assert shown != before.fingerprint
    assert "data-open" in text
    unchanged = live(client, session, shown)
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    answered()
    news = live(client, session, shown)
    assert news.status_code == 200
    assert "Because." in news.content.decode()
    assert "data-open" not in news.content.decode()
    assert 'data-refusal=""' in news.content.decode()
    assert "<button>Send" in client.get(page_of(session)).content.decode()


def test_what_one_said_oneself_stays_so_when_the_answer_appears(client, session):
    replied(client, session, HOSTILE)
    answered()
    whole = client.get(page_of(session))
    news = live(client, session, "").content.decode()
    for said in (
        ">You</h2>",
        "&lt;script&gt;alert(1)&lt;/script&gt; **bold** {{last_output}}",
        f'data-shown="{whole.context["standing"].fingerprint}"',
    ):
        assert said in whole.content.decode()
        assert said in news


@pytest.mark.parametrize(
    ("message", "status", "words"),
    [("  ", 400, "empty"), ("x" * 20_001, 400, "20001 characters")],
)
def test_what_cannot_be_sent_stands_in_the_form_with_the_reason(client, session, message, status, words):  # fmt: skip
    answer = replied(client, session, message)
    assert answer.status_code == status
    text = answer.content.decode()
    assert words in text
    assert 'aria-invalid="true"' in text
    assert answer.context["form"]["text"] == message
    assert not Run.objects.exists()


def test_a_reply_that_has_to_wait_is_kept_with_the_reason_once(
    client, session, configure
):
    replied(client, session)
    answer = replied(client, session, "And?\r\nTell </textarea>me.")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert text.count("The agent is still answering") == 1
    assert "Tell &lt;/textarea&gt;me.</textarea>" in text
    answered()
    configure("SCHEDULING", replies_per_hour=1)
    answer = replied(client, session, "And?")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 3000


def test_where_nobody_answers_the_page_says_why(client, session):
    ChatSession.objects.update(task_id="")
    text = client.get(page_of(session)).content.decode()
    assert "its task was deleted" in text
    assert "<button disabled>" in text


def test_who_is_not_signed_in_comes_back_to_the_conversation(client, session):
    client.logout()
    page = page_of(session)
    for answer in (client.get(page), replied(client, session)):
        assert answer["Location"] == f"{reverse('login')}?next={page}"


def test_anothers_conversation_does_not_exist(client, session):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert replied(client, session).status_code == 404
    assert live(client, session, "x").status_code == 404
    assert not Run.objects.exists()
