"""Making and changing agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from scheduling.exceptions import Conflict
from scheduling.models import Agent
from scheduling.services.people import User
from scheduling.services.versions import record_agent, remember_agent


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
        agent.save()
        record_agent(agent, user=user, note=note)


def _insert(agent: Agent, user: User) -> None:
    try:
        with transaction.atomic():
            agent.save(force_insert=True)
            record_agent(agent, user=user, is_new=True)
    except IntegrityError as error:  # somebody was first, a moment ago
        taken = _("%(id)r is taken: choose another id.") % {"id": agent.pk}
        raise ValidationError({"id": taken}) from error
