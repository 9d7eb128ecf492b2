"""The part of the task's form for what it may set over the options of its agent."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from scheduling.admin.task.autonomy_form import AutonomyForm
from scheduling.agents import AGENT_BACKENDS, backend_class
from scheduling.models import Agent
from signals.sanitise import clean_json

FIELD = "agent_options"
_MOST = 1000  # beyond, the field is shown whatever is chosen


class OwnOptionsField(forms.JSONField):
    """A JSON object; an empty field is an empty one."""

    widget = UnfoldAdminTextareaWidget({"rows": 3, "class": "bb-json", "spellcheck": "false", "placeholder": '{"name": "value"}'})  # fmt: skip

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False, indent=2) if value else ""
        return str(super().prepare_value(value) if value else "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        changed: bool = super().has_changed(initial or None, data)
        return changed

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        return {} if cleaned is None else clean_json(cleaned)


class OwnOptionsForm(AutonomyForm):
    """Options of this task alone; what its agent's backend does not take is not kept."""

    agent_options = OwnOptionsField(label=_("Options of this task"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if FIELD in self.fields:
            self.fields[FIELD].help_text = _in_words()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        agent = cleaned.get("agent")
        # The field is hidden then: what was written for another agent goes with it.
        if agent is not None and FIELD in cleaned and not _offered(agent.backend):
            cleaned[FIELD] = {}
        return cleaned


def shown_by_agent() -> dict[str, Any]:
    """For task-form.js: the field shows where the chosen agent's backend takes options."""
    kinds = dict(Agent.objects.values_list("id", "backend")[:_MOST])
    return {
        "shown": {
            agent_id: [FIELD] if _offered(kind) else []
            for agent_id, kind in kinds.items()
        }
        | {"": []},
        "all": [FIELD],
    }


def _offered(kind: str) -> list[str]:
    return sorted(backend_class(kind).task_options) if kind in AGENT_BACKENDS else []


def _in_words() -> str:
    """Which options each backend takes from a task."""
    offers = ((kind, _offered(kind)) for kind in AGENT_BACKENDS)
    lists = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in offers if names)
    words = gettext("As JSON, over those of the agent. These may be set: %(options)s.")
    return words % {"options": lists}
