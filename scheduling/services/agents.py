"""Making and changing agents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import blocking, places, preflight
from scheduling.agents.base import Finding
from scheduling.exceptions import Conflict
from scheduling.models import Agent
from scheduling.services.people import User
from scheduling.services.versions import record_agent, remember_agent

#: How long somebody waits who wants to run a task of a blocked agent.
_BRIEF_SECONDS = 3.0


def create_agent(*, fields: Mapping[str, Any], user: User) -> Agent:
    """Create an agent. Raises `ValidationError` by field."""
    agent = Agent(**fields)
    agent.full_clean()
    save_agent(agent, user=user)
    return agent


def update_agent(
    agent: Agent, *, fields: Mapping[str, Any], user: User, note: str = ""
) -> Agent:
    """Change these fields. Raises `ValidationError` by field; `note` goes into the version."""
    for name, value in fields.items():
        setattr(agent, name, value)
    agent.full_clean()
    save_agent(agent, user=user, note=note)
    return agent


def save_agent(agent: Agent, *, user: User, note: str = "") -> None:
    """Write a new or changed agent, which is valid, and its version.

    Its tasks are no longer blocked: a check, or its next run, says whether the fault is mended.
    Raises `Conflict` when the agent was deleted, and `ValidationError` when its id was taken
    a moment ago.
    """
    if agent._state.adding:  # noqa: SLF001 -- Django's documented API
        _insert(agent, user)
        return
    with transaction.atomic():
        before = Agent.objects.select_for_update().filter(pk=agent.pk).first()
        if before is None:
            raise Conflict(_("The agent %(id)r was deleted.") % {"id": agent.pk})
        agent.version = remember_agent(before)
        blocking.lift(before, timezone.now(), note="It was changed.")
        for name in Agent.ENGINE_FIELDS:  # as they are now, not when it was read
            setattr(agent, name, getattr(before, name))
        agent.save()
        record_agent(agent, user=user, note=note)
        if agent.max_concurrent != before.max_concurrent:
            transaction.on_commit(partial(places.let_go, [agent.pk]), robust=True)


def check_agent(agent: Agent, *, seconds: float = preflight.SECONDS) -> list[Finding]:
    """Say whether it could run now, at most `seconds` later; blocks it or lifts its block.

    Not for a transaction.
    """
    return preflight.check(agent, seconds=seconds)


def require_able(agent: Agent) -> None:
    """Raise `Conflict` with the reason while `agent` is blocked; looks again first, briefly."""
    if agent.blocked_at is None:
        return
    check_agent(agent, seconds=_BRIEF_SECONDS)
    if agent.blocked_at is not None:
        reason = {"id": agent.pk, "reason": agent.blocked_reason}
        raise Conflict(_("The agent %(id)r cannot run: %(reason)s") % reason)


def _insert(agent: Agent, user: User) -> None:
    try:
        with transaction.atomic():
            agent.save(force_insert=True)
            record_agent(agent, user=user, is_new=True)
    except IntegrityError as error:  # somebody was first, a moment ago
        taken = _("%(id)r is taken: choose another id.") % {"id": agent.pk}
        raise ValidationError({"id": taken}) from error
