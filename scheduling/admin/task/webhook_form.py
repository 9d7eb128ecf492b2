"""The form of one webhook: on its task's page, and for trying it out before it is saved."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from notifications.encryption import mask_url
from notifications.formatters import FORMATTERS
from notifications.formatters.base import ALL_SETTINGS
from notifications.labels import format_choices
from notifications.preview import sample_variables
from scheduling.admin.secrets import (
    HeadersField,
    SecretTextField,
    blank_locked,
    merged,
)
from scheduling.admin.task.clone import source_of
from scheduling.admin.task.webhook_template import TemplateField
from scheduling.credentials import origin
from scheduling.models import TaskWebhook

SECRETS: dict[str, Any] = {"url": "", "headers": {}}
"""The secret fields of a webhook, and what stands for one that cannot be read."""


class TrialWidget(forms.Widget):
    """The buttons that try the webhook out as it stands in the form; gives no value."""

    task_id = ""

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        context = {"prefix": name.removesuffix("-trial"), "task_id": self.task_id}
        return render_to_string("scheduling/webhook/trial.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> None:
        return None

    def id_for_label(self, id_: str) -> str:
        return ""


class TaskWebhookForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A webhook. Blank secrets stay what they are, or are those of the one it is a copy of.

    `user` is who fills it in; `task_id` names the task for unsaved webhooks.
    """

    format = forms.ChoiceField(
        label=_("Format"), choices=format_choices, widget=UnfoldAdminSelectWidget
    )
    url = SecretTextField(label=_("URL"))
    headers = HeadersField(
        label=_("Headers"),
        help_text=_(
            "Values are write-only: a blank one stays what it is. A row without a name goes."
        ),
    )
    body_template = TemplateField(label=_("Body template"))
    trial = forms.Field(label=_("Try it"), required=False, widget=TrialWidget)
    copy_of = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = TaskWebhook
        fields = TaskWebhook.COPIED

    def __init__(
        self,
        *args: Any,
        user: AbstractBaseUser | AnonymousUser | None = None,
        task_id: str = "",
        **kwargs: Any,
    ) -> None:
        stored: TaskWebhook | None = kwargs.get("instance")
        self._locked = blank_locked(stored, SECRETS) if stored else {}
        super().__init__(*args, **kwargs)
        self._user = user
        self.initial["url"] = ""
        self._source = self.instance if self.instance.pk else self._copied()
        if self.instance.pk:
            # One that nobody touched is neither looked up nor checked again.
            self.empty_permitted = True
        self._dress(task_id)

    def _copied(self) -> TaskWebhook | None:
        signed = self.initial.get("copy_of", "")
        if self.is_bound:
            signed = self.data.get(self.add_prefix("copy_of"), "")
        if not signed or self._user is None:
            return None
        return source_of(str(signed), self._user)

    def _dress(self, task_id: str) -> None:
        """Say what is stored, and which fields each format uses."""
        fields, source = self.fields, self._source
        names = list(source.headers) if source else []
        self.initial["headers"] = [(name, "") for name in names]
        if "headers" in fields:
            fields["headers"].widget.stored = names
        if "url" in fields:
            fields["url"].help_text = self._about_url()
        uses = {name: each.fields for name, each in FORMATTERS.items()}
        attrs = {"data-settings": " ".join(ALL_SETTINGS), "data-uses": json.dumps(uses)}
        if "format" in fields:
            fields["format"].widget.attrs |= attrs
        if "body_template" in fields:
            fields["body_template"].help_text = render_to_string(
                "scheduling/webhook/variables.html", {"names": sample_variables()}
            )
        if "active" in fields and self.instance.disabled_reason:
            fields["active"].help_text = render_to_string(
                "scheduling/webhook/disabled.html",
                {"reason": self.instance.disabled_reason},
            )
        if "trial" in fields:
            fields["trial"].widget.task_id = self.instance.task_id or task_id

    def _about_url(self) -> str:
        if self._source is None or not self._source.url:
            return str(_("https://… of the receiver. It is not shown again."))
        text = _("Stored: %(url)s Blank keeps it; it is never shown.")
        # Help texts are put on the page as they are.
        return str(text) % {"url": escape(mask_url(self._source.url))}

    def has_changed(self) -> bool:
        """A copy is new, even when nobody changed what it starts with."""
        return super().has_changed() or (
            not self.instance.pk and bool(self.data.get(self.add_prefix("copy_of")))
        )

    def clean(self) -> dict[str, Any]:
        given, source = self.cleaned_data, self._source
        url = given.get("url") or ""
        if not url and "url" in self._locked:
            self.add_error("url", self._locked["url"])
        elif "url" in given:
            given["url"] = url or (source.url if source else "")
        if "headers" in given:
            self._clean_headers(url)
        return given

    def _clean_headers(self, url: str) -> None:
        """Stored headers do not follow to an origin they were not given for."""
        rows, source = self.cleaned_data["headers"], self._source
        stored = source.headers if source else {}
        kept = [name for name, value in rows if not value] if rows is not None else list(stored)  # fmt: skip
        try:
            self.cleaned_data["headers"] = merged(rows, stored)
        except ValidationError as error:
            self.add_error("headers", error)
            return
        if source and kept and url and origin(url) != origin(source.url):
            text = _(
                "The URL leads to another host now, and %(names)s was given for the old one: "
                "give the value again, or remove the row."
            )
            self.add_error("headers", str(text) % {"names": ", ".join(kept)})

    def _update_errors(self, errors: ValidationError) -> None:
        """A field whose text cannot be read has one error, not also that it is missing."""
        news = {
            name: found
            for name, found in errors.error_dict.items()
            if name not in self.errors
        }
        super()._update_errors(ValidationError(news))  # type: ignore[misc] # not in the stubs


class PreviewForm(TaskWebhookForm):
    """The same, but without asking whether the URL may be called: nothing is sent."""

    def clean(self) -> dict[str, Any]:
        for name in SECRETS:
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)
        return self.cleaned_data

    def _post_clean(self) -> None:
        construct_instance(self, self.instance, TaskWebhook.COPIED)
