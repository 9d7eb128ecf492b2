"""The form of one webhook, of a task or of the address book."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from notifications import services
from notifications.encryption import mask_url
from notifications.formatters import FORMATTERS
from notifications.formatters.base import ALL_SETTINGS
from notifications.labels import format_choices
from notifications.models import Webhook
from notifications.preview import sample_variables
from scheduling.admin.secrets import (
    HeadersField,
    SecretTextField,
    blank_locked,
    merged,
)
from scheduling.admin.task.schedule_inputs import ClockField
from scheduling.admin.task.webhook_template import TemplateField
from scheduling.admin.webhook_fields import (
    LinesField,
    OptionsField,
    PeriodField,
    SigningSecretField,
    ZoneInput,
)
from scheduling.credentials import origin

SECRETS: dict[str, Any] = {"url": "", "headers": {}, "signing_secret": ""}
"""The secret fields of a webhook, and what stands for one that cannot be read."""

WHERE = ("name", "format", "url", "chat_id", "body_template", "headers", "notify_on")
FOLDED = (
    (_("Which results"), ("first_of_streak", "changed_fields", "condition", "obeys_silence")),
    (_("Quiet hours and digest"), (("quiet_from", "quiet_until"), ("digest_seconds", "digest_at"), "timezone")),
    (_("Signing and options"), ("signing_secret", "forget_secret", "options")),
)  # fmt: skip
LAST = ("active", "trial")


def fieldsets(*last: str) -> tuple[tuple[Any, dict[str, Any]], ...]:
    """The groups of the form, what is seldom needed folded away; `last` ends it."""
    folded = [
        (name, {"fields": names, "classes": ("collapse",)}) for name, names in FOLDED
    ]
    return ((None, {"fields": WHERE}), *folded, (None, {"fields": (*last, *LAST)}))


_ADDRESSES = {
    "http": (_("URL"), _("https://… of the receiver.")),
    "mail": (_("Addresses"), _("mailto:an@example.org — several with commas between them.")),
    "apprise": (_("Apprise URL"), _("As Apprise's own list of services writes it, such as ntfy://topic.")),
}  # fmt: skip
"""What a format's URL is, by its carrier."""


