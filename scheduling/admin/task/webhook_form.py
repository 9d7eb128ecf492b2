"""The form of a task's webhook: it may be a copy, whose secrets are those of its source."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import construct_instance

from notifications.models import Webhook
from scheduling.admin.task.clone import source_of
from scheduling.admin.webhook_form import WebhookForm
from scheduling.models import TaskWebhook


class TaskWebhookForm(WebhookForm):
    """A webhook of a task; `task_id` names the task for unsaved ones."""

    copy_of = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta(WebhookForm.Meta):
        model = TaskWebhook

    def __init__(self, *args: Any, task_id: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trial" in self.fields:
            self.fields["trial"].widget.task_id = self.instance.task_id or task_id

    def source(self) -> Webhook | None:
        return super().source() or self._copied()

    def _copied(self) -> Webhook | None:
        signed = self.initial.get("copy_of", "")
        if self.is_bound:
            signed = self.data.get(self.add_prefix("copy_of"), "")
        if not signed or self._user is None:
            return None
        return source_of(str(signed), self._user)

    def has_changed(self) -> bool:
        """A copy is new, even when nobody changed what it starts with."""
        return super().has_changed() or (
            not self.instance.pk and bool(self.data.get(self.add_prefix("copy_of")))
        )


def to_preview(form: type[WebhookForm]) -> type[WebhookForm]:
    """The same form, but without asking whether the URL may be called: nothing is sent."""

    class PreviewForm(form):  # type: ignore[valid-type, misc] # made of either form
        def clean(self) -> dict[str, Any]:
            given: dict[str, Any] = self.cleaned_data
            source = self._source
            given.pop("headers", None)
            self.errors.pop("headers", None)
            if source and not given.get("url"):
                given["url"] = source.url
            self._clean_signing()
            return given

        def _post_clean(self) -> None:
            construct_instance(self, self.instance, Webhook.EDITABLE)

    return PreviewForm
