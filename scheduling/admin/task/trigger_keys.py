"""The keys that let something outside begin a task: listed, made, told once, revoked."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from scheduling import services
from scheduling.admin.task.switch import TaskSwitch
from scheduling.exceptions import Conflict
from scheduling.interop.trigger.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from scheduling.models import ScheduledTask, TriggerKey
from scheduling.services.trigger_keys import MAX_DAYS

PAGE = "admin/scheduling/scheduledtask/trigger_keys.html"
# Written down as they are, and translated where they are shown.
MADE = gettext_noop("Made a trigger key.")
REVOKED = gettext_noop("Revoked a trigger key.")
_NUMBER = re.compile(r"[0-9]{1,18}")


class TriggerKeyForm(forms.Form):
    """What a new key is, and what it is for."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What it is for, such as the program that will use it."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=TriggerKey.Kind.choices,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A token is sent as it is; a secret signs what is sent."),
    )
    days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: until it is revoked."),
    )


class TaskTriggerKeys(TaskSwitch):
    """The part of `ScheduledTaskAdmin` that gives keys to what is outside."""

    @action(description=_("Trigger keys"), icon="key", url_path="trigger-keys", permissions=["trigger_keys"])  # type: ignore[untyped-decorator]  # fmt: skip
    def trigger_keys(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """List the keys (GET); revoke the one that `revoke` names, or make one (POST)."""
        task = self.task_at(request, object_id)
        if request.method != "POST":
            return self._keys(request, task, TriggerKeyForm())
        if number := request.POST.get("revoke"):
            return self._revoke(request, task, number)
        if not request.user.has_perm("scheduling.add_triggerkey"):
            raise PermissionDenied
        form = TriggerKeyForm(request.POST)
        if form.is_valid():
            try:
                made, told = services.make_trigger_key(task, **form.cleaned_data, user=request.user)  # fmt: skip
            except (Conflict, ValidationError) as error:
                form.add_error(None, str(error) if isinstance(error, Conflict) else error)  # fmt: skip
            else:
                self.log_change(request, task, MADE)
                # Told in the answer itself: a redirect would have to keep it somewhere.
                return self._keys(request, task, TriggerKeyForm(), made=made, told=told)
        return self._keys(request, task, form)

    def has_trigger_keys_permission(
        self, request: HttpRequest, obj: Any = None
    ) -> bool:
        return bool(
            self.has_view_permission(request)
            and request.user.has_perm("scheduling.view_triggerkey")
        )

    def _revoke(
        self, request: HttpRequest, task: ScheduledTask, number: str
    ) -> HttpResponse:
        if not request.user.has_perm("scheduling.delete_triggerkey"):
            raise PermissionDenied
        keys = services.trigger_keys_of(task)
        key = keys.filter(pk=number).first() if _NUMBER.fullmatch(number) else None
        if key is None:
            messages.warning(request, gettext("That key is gone already."))
        else:
            services.revoke_trigger_key(key)
            self.log_change(request, task, REVOKED)
            text = gettext("Revoked %(start)s…: what uses it is refused from now on.")
            messages.success(request, text % {"start": key.beginning})
        return redirect(request.path)

    def _keys(
        self, request: HttpRequest, task: ScheduledTask, form: forms.Form, **more: Any
    ) -> HttpResponse:
        address = reverse("webhook-trigger", args=[task.pk])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Trigger keys of “%(name)s”") % {"name": task.name},
            "opts": self.opts,
            "original": task,
            "task": task,
            "address": request.build_absolute_uri(address),
            "headers": (SIGNATURE_HEADER, TIMESTAMP_HEADER),
            "keys": services.trigger_keys_of(task),
            "form": form,
            **more,
        }
        return TemplateResponse(request, PAGE, context)
