"""A task's target user replies in a session: what becomes of it, and what it leaves alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from notifications.event_bus import published
from notifications.models import ChatMessage, ChatSession, Delivery
from scheduling import lifecycle, services
from scheduling.assembly import prepare
from scheduling.conversations import standing_of
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Memory, Run, ScheduledTask
from scheduling.outcome import Outcome
from scheduling.overlap import under_way
from tests.factories import (
    make_agent,
    make_blackout,
    make_memory,
    make_run,
    make_task,
    make_user,
    make_webhook,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lan():
    return make_user(username="lan")


@pytest.fixture
def task(lan):
    agent = make_agent(id="analyst", system_prompt="You are an analyst.")
    return make_task(
        id="report",
        agent=agent,
        target_user_id=str(lan.pk),
        input_message="Report of {{date}}.",
        system_prompt_override="For {{task_name}}.",
    )


def ended(*runs: Run, **fields) -> None:
    """These queued runs are claimed, prepared and ended."""
    claimed = lifecycle.claim([run.id for run in runs], worker="w")
    assert len(claimed) == len(runs)
    fields = {"status": "succeeded", "output": "Up 1 %."} | fields
    lifecycle.finish(
        [
            Outcome(run_id=run.id, lease_token=run.lease_token, **fields)
            for run in prepare(claimed).ready
        ]
    )
    for run in runs:
        run.refresh_from_db()


@pytest.fixture
def session(task):
    """What the first report has opened."""
    ended(make_run(task))
    return ChatSession.objects.get()


def said(session: ChatSession) -> list[tuple[str, str]]:
    return list(session.messages.values_list("role", "content"))


def test_what_is_said_stands_there_at_once_and_its_answer_joins_it(session, lan):
    run = services.reply(session, " Why?\r\nTell me. ", user=lan)
    assert (run.trigger, run.requested_by, run.user_id) == ("reply", lan, str(lan.pk))
    assert said(session)[2:] == [("user", "Why?\nTell me.")]
    session.refresh_from_db()
    assert session.read_at is not None
    ended(run, output="Because.")
    assert said(session)[2:] == [("user", "Why?\nTell me."), ("assistant", "Because.")]
    assert set(session.messages.values_list("run_id")) == {(session.run_id,), (run.id,)}
    session.refresh_from_db()
    assert session.read_at is None
    assert ChatSession.objects.count() == 1


def test_the_agent_gets_the_reply_alone_with_what_was_said_before(session, lan):
    run = services.reply(session, "What of {{last_output}}?", user=lan)
    (claimed,) = lifecycle.claim([run.id], worker="w")
    ready = prepare([claimed])
    (filled,) = ready.ready
    assert filled.input_message == "What of {{last_output}}?"
    assert filled.system_prompt == "You are an analyst.\n\nFor Morning report."
    turns = [(turn.role, turn.content) for turn in ready.loans[run.id].history]
    assert turns == said(session)[:2]


def test_a_second_try_gets_the_same(session, lan, task):
    ScheduledTask.objects.update(include_memory=True)
    make_memory(task, "Likes brevity.")
    run = services.reply(session, "Why?", user=lan)
    asked = []
    for _ in range(2):
        (claimed,) = lifecycle.claim([run.id], worker="w")
        ready = prepare([claimed])
        asked.append((ready.ready[0].input_message, len(ready.loans[run.id].history)))
        lifecycle.give_back({run.id: claimed.lease_token})
    assert asked[0] == asked[1] == ("## Memory Context\nLikes brevity.\n\n## Task\nWhy?", 2)  # fmt: skip


def test_of_a_long_history_the_latest_is_kept_and_the_oldest_of_it_cut(session, lan):
    session.messages.create(role="assistant", content="x" * 60_000)
    session.messages.create(role="user", content="y" * 9_000)
    run = services.reply(session, "Why?", user=lan)
    other = services.reply(
        ChatSession.objects.create(
            user_id=str(lan.pk), task_id="report", run_id=uuid.uuid4(), title="B"
        ),
        "And?",
        user=lan,
    )
    claimed = lifecycle.claim([run.id, other.id], worker="w")
    loans = prepare(claimed).loans
    report, asked = loans[run.id].history
    assert asked.content == "y" * 9_000
    assert len(report.content) <= 41_000
    assert "60000 characters" in report.content
    assert list(loans[other.id].history) == []


def test_a_reply_is_no_report(session, lan, task):
    """It reaches no webhook, moves no counter and is nobody's last output."""
    make_webhook(task)
    task.refresh_from_db()
    before = (task.run_count, task.last_run_at, task.last_status)
    replied, report = services.reply(session, "Why?", user=lan), make_run(task)
    ended(replied, output="Because.", state={"seen": 1})
    task.refresh_from_db()
    assert (task.run_count, task.last_run_at, task.last_status, task.state) == (*before, {})  # fmt: skip
    assert not Delivery.objects.exists()
    failed = services.reply(session, "And?", user=lan)
    ended(failed, status="failed", failure_reason="error", error="Away.", output="")
    assert said(session)[-1] == ("assistant", "The run failed: Away.")
    task.refresh_from_db()
    assert (task.failure_count, task.consecutive_failures) == (0, 0)
    ScheduledTask.objects.update(input_message="{{last_output}}|{{already_reported}}")
    (claimed,) = prepare(lifecycle.claim([report.id], worker="w")).ready
    assert "Because." not in claimed.input_message
    assert claimed.input_message.startswith("Up 1 %.|")


