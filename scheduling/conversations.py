"""Replies in chat sessions: what was said before them, and what has become of them."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Sum, Window
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from notifications.models import ChatMessage, ChatSession
from scheduling.agents.base import Turn
from scheduling.agents.message import HISTORY_CHARS
from scheduling.models import Run
from signals.sanitise import cap_text

Role = ChatMessage.Role
Status = Run.Status
#: Less of a message than this says nothing.
_LEAST_CHARS = 200


def histories(runs: Sequence[Run]) -> dict[uuid.UUID, list[Turn]]:
    """Return what was said before each of these runs that is a reply, oldest first.

    At most `HISTORY_CHARS` of a session, the latest; the message that goes beyond is cut, with
    a mark. One query for all, none without a reply.
    """
    replies = {run.session_id: run.id for run in runs if run.session_id}
    if not replies:
        return {}
    found: dict[uuid.UUID, list[Turn]] = defaultdict(list)
    said = ChatMessage.objects.filter(
        session_id__in=replies, role__in=(Role.USER, Role.ASSISTANT)
    ).exclude(run_id__in=replies.values())
    chars = Length("content")
    so_far = Window(
        Sum(chars),
        partition_by="session_id",
        order_by=[F("created_at").desc(), F("id").desc()],
    )
    latest = (
        said.annotate(chars=chars, so_far=so_far)
        .filter(so_far__lt=HISTORY_CHARS + F("chars"))
        .order_by("session_id", "created_at", "id")
        .values_list("session_id", "role", "content", "chars", "so_far")
    )
    for session_id, role, content, length, total in latest:
        room = HISTORY_CHARS - (total - length)
        if length > room:
            if room < _LEAST_CHARS:
                continue
            content = cap_text(content, room)[0]  # noqa: PLW2901 -- the oldest alone
        found[replies[session_id]].append(Turn(role=role, content=content))
    return found


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What has become of the replies in a conversation; its runs are those that answer them."""

    runs: Mapping[uuid.UUID, Run]
    """With their id, status and approval, by id; those of pruned runs are missing."""
    latest: Run | None
    """Of the last reply; None: nobody has replied."""
    fates: Mapping[uuid.UUID, str]
    """In words, of those without an answer."""
    fingerprint: str
    """Changes with all that the page of the conversation shows."""

    @property
    def is_open(self) -> bool:
        """Whether an answer is being made."""
        return any(self.runs[run_id].status in Run.ACTIVE for run_id in self.fates)


def standing_of(session: ChatSession, messages: Iterable[ChatMessage]) -> Standing:
    """Return what has become of the replies among `messages`, oldest first. One query."""
    asked: list[uuid.UUID] = []
    shown: list[Any] = []
    answered: set[uuid.UUID | None] = set()
    for message in messages:
        shown.append(message.pk)
        if message.role == Role.ASSISTANT:
            answered.add(message.run_id)
        elif message.role == Role.USER and message.run_id:
            asked.append(message.run_id)
    rows = Run.objects.filter(id__in=asked, session_id=session.pk)
    runs = rows.only("id", "status", "approval", "skip_reason").in_bulk()
    replies = [run_id for run_id in asked if run_id in runs]
    fates = {
        run_id: _fate(runs[run_id]) for run_id in replies if run_id not in answered
    }
    return Standing(
        runs=runs,
        latest=runs[replies[-1]] if replies else None,
        fates=fates,
        fingerprint=_fingerprint([shown, list(fates.items())]),
    )


def _fate(run: Run) -> str:
    if run.status == Status.SKIPPED:
        return _("Not answered: %(why)s.") % {"why": run.get_skip_reason_display()}
    if run.status == Status.CANCELLED:
        return _("Cancelled before it was answered.")
    if run.approval == Run.Approval.WAITING:
        return _("The answer waits for somebody to approve it.")
    if run.approval == Run.Approval.REJECTED:
        return _("The answer was not approved.")
    if run.status in Run.ACTIVE:
        return _("The agent is answering…")
    return _("The answer is gone.")


def _fingerprint(shown: object) -> str:
    return hashlib.blake2s(repr(shown).encode(), digest_size=8).hexdigest()
