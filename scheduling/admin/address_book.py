"""The address book: webhooks that belong to no task, which many tasks may use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from notifications.formatters import uses_of
from notifications.models import Webhook
from scheduling import services
from scheduling.admin.channels import ChannelPage
from scheduling.admin.secrets import blank_locked
from scheduling.admin.task.field_groups import opened
from scheduling.admin.webhook_acts import WebhookActs
from scheduling.admin.webhook_columns import WebhookColumns
from scheduling.admin.webhook_form import (
    SECRETS,
    WebhookForm,
    before_saving,
    fieldsets,
)
from scheduling.admin.webhook_lookups import HostsFirst
from scheduling.models import ScheduledTask

SHOWN_TASKS = 50


class AddressForm(WebhookForm):
    """A webhook of the address book."""

    class Meta(WebhookForm.Meta):
        fields: Any = (*Webhook.EDITABLE, "for_alerts")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trial" in self.fields:
            widget = self.fields["trial"].widget
            widget.page, widget.webhook_id = "notifications_webhook", self.instance.pk


@admin.register(Webhook)
class AddressBookAdmin(HostsFirst, WebhookColumns, WebhookActs, ChannelPage):
    form = trial_form = AddressForm
    list_display = ("named", "format_name", "host", "rule", "used_by", "alerts", "state", "last_delivery")  # fmt: skip
    list_display_links = None
    list_filter = (*WebhookColumns.list_filter, ("for_alerts", BooleanRadioFilter))
    search_fields = ("name", "tasks__id", "tasks__name")
    search_help_text = _("Name, or a task that uses it")
    list_before_template = "scheduling/webhook/none_yet.html"
    change_form_template = "admin/notifications/webhook/change_form.html"
    delete_confirmation_template = (
        "admin/notifications/webhook/delete_confirmation.html"
    )
    warn_unsaved_form = True
    actions = None
    LOOKED_AT = ("about",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        rows = super().get_queryset(request).filter(taskwebhook__isnull=True)
        found: QuerySet[Webhook] = rows.annotate(
            task_count=Count("tasks", distinct=True)
        )
        return found.order_by("name", "pk")

    def trial_rows(self) -> QuerySet[Any]:
        return super().trial_rows().filter(taskwebhook__isnull=True)

    def may_change(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_webhook"))

    def may_try(self, request: HttpRequest, stored: Webhook | None) -> bool:
        verb = "change" if stored else "add"
        return bool(request.user.has_perm(f"notifications.{verb}_webhook"))

    def may_test(self, request: HttpRequest) -> bool:
        can = request.user.has_perm
        return can("notifications.test_webhook") and can("notifications.view_webhook")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)

        class Filled(form):  # type: ignore[misc, valid-type] # made by Django
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, user=request.user, **kwargs)

        return Filled

    def get_fieldsets(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        # Django shows whatever a reader may not edit as it is stored: no secret may be among it.
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets("for_alerts")
        return ((None, {"fields": self.LOOKED_AT}),)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Webhook | None = None
    ) -> tuple[str, ...]:
        may = obj is None or self.has_change_permission(request, obj)
        return () if may else self.LOOKED_AT

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Webhook | None:
        webhook: Any = super().get_object(request, object_id, from_field)
        if webhook is not None and not self.has_change_permission(request, webhook):
            webhook.locked = blank_locked(webhook, SECRETS)
        return webhook  # type: ignore[no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        title = {"title": _("Address book")}
        return super().changelist_view(request, title | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        webhook, shown = context["original"], context["adminform"]
        shown.fieldsets = opened(shown.fieldsets, shown.form)
        if webhook is not None:
            context |= self.acts_context(request, webhook)
            context |= {"tasks": tasks_of(webhook), "alerted": alerted_by(webhook)}
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    def save_model(
        self,
        request: HttpRequest,
        obj: Webhook,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        before_saving(form, request.user)
        super().save_model(request, obj, form, change)

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The question names the tasks that lose it."""
        webhook = self.get_object(request, object_id)
        losing = {"losing": losing_it(webhook)[:SHOWN_TASKS] if webhook else ()}
        return super().delete_view(request, object_id, losing | (extra_context or {}))

    def get_deleted_objects(
        self, objs: Iterable[Webhook], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[str]]:
        """Only itself: deliveries stay, and so do the tasks."""
        names = [str(webhook) for webhook in objs]
        allowed = self.has_delete_permission(request)
        lacking = set() if allowed else {str(self.opts.verbose_name)}
        return names, {_("webhooks"): len(names)}, lacking, []

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        services.delete_shared(obj, user=request.user)

    @admin.display(description=_("Tasks"), ordering="task_count")
    def used_by(self, webhook: Any) -> str:
        count = webhook.task_count
        words = ngettext("%(count)d task", "%(count)d tasks", count)
        return words % {"count": count} if count else "–"

    @admin.display(description=_("For alerts"), ordering="for_alerts")
    def alerts(self, webhook: Webhook) -> str:
        return gettext("yes") if webhook.for_alerts else "–"

    @admin.display(description=_("Settings"))
    def about(self, webhook: Webhook) -> SafeString:
        """What its format uses, without the secrets."""
        context = {"webhook": webhook, "used": uses_of(webhook.format)}
        return render_to_string("scheduling/webhook/about.html", context)


def tasks_of(webhook: Webhook) -> QuerySet[ScheduledTask]:
    """The tasks that report to it, by name; id and name alone."""
    rows = ScheduledTask.objects.filter(shared_webhooks=webhook).only("id", "name")
    return rows.order_by("name", "id")


def alerted_by(webhook: Webhook) -> QuerySet[ScheduledTask]:
    """The tasks whose alert channel it is."""
    rows = ScheduledTask.objects.filter(alert_webhook=webhook).only("id", "name")
    return rows.order_by("name", "id")


def losing_it(webhook: Webhook) -> QuerySet[ScheduledTask]:
    """The tasks that use it in either way."""
    used = Q(shared_webhooks=webhook) | Q(alert_webhook=webhook)
    rows = ScheduledTask.objects.filter(used).only("id", "name")
    return rows.order_by("name", "id").distinct()