def test_a_report_and_a_reply_that_end_together_are_told_each_in_its_way(session, lan, task):  # fmt: skip
    make_webhook(task)
    ended(services.reply(session, "Why?", user=lan), make_run(task))
    assert Delivery.objects.count() == 1
    assert len(said(session)) == 4
    assert ChatSession.objects.count() == 2


def test_nothing_follows_from_a_reply(session, lan, task, django_capture_on_commit_callbacks):  # fmt: skip
    """Events tell of its run and not of the task, and no task after it runs."""
    child = make_task(id="child")
    services.set_parents(child, [{"task_id": "report"}], user=lan)
    told: list[str] = []

    def hear(messages, **_):
        told.extend(message.event_type for message in messages)

    published.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            ended(services.reply(session, "Why?", user=lan))
    finally:
        published.disconnect(hear)
    assert set(told) == {"run.queued", "run.started", "run.succeeded"}
    assert not child.runs.exists()


def test_no_slot_waits_for_a_reply_and_no_reply_for_a_slot(session, lan, task):
    run = services.reply(session, "Why?", user=lan)
    assert under_way([task.id]).get(task.id, []) == []
    scheduled = make_run(task)
    assert [each.id for each in under_way([task.id])[task.id]] == [scheduled.id]
    assert len(lifecycle.claim([run.id, scheduled.id], worker="w")) == 2


def test_a_reply_may_change_the_memory_of_its_task_and_not_that_of_the_agent(session, lan, task):  # fmt: skip
    ScheduledTask.objects.update(include_memory=True)
    ended(services.reply(session, "No sports.", user=lan), memory="No sports.")
    assert Memory.objects.get().content == "No sports."
    ScheduledTask.objects.update(memory_scope="agent")
    ended(services.reply(session, "Nothing at all.", user=lan), memory="Nothing.")
    assert [each.content for each in Memory.objects.all()] == ["No sports."]


