"""Which columns Backbeat's own format has: those that versions hold, so that none is forgotten."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model
from django.db.models.fields import NOT_PROVIDED

from notifications.models import Webhook
from scheduling.models import Agent, Calendar, EventTrigger, ScheduledTask, TaskWebhook
from scheduling.services.version_data import columns as people_own

#: Columns by the names that the API gives them.
_API_NAMES = {"agent": "agent_id", "calendar": "calendar_id"}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of one kind of thing, by their names in files."""

    names: dict[str, Field[Any, Any]]
    required: tuple[str, ...] = ()
    #: Where nothing is said of these they stay as they are.
    left_alone: tuple[str, ...] = ()

    def defaults(self) -> dict[str, Any]:
        """What is meant where nothing is said."""
        return {
            name: default_of(field)
            for name, field in self.names.items()
            if name not in (*self.required, *self.left_alone)
        }


def default_of(field: Field[Any, Any]) -> Any:
    """The default of a column; of one that has none: null or nothing."""
    if field.default is not NOT_PROVIDED:
        return copy.copy(field.get_default())
    return None if field.null else ""


def _ordered(
    names: dict[str, Field[Any, Any]], *first: str
) -> dict[str, Field[Any, Any]]:
    """What a reader looks for first comes first."""
    return {name: names[name] for name in first} | names


def _some(model: type[Model], names: tuple[str, ...]) -> dict[str, Field[Any, Any]]:
    meta = model._meta  # noqa: SLF001 -- Django's documented API
    return {name: meta.get_field(name) for name in names}  # type: ignore[misc] # columns


TASK = Columns(
    names=_ordered(
        {_API_NAMES.get(name, name): field for name, field in people_own(ScheduledTask).items()},
        "name", "active", "pause_note", "agent_id", "owner", "target_user_id", "input_message",
    ),
    required=("name", "agent_id", "input_message", "schedule_type"),
    left_alone=("owner", "pause_note"),
)  # fmt: skip
AGENT = Columns(
    names=_ordered(
        people_own(Agent) | _some(Agent, ("credentials",)),
        "name", "backend", "options", "credentials", "system_prompt",
    ),
    required=("name", "backend"),
    left_alone=("credentials",),
)  # fmt: skip
CALENDAR = Columns(
    names={name: field for name, field in people_own(Calendar).items() if field.editable},
    required=("name",),
)  # fmt: skip
WEBHOOK = Columns(names=_some(TaskWebhook, TaskWebhook.EDITABLE))
BOOK = Columns(names=_some(Webhook, (*Webhook.EDITABLE, "for_alerts")), required=("name",))  # fmt: skip
TRIGGER = Columns(names=_some(EventTrigger, EventTrigger.EDITABLE), required=("event_type",))  # fmt: skip