class TrialWidget(forms.Widget):
    """The buttons that try the webhook out as it stands in the form; gives no value."""

    task_id, webhook_id = "", None
    page = "scheduling_taskwebhook"

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        prefix = name.removesuffix("trial").removesuffix("-")
        context = {
            "prefix": prefix,
            "in_form": True,
            "task_id": self.task_id,
            "webhook_id": self.webhook_id,
            "preview_page": f"admin:{self.page}_preview",
            "test_page": f"admin:{self.page}_test",
        }
        return render_to_string("scheduling/webhook/trial.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> None:
        return None

    def id_for_label(self, id_: str) -> str:
        return ""


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A webhook. Blank secrets stay what they are; `user` is who fills it in."""

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
    changed_fields = LinesField(
        label=_("Compare these fields"),
        help_text=_(
            "One a line, such as signal.score, of the typed output; none: the whole output. They count where it is told about changes."
        ),
    )
    quiet_from = ClockField(label=_("Quiet from"), required=False)
    quiet_until = ClockField(
        label=_("Quiet until"),
        required=False,
        help_text=_("What comes up in quiet hours is told afterwards, in one message."),
    )
    digest_seconds = PeriodField(
        label=_("Collect for"),
        required=False,
        help_text=_(
            "Results of this time, of all its tasks, go out as one message. Empty: each at once."
        ),
    )
    digest_at = ClockField(
        label=_("Or once a day at"),
        required=False,
        help_text=_("All results of a day go out at this time, as one message."),
    )
    signing_secret = SigningSecretField(label=_("Signing secret"))
    forget_secret = forms.BooleanField(
        label=_("Sign no more"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    options = OptionsField(
        label=_("Options"),
        required=False,
        help_text=_(
            "Of the format, as JSON: max_messages is how many messages a long result may become."
        ),
    )
    trial = forms.Field(label=_("Try it"), required=False, widget=TrialWidget)

    write_only = tuple(SECRETS)
    """What its initial values never hold."""

    class Meta:
        model = Webhook
        fields = Webhook.EDITABLE
        widgets = {
            "timezone": ZoneInput,
            "condition": UnfoldAdminTextareaWidget(
                {"rows": 2, "class": "bb-template", "spellcheck": "false"}
            ),
        }

    def __init__(
        self,
        *args: Any,
        user: AbstractBaseUser | AnonymousUser | None = None,
        **kwargs: Any,
    ) -> None:
        stored: Webhook | None = kwargs.get("instance")
        self._locked = blank_locked(stored, SECRETS) if stored else {}
        super().__init__(*args, **kwargs)
        self._user = user
        self.initial["url"] = self.initial["signing_secret"] = ""
        self._source: Webhook | None = self.source()
        if self.instance.pk:
            # One that nobody touched is neither looked up nor checked again.
            self.empty_permitted = True
        self._dress()

    def source(self) -> Webhook | None:
        """The webhook whose secrets stand behind blank fields."""
        return self.instance if self.instance.pk else None

    def _dress(self) -> None:
        """Say what is stored, and which fields each format uses."""
        fields, source = self.fields, self._source
        names = list(source.headers) if source else []
        self.initial["headers"] = [(name, "") for name in names]
        if "headers" in fields:
            fields["headers"].widget.stored = names
        if "url" in fields:
            fields["url"].help_text = self._about_url()
        if "format" in fields:
            fields["format"].widget.attrs |= settings_by_format()
        if "signing_secret" in fields:
            self._dress_signing(is_stored=bool(source and source.signing_secret))
        if "body_template" in fields:
            fields["body_template"].help_text = render_to_string(
                "scheduling/webhook/variables.html", {"names": sample_variables()}
            )
        if "active" in fields and self.instance.disabled_reason:
            fields["active"].help_text = render_to_string(
                "scheduling/webhook/disabled.html",
                {"reason": self.instance.disabled_reason},
            )

    def _about_url(self) -> str:
        if self._source is None or not self._source.url:
            return str(_("https://… of the receiver. It is not shown again."))
        text = _("Stored: %(url)s Blank keeps it; it is never shown.")
        # Help texts are put on the page as they are.
        return str(text) % {"url": escape(mask_url(self._source.url))}

    def _dress_signing(self, *, is_stored: bool) -> None:
        self.fields["signing_secret"].help_text = (
            _("One is stored. Blank keeps it; it is never shown.")
            if is_stored
            else _(
                "The receiver checks with it who has sent a message: whsec_… Copy it now, it is not shown again."
            )
        )
        if not is_stored and "forget_secret" in self.fields:
            self.fields["forget_secret"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given, source = self.cleaned_data, self._source
        url = given.get("url") or ""
        if not url and "url" in self._locked:
            self.add_error("url", self._locked["url"])
        elif "url" in given:
            given["url"] = url or (source.url if source else "")
            self.instance.keeps_url = bool(source and not url)
        if "headers" in given:
            self._clean_headers(url)
        self._clean_signing()
        return given

    def _clean_signing(self) -> None:
        given, source = self.cleaned_data, self._source
        if "signing_secret" not in given or given["signing_secret"]:
            return
        if given.get("forget_secret"):
            given["signing_secret"] = ""
        elif "signing_secret" in self._locked:
            self.add_error("signing_secret", self._locked["signing_secret"])
        else:
            given["signing_secret"] = source.signing_secret if source else ""

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


def before_saving(form: WebhookForm, user: AbstractBaseUser | AnonymousUser) -> None:
    """For the transaction that saves the form: whoever ticks it on ends its incident, too."""
    webhook = form.instance
    if webhook.pk and webhook.active and "active" in form.changed_data:
        services.switch_on(webhook, user=user)
        webhook.failing_since = None


def settings_by_format() -> dict[str, str]:
    """Attributes of the format's select, for webhooks.js: what each uses, and what its URL is."""
    uses = {
        name: [*dict.fromkeys((*each.fields, *(("options",) if each.limits else ())))]
        for name, each in FORMATTERS.items()
    }
    hidden = [*dict.fromkeys((*ALL_SETTINGS, "options", "forget_secret"))]
    for used in uses.values():
        if "signing_secret" in used:
            used.append("forget_secret")
    places = {
        name: [str(word) for word in _ADDRESSES.get(each.carrier, _ADDRESSES["http"])]
        for name, each in FORMATTERS.items()
    }
    return {
        "data-settings": " ".join(hidden),
        "data-uses": json.dumps(uses),
        "data-places": json.dumps(places, ensure_ascii=False),
    }