def test_an_answer_that_needs_approval_waits_for_it(session, lan):
    ScheduledTask.objects.update(needs_approval=True)
    run = services.reply(session, "Why?", user=lan)
    ended(run, output="Because.")
    assert said(session)[-1] == ("user", "Why?")
    fates = standing_of(session, session.messages.all()).fates
    assert "approve" in fates[run.id]
    services.approve(run.id, user=None, output="Just so.")
    assert said(session)[2:] == [("user", "Why?"), ("assistant", "Just so.")]
    again = services.reply(session, "Really?", user=lan)
    ended(again)
    services.reject(again.id, user=None)
    standing = standing_of(session, session.messages.all())
    assert standing.fates == {again.id: "The answer was not approved."}
    assert not standing.is_open


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        (Agent, {"active": False}, "switched off"),
        (Agent, {"backend": "health"}, "only reports"),
        (Agent, {"backend": "function", "options": {"function": "f"}}, "only reports"),
        (Agent, {"blocked_at": timezone.now(), "blocked_reason": "x"}, "cannot run"),
        (Agent, {"day_cost_limit": 0}, "budget"),
        (ScheduledTask, {"target_user_id": "0"}, "somebody else"),
        (ChatSession, {"task_id": "gone"}, "deleted"),
        (ChatSession, {"run_id": None}, "no agent has opened"),
        (ChatSession, {"user_id": "0"}, "somebody else's"),
    ],
)
def test_why_nobody_can_answer_is_said(session, lan, model, change, words):
    model.objects.update(**change)
    with pytest.raises(Conflict, match=words):
        services.reply(session, "Why?", user=lan)
    assert len(said(session)) == 2


def test_while_everything_is_paused_nobody_answers_but_a_paused_task_does(session, lan):
    ScheduledTask.objects.update(active=False)
    assert services.refusal(session) == ""
    make_blackout()
    assert "paused" in services.refusal(session)
    with pytest.raises(Conflict, match="paused"):
        services.reply(session, "Why?", user=lan)


def test_a_session_has_one_reply_under_way_and_the_same_one_is_sent_once(session, lan):
    reply_id = uuid.uuid4()
    run = services.reply(session, "Why?", user=lan, reply_id=reply_id)
    assert services.reply(session, "Why?", user=lan, reply_id=reply_id) == run
    assert run.id == reply_id
    with pytest.raises(Conflict, match="still answering"):
        services.reply(session, "Why not?", user=lan)
    assert [content for _, content in said(session)[2:]] == ["Why?"]
    with pytest.raises(ValidationError, match="another run"):
        services.reply(session, "Why?", user=lan, reply_id=session.run_id)


@pytest.mark.parametrize(("message", "words"), [(" \n", "empty"), ("x" * 20_001, "20001")])  # fmt: skip
def test_what_cannot_be_said_is_told_by_its_field(session, lan, message, words):
    with pytest.raises(ValidationError) as refused:
        services.reply(session, message, user=lan)
    assert words in refused.value.message_dict["message"][0]


def test_who_has_replied_often_enough_learns_when_again(session, lan, configure):
    configure("SCHEDULING", replies_per_hour=2)
    for minutes in (50, 10):
        run = services.reply(session, "Why?", user=lan)
        ended(run)
        at = timezone.now() - timedelta(minutes=minutes)
        Run.objects.filter(id=run.id).update(created_at=at)
    with pytest.raises(services.TooManyReplies, match="in 10 minutes") as refused:
        services.reply(session, "Why?", user=lan)
    assert 500 < refused.value.wait <= 600
    configure("SCHEDULING", replies_per_hour=0)
    assert "switched off" in services.refusal(session)


def test_a_reply_is_not_run_again(session, lan):
    run = services.reply(session, "Why?", user=lan)
    ended(run)
    with pytest.raises(Conflict, match="reply again"):
        services.rerun(run, user=lan)


def test_what_came_of_an_unanswered_reply_is_told(session, lan):
    run = services.reply(session, "Why?", user=lan)
    assert standing_of(session, session.messages.all()).is_open
    services.cancel_run(run, user=lan)
    standing = standing_of(session, session.messages.all())
    assert standing.fates == {run.id: "Cancelled before it was answered."}
    assert standing.latest == run
    assert ChatMessage.objects.count() == 3


def test_a_task_that_took_the_id_of_a_deleted_one_does_not_answer_for_it(session, task, lan):  # fmt: skip
    task.delete()
    make_task(id="report", target_user_id=str(lan.pk))
    with pytest.raises(Conflict, match="its task was deleted"):
        services.reply(session, "Why?", user=lan)
