"""The format `chat`: a message in a user's inbox, once."""

from __future__ import annotations

import uuid

import pytest

from notifications import lifecycle, preview, sender
from notifications.carriers.inbox import ALREADY, write
from notifications.formatters import FormatterError
from notifications.models import ChatMessage, ChatSession, Delivery, Webhook
from notifications.result import Result
from notifications.saying import say
from tests.factories import make_delivery, make_incident

pytestmark = pytest.mark.django_db
Status = Delivery.Status


def owed_to(chat_id: str = "", **fields) -> Delivery:
    webhook = Webhook.objects.create(name="inbox", format="chat", chat_id=chat_id)
    return make_delivery(webhook, **fields)


def delivered(delivery: Delivery) -> Delivery:
    sender.deliver([delivery.id])
    delivery.refresh_from_db()
    return delivery


def say_to(user_id: str, run_id: uuid.UUID, **fields) -> None:
    told = Result(
        run_id=run_id, status="succeeded", task_id="t", task_name="T", user_id=user_id,
        output_type="text", content="Up", text="Up", prompt="How?", metadata={}, **fields,
    )  # fmt: skip
    say([told])


def test_a_result_stands_in_the_inbox_of_whom_the_webhook_names():
    delivery = delivered(owed_to("7"))
    assert delivery.status == Status.DELIVERED
    session = ChatSession.objects.get()
    assert (session.user_id, session.title) == ("7", "Morning report")
    assert (session.task_id, session.run_id) == ("morning-report", None)
    message = session.messages.get()
    assert (message.role, message.content) == ("assistant", "VN-Index +1.2 %")
    assert message.run_id == delivery.run_id
    assert delivery.attempts.get().succeeded


def test_without_a_name_it_is_the_tasks_target_user():
    delivered(owed_to())
    assert ChatSession.objects.get().user_id == "45"


@pytest.mark.parametrize("joins", [False, True])
def test_what_the_run_said_there_already_is_not_said_twice(joins):
    run_id = uuid.uuid4()
    say_to("45", run_id, session_id=uuid.uuid4() if joins else None)
    delivery = delivered(owed_to(run_id=run_id))
    assert delivery.status == Status.DELIVERED
    assert delivery.attempts.get().response == ALREADY
    assert ChatMessage.objects.count() == 2


def test_another_user_is_told_although_the_target_user_was():
    run_id = uuid.uuid4()
    say_to("45", run_id)
    delivered(owed_to("7", run_id=run_id))
    assert set(ChatSession.objects.values_list("user_id", flat=True)) == {"45", "7"}


def test_an_alert_without_a_run_opens_a_session_under_its_title():
    delivery = owed_to("7")
    payload = delivery.payload | {"run_id": "", "task_name": "Morning report fails"}
    Delivery.objects.filter(id=delivery.id).update(
        kind="alert", run_id=None, incident=make_incident(), payload=payload
    )
    delivered(delivery)
    assert ChatSession.objects.get().title == "Morning report fails"


def test_it_is_written_only_by_who_holds_the_delivery():
    delivery = owed_to("7")
    claimed = lifecycle.claim(delivery.id)
    assert claimed
    lifecycle.settle(claimed, Status.DELIVERED)
    assert claimed.webhook
    write(claimed, claimed.webhook)
    assert not ChatSession.objects.exists()


def test_a_replay_says_it_again():
    delivery = delivered(owed_to("7"))
    ChatSession.objects.all().delete()
    lifecycle.reopen(delivery)
    delivered(delivery)
    assert ChatSession.objects.count() == 1


def test_nobody_to_tell_is_a_failure_that_says_so():
    delivery = owed_to()
    payload = delivery.payload | {"user_id": ""}
    Delivery.objects.filter(id=delivery.id).update(payload=payload)
    delivered(delivery)
    assert delivery.status == Status.FAILED
    assert "chat_id: names nobody" in delivery.error


def test_a_preview_shows_what_would_be_written_and_a_test_is_refused():
    hook = Webhook(format="chat", chat_id="7")
    (body,) = preview.bodies(hook, preview.sample_payload())
    assert (body["user_id"], body["title"]) == ("7", "Morning report")
    assert body["text"].startswith("## Market")
    with pytest.raises(FormatterError):
        preview.send_test(hook)
