"""Replies: a task's target user speaks to its agent, in a session that the task has opened.

A reply is a run of the task whose message is what the person says. It is no report: it has no
slot and no place in the task's lane, moves none of its counters and tells no webhook.
"""

from __future__ import annotations

import logging
import math
import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import ChatMessage, ChatSession
from pages.translation import translated
from scheduling import blackouts, spending
from scheduling.agents import converses
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.new_runs import new_run
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

MAX_CHARS = 20_000
"""Longest reply, in characters."""
_HOUR = timedelta(hours=1)


class TooManyReplies(Conflict):
    """Somebody has replied as often as they may; again in `wait` seconds (HTTP 429)."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


def reply(
    session: ChatSession, message: str, *, user: Any, reply_id: uuid.UUID | None = None
) -> Run:
    """Queue the run that answers what `user` says in a session of theirs; `message` stands there.

    `reply_id` becomes the run's id: sent again, it is the run that there is. Raises
    `ValidationError` by field, `TooManyReplies`, and `Conflict` where nobody can answer now.
    """
    said = _checked(message)
    now = timezone.now()
    try:
        with transaction.atomic():
            mine = ChatSession.objects.select_for_update().filter(
                pk=session.pk, user_id=str(user.pk)
            )
            if (held := mine.first()) is None:
                raise Conflict(_("This conversation is gone, or somebody else's."))
            if reply_id and (sent := _sent_before(reply_id, session)):
                return sent
            run = new_run(_task_to_answer(held, now), Run.Trigger.REPLY, now)
            run.id = reply_id or run.id
            run.requested_by, run.session_id, run.input_message = user, session.pk, said
            run.save(force_insert=True)
            ChatMessage.objects.create(
                session=session, role=ChatMessage.Role.USER, content=said, run_id=run.id
            )
            mine.filter(read_at=None).update(read_at=now)
            tell_runs([run])
            transaction.on_commit(partial(ring, [run.id]))
    except IntegrityError as error:  # keys are looked at as the transaction ends
        raise Conflict(_("Its task was deleted a moment ago.")) from error
    logger.info("run %s: reply of %s in session %s", run.id, user, session.pk)
    return run


def refusal(session: ChatSession) -> str:
    """Return why its user cannot reply in `session` now, in words; "": they can."""
    try:
        _task_to_answer(session, timezone.now())
    except Conflict as error:
        return str(error)
    return ""


def _checked(message: str) -> str:
    # Browsers send all line ends as CRLF.
    said = clean_text(message).replace("\r\n", "\n").strip()
    if not said:
        raise ValidationError({"message": [_("Say something: the reply is empty.")]})
    if len(said) > MAX_CHARS:
        words = _("It has %(length)d characters, and %(most)d is the most.")
        raise ValidationError(
            {"message": [words % {"length": len(said), "most": MAX_CHARS}]}
        )
    return said


def _sent_before(reply_id: uuid.UUID, session: ChatSession) -> Run | None:
    run = Run.objects.filter(id=reply_id).first()
    if run is not None and run.session_id != session.pk:
        taken = _("%(id)s is the id of another run: send a new UUID with each reply.")
        raise ValidationError({"reply_id": [taken % {"id": reply_id}]})
    return run


def _task_to_answer(session: ChatSession, now: datetime) -> ScheduledTask:
    """The task whose agent answers in `session`. Raises `Conflict` with the reason when none does."""
    tasks = ScheduledTask.objects.select_related("agent").defer("agent__credentials")
    task = tasks.filter(id=session.task_id).first()
    if session.run_id is None:  # an alert, say
        raise Conflict(_("Nobody answers here: no agent has opened this conversation."))
    if task is None or task.created_at > session.created_at:  # its id was taken since
        raise Conflict(_("Nobody can answer here: its task was deleted."))
    if task.target_user_id != session.user_id:
        raise Conflict(
            _("Nobody answers here any more: the task reports to somebody else now.")
        )
    _require_able(task.agent)
    if empty := spending.used_up([task], now).get(task.id):
        raise Conflict(translated(empty.words))
    if blackouts.on_at(now):
        raise Conflict(_("Everything is paused now: reply when it goes on."))
    if task.runs.filter(session_id=session.pk, status__in=Run.ACTIVE).exists():
        raise Conflict(
            _("The agent is still answering: reply when its answer is there.")
        )
    _require_room(session.user_id, now)
    return task


def _require_able(agent: Agent) -> None:
    if not converses(agent.backend, agent.options):
        raise Conflict(
            _("The agent of this task only reports: it cannot be talked with.")
        )
    if not agent.active:
        raise Conflict(_("The agent of this task is switched off."))
    if agent.blocked_at is not None:  # why is for those who can mend it
        raise Conflict(
            _("The agent of this task cannot run now: it has to be mended first.")
        )


def _require_room(user_id: str, now: datetime) -> None:
    """Raise `TooManyReplies` when the user has sent as many within the hour as they may."""
    most = settings.SCHEDULING.replies_per_hour
    if most < 1:
        raise Conflict(_("Replies are switched off in this installation."))
    sent = Run.objects.filter(
        user_id=user_id, created_at__gt=now - _HOUR, trigger=Run.Trigger.REPLY
    )
    times = sent.order_by("-created_at").values_list("created_at", flat=True)
    if len(latest := list(times[:most])) < most:
        return
    wait = max(math.ceil((latest[-1] + _HOUR - now).total_seconds()), 1)
    minutes = math.ceil(wait / 60)
    words = ngettext(
        "You have sent %(most)d replies within the hour, the most there may be: the next one can go in %(minutes)d minute.",
        "You have sent %(most)d replies within the hour, the most there may be: the next one can go in %(minutes)d minutes.",
        minutes,
    )
    raise TooManyReplies(words % {"most": most, "minutes": minutes}, wait)
