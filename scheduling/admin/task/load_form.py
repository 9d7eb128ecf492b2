"""The form of the page that imports tasks, and what it carries from the plan to the confirmation."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from notifications.encryption import DecryptionError, decrypt, encrypt
from pages.translation import translated
from scheduling.interop.documents import BadFile, decode
from scheduling.interop.formats import FORMATS
from scheduling.interop.plan import Options, Source
from scheduling.models import Agent
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone

MAX_BYTES = 1_000_000
MAX_FILES = 20
VALID_SECONDS = 3600


class _FileInput(UnfoldAdminFileFieldWidget):  # type: ignore[misc] # unfold ships no types
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once: a list."""

    widget = _FileInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data] if data else []
        return [super(FilesField, self).clean(each, initial) for each in files]


class LoadForm(forms.Form):
    """Files or a text, and how to load them."""

    uploads = FilesField(
        label=_("Files"), required=False,
        help_text=_("YAML or JSON of Backbeat, Simplize, RQ, APFlow, omniagent or Sympozium; at most 1 MB together."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Or their text"), required=False, strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 8, "spellcheck": "false"}),
    )  # fmt: skip
    format = forms.ChoiceField(
        label=_("Format"), required=False, widget=UnfoldAdminSelectWidget
    )
    agent_id = forms.ChoiceField(
        label=_("Agent"), required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("Does the tasks whose file names none that is here."),
    )  # fmt: skip
    timezone = forms.CharField(
        label=_("Time zone"), required=False, max_length=64, widget=UnfoldAdminTextInputWidget,
        help_text=_("Of times whose file names none, such as Asia/Ho_Chi_Minh."),
    )  # fmt: skip
    name = forms.SlugField(
        label=_("Prefix"), required=False, max_length=60, widget=UnfoldAdminTextInputWidget,
        help_text=_("Begins the ids of new tasks."),
    )  # fmt: skip
    paused = forms.BooleanField(
        label=_("Make new tasks paused"), required=False, widget=UnfoldBooleanWidget
    )
    force = forms.BooleanField(
        label=_("Overwrite what was changed by hand"),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    prune = forms.BooleanField(
        label=_("Delete tasks of these files that are no longer in them"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["format"].choices = [
            ("", gettext("As it is recognised")),
            *((name, each.label) for name, each in FORMATS.items()),
        ]
        agents = Agent.objects.filter(active=True).values_list("pk", "name")
        fields["agent_id"].choices = [("", "–"), *agents]

    def clean_timezone(self) -> str:
        name: str = self.cleaned_data["timezone"]
        try:
            if name:
                load_zone(name)
        except ScheduleError as error:
            raise ValidationError(translated(error.at_the_field)) from error
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        text = str(cleaned.get("text") or "")
        cleaned["sources"] = self._sources(cleaned.get("uploads") or [], text)
        return cleaned

    def _sources(self, uploads: list[Any], text: str) -> list[Source]:
        size = sum(each.size or 0 for each in uploads) + len(text.encode())
        if size > MAX_BYTES or len(uploads) > MAX_FILES:
            raise ValidationError(_("That is too much for this page: at most 20 files of 1 MB together. manage.py load_tasks takes more."))  # fmt: skip
        sources = [self._source(each) for each in uploads]
        if text.strip():
            sources.append(Source(name="", text=text))
        if not sources:
            raise ValidationError(_("Choose a file, or paste its text."))
        return sources

    def _source(self, upload: Any) -> Source:
        name = str(upload.name)[:200]
        try:
            text = decode(upload.read())
        except BadFile as error:
            raise ValidationError(f"{name}: {error}") from error
        return Source(name=name, text=text, stem=name.rpartition(".")[0] or name)

    def options(self, owner_id: int | None) -> Options:
        """What was chosen; new tasks are those of `owner_id`."""
        names = ("format", "agent_id", "timezone", "name", "paused", "force", "prune")
        chosen = {name: self.cleaned_data[name] for name in names}
        return Options(**chosen, owner_id=owner_id)


def sealed(
    sources: list[Source], options: Options, fingerprint: str, user_id: Any
) -> str:
    """What was planned, for its reader alone: sealed, as files may hold secrets."""
    told = {
        "user": user_id,
        "until": timezone.now().timestamp() + VALID_SECONDS,
        "sources": [asdict(each) for each in sources],
        "options": asdict(options),
        "fingerprint": fingerprint,
    }
    return encrypt(json.dumps(told, ensure_ascii=False))


def opened(seal: str, user_id: Any) -> tuple[list[Source], Options, str] | None:
    """What `sealed` holds; None when it is another's, too old, or was not made here."""
    try:
        told = json.loads(decrypt(seal, of="plan"))
    except (DecryptionError, ValueError):
        return None
    if told.get("user") != user_id or told.get("until", 0) < timezone.now().timestamp():
        return None
    sources = [Source(**each) for each in told["sources"]]
    return sources, Options(**told["options"]), told["fingerprint"]
