"""The reports' part of the task's form: webhooks of the address book, and who hears of incidents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, prefetch_related_objects
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
)

from scheduling import services
from scheduling.admin.task.own_options import OwnOptionsForm
from scheduling.admin.widgets import SearchSelect
from scheduling.models import ScheduledTask
from scheduling.models.policies import LIMITS


class AddressBook(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # not subscriptable at run time
    """Webhooks of the address book; nothing secret of them is read."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminSelect2MultipleWidget({"data-width": "100%"})
        super().__init__(
            services.address_book(), required=False, widget=widget, **kwargs
        )


class ReportForm(OwnOptionsForm):
    """Where a task reports to besides its own webhooks."""

    shared_webhooks = AddressBook(
        label=_("From the address book"),
        help_text=_("Each is told by a rule of its own, which stands in the address book."),
    )  # fmt: skip
    alert_webhook = forms.ModelChoiceField(
        services.address_book(), required=False, label=_("Alert channel"),
        empty_label=_("Where the installation's incidents are told"),
        widget=SearchSelect({"data-width": "100%"}),
        help_text=_("The incidents of this task are told here."),
    )  # fmt: skip
    alert_after_failures = forms.IntegerField(
        label=_("Alert after failures in a row"), required=False,
        min_value=LIMITS["alert_after_failures"][0], max_value=LIMITS["alert_after_failures"][1],
        widget=UnfoldAdminIntegerFieldWidget({"min": 1}),
        help_text=_("A failure that nobody is told of otherwise is an alert at once."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        task = kwargs.get("instance")
        if task is not None and not task._state.adding:  # noqa: SLF001 -- Django's documented API
            # Else Django reads them whole to know which are chosen: a lost key takes no page with it.
            shared = Prefetch("shared_webhooks", services.address_book())
            prefetch_related_objects([task], shared)
        super().__init__(*args, **kwargs)

    def clean_alert_after_failures(self) -> int:
        field = ScheduledTask._meta.get_field("alert_after_failures")  # noqa: SLF001 -- Django's documented API
        return int(self.cleaned_data["alert_after_failures"] or field.default)


class ReportsShown(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The same for those who may only look; Django's own would read the secrets, too."""

    @admin.display(description=_("Webhooks of the address book"))
    def reports_to(self, task: ScheduledTask) -> SafeString:
        return _addresses(services.address_book().filter(tasks=task))

    @admin.display(description=_("Alert channel"))
    def alerted_at(self, task: ScheduledTask) -> SafeString:
        return _addresses(services.address_book().filter(pk=task.alert_webhook_id))


def _addresses(webhooks: Any) -> SafeString:
    return render_to_string("scheduling/webhook/addresses.html", {"webhooks": webhooks})
