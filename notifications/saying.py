"""What is said in chat sessions: the question and the answer of a run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.models import ChatMessage, ChatSession
from notifications.result import Result


def say(results: Sequence[Result]) -> dict[uuid.UUID, uuid.UUID]:
    """Put question and answer into each user's session: the one it names, else a new one.

    Of a reply the answer alone: what it answers stands there since it was sent. Returns the
    session of each run that has one.
    """
    telling = [result for result in results if result.user_id]
    sessions = _joined([result for result in telling if result.session_id])
    opened = {
        result.run_id: _session(result)
        for result in telling
        if result.run_id not in sessions
    }
    ChatSession.objects.bulk_create(opened.values())
    sessions |= {run_id: session.id for run_id, session in opened.items()}
    ChatMessage.objects.bulk_create(
        ChatMessage(
            session_id=sessions[result.run_id],
            run_id=result.run_id,
            role=role,
            content=content,
        )
        for result in telling
        for role, content in _words(result)
    )
    return sessions


def page_of(session_id: uuid.UUID | None) -> dict[str, str]:
    """What a message says of its session: `session_url`, where people read it and reply.

    Empty without a session, and while nobody has said where this installation is reached.
    """
    public_url = settings.NOTIFICATIONS.public_url.rstrip("/")
    if session_id is None or not public_url:
        return {}
    return {"session_url": f"{public_url}{reverse('inbox-session', args=[session_id])}"}


def _words(result: Result) -> list[tuple[str, str]]:
    said = [(ChatMessage.Role.USER, result.prompt)] if not result.is_reply else []
    return [*said, (ChatMessage.Role.ASSISTANT, result.text)]


def _joined(results: Sequence[Result]) -> dict[uuid.UUID, uuid.UUID]:
    """The sessions that these results name, by run; somebody else's are left alone.

    One that is not there is opened under its name: the next run goes on with it.
    """
    if not results:
        return {}
    named = {result.session_id: result for result in results if result.session_id}
    ChatSession.objects.bulk_create(
        [_session(result, id=name) for name, result in named.items()],
        ignore_conflicts=True,  # it is there, or opened by somebody at this moment
    )
    owners = ChatSession.objects.filter(id__in=named).values_list("id", "user_id")
    mine = set(owners)
    joined = {
        result.run_id: result.session_id
        for result in results
        if result.session_id and (result.session_id, result.user_id) in mine
    }
    ChatSession.objects.filter(id__in=joined.values()).update(read_at=None)
    return joined


def _session(result: Result, **fields: Any) -> ChatSession:
    return ChatSession(
        user_id=result.user_id,
        task_id=result.task_id,
        run_id=result.run_id,
        title=result.task_name,
        **fields,
    )
