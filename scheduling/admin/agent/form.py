"""The agent's form: the fields of every backend, of which the chosen one's are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from pages.translation import translated
from scheduling.admin.agent.credentials import Credentials
from scheduling.admin.option_errors import option_errors
from scheduling.admin.options import JsonField, OptionField, option_fields
from scheduling.agents import AGENT_BACKENDS
from scheduling.budgets import money
from scheduling.models import Agent
from scheduling.models.bounds import TOO_LITTLE
from signals.sanitise import clean_json

OTHER_OPTIONS = "other_options"
#: How much it may use, of a run and of a day and a month, and how many of its runs at once.
BOUNDS = (
    "run_cost_limit", "run_tokens_limit", "run_tool_calls_limit",
    "day_cost_limit", "month_cost_limit", "max_concurrent",
)  # fmt: skip
COSTS = ("run_cost_limit", "day_cost_limit", "month_cost_limit")


def option_name(kind: str, option: str) -> str:
    """What the field of a backend's option is called in the form."""
    return f"{kind}__{option}"


def backend_choices(stored: str = "") -> list[tuple[str, str]]:
    """The backends there are, and `stored` if it is none of them any more."""
    choices = [(kind, translated(label)) for kind, (label, _path) in AGENT_BACKENDS.items()]  # fmt: skip
    if stored and stored not in AGENT_BACKENDS:
        choices.append(
            (stored, gettext("%(backend)s (not there)") % {"backend": stored})
        )
    return choices


def sorted_out(kind: str, options: object) -> tuple[dict[str, Any], Any]:
    """Return the stored `options` that have a field which can show them, and the others."""
    if not isinstance(options, dict):
        return {}, options
    fields = option_fields(kind) if kind in AGENT_BACKENDS else {}
    set_ones = {name: value for name, value in options.items() if value is not None}
    fitting = {
        name: value
        for name, value in set_ones.items()
        if name in fields and fields[name].fits(value)
    }
    return fitting, {n: value for n, value in set_ones.items() if n not in fitting}


class AgentForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    backend = forms.ChoiceField(
        label=_("Backend"),
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "What invokes the agent. Stored credentials do not follow to another one."
        ),
    )

    class Meta:
        model = Agent
        fields = ("id", "name", "active", "backend", "system_prompt", *BOUNDS)
        error_messages = dict.fromkeys(COSTS, TOO_LITTLE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agent = self.instance
        self.fields["backend"].choices = backend_choices(agent.backend)  # type: ignore[attr-defined] # a ChoiceField
        self.stored_kind = agent.backend
        self.shown: dict[str, Any] = {}
        if not agent._state.adding:  # noqa: SLF001 -- Django's documented API
            self.shown, others = sorted_out(agent.backend, agent.options)
            self._add_others(others)
        for name in COSTS:
            if (limit := getattr(agent, name)) is not None:
                self.initial[name] = money(limit)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = _("Blank: made from the name.")
        self.credentials = Credentials(self)
        for kind in AGENT_BACKENDS:
            for name, field in option_fields(kind).items():
                self.fields[option_name(kind, name)] = field
                if kind == self.stored_kind and name in self.shown:
                    shown = field.text_of(self.shown[name])
                    self.initial[option_name(kind, name)] = shown
            self.credentials.add_fields(kind)

    def _add_others(self, others: Any) -> None:
        if others:
            widget = UnfoldAdminTextareaWidget({"rows": 3, "class": "bb-json"})
            field = JsonField(
                widget=widget,
                required=False,
                label=_("Options without a field"),
                help_text=_(
                    "Stored, but unknown to the backend or of another kind than it takes."
                ),
            )
            self.fields[OTHER_OPTIONS] = field
            self.initial[OTHER_OPTIONS] = field.text_of(others)

    def clean_id(self) -> str:
        """An id that is left blank is made from the name, before the name is cleaned."""
        name = str(self.data.get("name", ""))
        return str(self.cleaned_data.get("id") or free_agent_id(name))

    def clean(self) -> dict[str, Any]:
        super().clean()
        kind = self.cleaned_data.get("backend", "")
        self._forgive_the_others(kind)
        if self.cleaned_data.get(OTHER_OPTIONS):
            self._refuse_others()
        if kind in AGENT_BACKENDS:
            before = (self.instance.backend, self.instance.options)
            options: Any = clean_json(self._options(kind))
            self._blame(kind, options)
            self.credentials.clean(kind, before, (kind, options))
            self.instance.options = options
        return self.cleaned_data

    def _forgive_the_others(self, kind: str) -> None:
        """What was typed for a backend that is not chosen does not count."""
        for name in [each for each in self.errors if each != NON_FIELD_ERRORS]:
            if "__" in name and not name.startswith(f"{kind}__"):
                del self.errors[name]

    def _refuse_others(self) -> None:
        given = self.cleaned_data[OTHER_OPTIONS]
        names = ", ".join(given) if isinstance(given, dict) else str(given)[:80]
        message = gettext(
            "%(names)s: not known to the backend, or of another kind than it takes. "
            "Empty this field to save without."
        )
        self.add_error(OTHER_OPTIONS, message % {"names": names})

    def _options(self, kind: str) -> dict[str, Any]:
        """The options that are set; one that nobody touched stays as it was stored."""
        options = {}
        for name, key in self._names(kind):
            is_touched = kind != self.stored_kind or key in self.changed_data
            if not is_touched and name in self.shown:
                options[name] = self.shown[name]
            elif (value := self.cleaned_data.get(key)) is not None:
                options[name] = value
        return options

    def _blame(self, kind: str, options: dict[str, Any]) -> None:
        faulty = set(self.errors)
        for name, words in option_errors(kind, options):
            key = option_name(kind, name) if name else "backend"
            if key not in faulty:
                self.add_error(key, words)

    def _names(self, kind: str) -> Iterator[tuple[str, str]]:
        for key, field in self.fields.items():
            if isinstance(field, OptionField) and key.startswith(f"{kind}__"):
                yield key.removeprefix(f"{kind}__"), key

    def add_error(self, field: str | None, error: Any) -> None:
        """Place what `Agent.clean` says of options and credentials at the field it means."""
        if field is None and hasattr(error, "error_dict"):
            self._place(error)
        else:
            super().add_error(field, error)

    def _place(self, error: ValidationError) -> None:
        kind = self.cleaned_data.get("backend", "")
        for name, messages in error.message_dict.items():
            for message in messages:
                option, _colon, words = message.partition(": ")
                key = option_name(kind, option)
                if name == "options" and key in self.fields:
                    if key not in self.errors:
                        super().add_error(key, words)
                elif name == "options" and self._has_faulty_options(kind):
                    continue  # said before, where it belongs
                else:
                    super().add_error(name if name in self.fields else None, message)

    def _has_faulty_options(self, kind: str) -> bool:
        return any(
            each.startswith(f"{kind}__") or each == "backend" for each in self.errors
        )


def free_agent_id(name: str) -> str:
    """Return a slug of `name` that no agent has yet."""
    stem = slugify(name)[:90] or "agent"
    taken = set(Agent.objects.filter(id__startswith=stem).values_list("id", flat=True))
    number, free = 1, stem
    while free in taken:
        number += 1
        free = f"{stem}-{number}"
    return free
