"""The webhooks of a task, on the task's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import InlineAdminFormSet
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.forms import PaginationInlineFormSet

from notifications.encryption import DecryptionError
from notifications.formatters import uses_of
from notifications.services import MAX_WEBHOOKS
from scheduling.admin.task.field_groups import opened
from scheduling.admin.task.webhook_form import TaskWebhookForm
from scheduling.admin.webhook_form import fieldsets
from scheduling.models import ScheduledTask, TaskWebhook


class TaskWebhookFormSet(PaginationInlineFormSet):  # type: ignore[misc] # unfold ships no types
    """The forms know who fills them in, and one lost key takes no page with it."""

    user: Any = None

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        known: dict[str, Any] = super().get_form_kwargs(index)
        return known | {"user": self.user, "task_id": self.instance.pk or ""}

    def get_queryset(self) -> QuerySet[TaskWebhook]:
        rows: QuerySet[TaskWebhook] = super().get_queryset()
        try:
            len(rows)
        except DecryptionError:
            # Now each secret is read by itself, and the form says which one cannot be.
            rows = self._queryset = rows.defer(*TaskWebhook.ENCRYPTED)
        return rows


class UnfoldedForms(InlineAdminFormSet):
    """Each form with those of its groups unfolded in which something is set, or wrong."""

    def __iter__(self) -> Iterator[Any]:
        for each in super().__iter__():
            each.fieldsets = opened(each.fieldsets, each.form)
            yield each

    @classmethod
    def of(cls, shown: Any) -> UnfoldedForms:
        """The same as `shown`, which is Django's."""
        same = cls(shown.opts, shown.formset, shown.fieldsets)
        same.__dict__ |= shown.__dict__
        return same


class TaskWebhookInline(StackedInline):  # type: ignore[misc] # unfold ships no types
    """Forms for editors; for others what there is, without the secrets."""

    model = TaskWebhook
    form = TaskWebhookForm
    formset = TaskWebhookFormSet
    extra = 0
    add_text = _("Add a webhook")
    max_num = MAX_WEBHOOKS
    template_before = "scheduling/webhook/before_inline.html"
    LOOKED_AT = ("about", "look")

    class Media:
        css = {"all": ["backbeat/webhooks.css"]}
        js = ["backbeat/webhooks.js"]

    def get_formset(
        self, request: HttpRequest, obj: ScheduledTask | None = None, **kwargs: Any
    ) -> Any:
        # Twice, for who deletes all and adds as many; a thousand forms would take a minute.
        limits = {"validate_max": True, "absolute_max": 2 * MAX_WEBHOOKS}
        formset = super().get_formset(request, obj, **limits, **kwargs)
        formset.user = request.user
        return formset

    def get_fieldsets(
        self, request: HttpRequest, obj: ScheduledTask | None = None
    ) -> tuple[tuple[Any, dict[str, Any]], ...]:
        # Django shows whatever a reader may not edit as it is stored: no secret may be among it.
        if self._may_edit(request, obj):
            return fieldsets("copy_of")
        return ((None, {"fields": self.LOOKED_AT}),)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ScheduledTask | None = None
    ) -> tuple[str, ...]:
        return () if self._may_edit(request, obj) else self.LOOKED_AT

    def _may_edit(self, request: HttpRequest, task: ScheduledTask | None) -> bool:
        verb = "change" if task else "add"
        parent = request.user.has_perm(f"scheduling.{verb}_scheduledtask")
        return parent and self.has_change_permission(request, task)

    @admin.display(description=_("Settings"))
    def about(self, webhook: TaskWebhook) -> SafeString:
        """What its format uses, without the secrets."""
        context = {"webhook": webhook, "used": uses_of(webhook.format)}
        return render_to_string("scheduling/webhook/about.html", context)

    @admin.display(description=_("Try it"))
    def look(self, webhook: TaskWebhook) -> SafeString:
        return render_to_string(
            "scheduling/webhook/trial.html", {"webhook_id": webhook.pk}
        )
