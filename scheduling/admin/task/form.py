"""The task's page: its form, and what stands beside it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scheduling import services
from scheduling.admin.task.faults import faulty_fields
from scheduling.admin.task.field_groups import (
    BUDGET,
    FIELDSETS,
    FREEDOM,
    GROUPS,
    LOOKED_AT_REPORTS,
    opened,
)
from scheduling.admin.task.hints import CRON_LINES, VARIABLES
from scheduling.admin.task.ledger_panel import ledger_context
from scheduling.admin.task.own_options import shown_by_agent
from scheduling.admin.task.parents import written_parents
from scheduling.admin.task.people import (
    MOST_OFFERED,
    PeopleSearch,
    PersonSelect,
    person_name,
)
from scheduling.admin.task.report_form import ReportForm, ReportsShown
from scheduling.admin.task.schedule_panel import SchedulePanel, preview_context
from scheduling.admin.task.state_panel import state_context
from scheduling.admin.task.tag_field import TagsField
from scheduling.admin.task.webhook_inline import UnfoldedForms
from scheduling.admin.webhook_form import before_saving
from scheduling.admin.webhook_lookups import HostsFirst
from scheduling.admin.widgets import SearchSelect
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Dependency, ScheduledTask, TaskWebhook
from scheduling.models.policies import LIMITS
from scheduling.tags import save_tags

Refusal = ValidationError | Conflict


class TaskForm(ReportForm):
    """A task as people write it."""

    owner = forms.ModelChoiceField(
        get_user_model().objects.all(), required=False, label=_("Owner"), widget=PersonSelect,
        help_text=_("Agents act for the owner, inside what the owner may do."),
    )  # fmt: skip
    target_user_id = forms.CharField(
        label=_("Target user"), required=False, max_length=100, widget=PersonSelect,
        help_text=_("The user whose inbox shows the result."),
    )  # fmt: skip
    tags = TagsField(
        label=_("Tags"), required=False,
        help_text=_("Words to sort tasks by. Type a new one and end it with Enter or a comma."),
    )  # fmt: skip

    refusal: Refusal | None = None
    """Why the task could not be saved, a moment ago."""

    class Meta:
        model = ScheduledTask
        fields = "__all__"  # the admin's fieldsets choose

    class Media:
        css = {"all": ("backbeat/task-form.css",)}
        js = (
            "admin/js/jquery.init.js",
            "unfold/js/select2.init.js",
            "backbeat/task-form.js",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = _("Blank: made from the name. It cannot be changed later.")  # fmt: skip
            self.fields["id"].error_messages["invalid"] = _("“%(value)s” cannot be an id: write letters from a to z, digits, - and _ alone.")  # fmt: skip
        self._limit("deadline_seconds", LIMITS["deadline_seconds"][1])
        self._limit("max_attempts", LIMITS["max_attempts"][1])
        if field := self.fields.get("system_prompt_override"):
            field.widget.attrs["rows"] = 4
        self._offer("cron_expression", "cron_help", CRON_LINES)
        self._offer("input_message", "variables", VARIABLES)

    def _limit(self, name: str, most: int) -> None:
        """Say the limits in the words of `ScheduledTask.clean`, also for what no column holds."""
        if field := self.fields.get(name):
            message = gettext("Must be 1 to %(most)d.") % {"most": most}
            limits = MinValueValidator(1, message), MaxValueValidator(most, message)
            field.validators = [*limits]
            field.widget.attrs |= {"min": 1, "max": most}

    def _offer(self, name: str, template: str, offers: Any) -> None:
        """Put what may be chosen by a click under the field."""
        if field := self.fields.get(name):
            context = {"into": f"id_{self.add_prefix(name)}", "offers": offers}
            template = f"scheduling/task/{template}.html"
            field.help_text = render_to_string(template, context)

    def clean_id(self) -> str:
        """An id that is left blank is made from the name."""
        given = self.cleaned_data.get("id")
        if not given:
            return services.free_id(str(self.cleaned_data.get("name", "")))
        if ScheduledTask.objects.filter(pk=given).exists():
            message = _("“%(id)s” is taken: choose another id, or leave it blank.")
            raise ValidationError(message, params={"id": given})
        return str(given)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name, messages in _said(self.refusal).items():
            self.add_error(name if name in self.fields else None, messages)
        return cleaned

    def _save_m2m(self) -> None:
        save_tags(self.instance, self.cleaned_data["tags"])
        shared = [each.pk for each in self.cleaned_data["shared_webhooks"]]
        services.save_shared(self.instance, shared)


def _said(refusal: Refusal | None) -> dict[str, list[str]]:
    """The messages of `refusal` by field."""
    if refusal is None:
        return {}
    if isinstance(refusal, Conflict):
        return {NON_FIELD_ERRORS: [str(refusal)]}
    if hasattr(refusal, "error_dict"):
        return refusal.message_dict
    return {NON_FIELD_ERRORS: refusal.messages}


class TaskFormPage(SchedulePanel, PeopleSearch, ReportsShown, HostsFirst):
    """The form's part of `ScheduledTaskAdmin`."""

    form = TaskForm
    change_form_template = "admin/scheduling/scheduledtask/change_form.html"
    warn_unsaved_form = True
    fieldsets = FIELDSETS
    looked_at = (
        (_("General"), {"fields": ("name", "id", "active", "owner", "target_person", "tags")}),
        (_("Agent"), {"fields": ("agent", "prompt", "supplement", ("deadline_seconds", "max_attempts"))}),
        (_("Schedule"), {"fields": ("schedule_type", "timezone", ("calendar", "on_closed_day"), ("max_runs", "first_run"))}),
        (_("When things go otherwise"), {"fields": (("overlap", "catch_up"), "pause_after_failures")}),
        (_("Budget"), {"fields": BUDGET}),
        (_("Memory, approval and freedom"), {"fields": FREEDOM}),
        (_("Where it reports to"), {"fields": LOOKED_AT_REPORTS}),
    )  # fmt: skip
    """The same for those who may only look: the panel says the schedule in words."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return self.looked_at
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ScheduledTask | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("id",)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Few agents are all offered, which needs no scripts; many are searched for."""
        if not hasattr(request, "many_agents"):
            request.many_agents = Agent.objects.count() > MOST_OFFERED  # type: ignore[attr-defined] # asked once
        return ("agent",) if request.many_agents else ()  # type: ignore[attr-defined] # set above

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "agent" and not self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchSelect({"data-width": "100%"}))
            kwargs["empty_label"] = _("Choose an agent")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"owner": request.user.pk} | initial

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the form again, as it was sent, when the service refuses to save it.

        Django rolls back what was begun before the refusal comes here.
        """
        view = super().changeform_view
        try:
            return view(request, object_id, form_url, extra_context)
        except (ValidationError, Conflict) as error:
            if hasattr(request, "refusal"):
                raise
            request.refusal = error  # type: ignore[attr-defined] # read by get_form
        return view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> Any:
        task, shown = context["original"], context["adminform"]
        shown.fieldsets = opened(shown.fieldsets, shown.form)
        context |= preview_context(context["adminform"].form)
        context |= state_context(task, request.user) if task else {}
        context |= ledger_context(task, request) if task else {}
        context["faulty_fields"] = faulty_fields(
            context["adminform"].form, context["inline_admin_formsets"]
        )
        context["errors"] = None  # unfold's banner, which names none
        context["field_groups"] = GROUPS | {"agent": shown_by_agent()}
        return super().render_change_form(request, context, **kwargs)

    def get_inline_instances(
        self, request: HttpRequest, obj: ScheduledTask | None = None
    ) -> Any:
        """`?blank_webhook=1` has a blank form ready for those whose browser adds none."""
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.extra = 1 if "blank_webhook" in request.GET else inline.extra
        return inlines

    def get_inline_formsets(self, *args: Any, **kwargs: Any) -> Any:
        """Name the button, which calls the first one "another" too."""
        found: list[Any] = [
            UnfoldedForms.of(each) if each.opts.model is TaskWebhook else each
            for each in super().get_inline_formsets(*args, **kwargs)
        ]
        for each in found:
            data = json.loads(each.inline_formset_data())
            data["options"]["addText"] = str(each.opts.add_text)
            text = json.dumps(data)
            each.inline_formset_data = text  # a method, where templates call it
            if each.formset.initial_form_count():
                each.classes = ""  # nothing that is there is folded away
        return found

    def save_model(
        self,
        request: HttpRequest,
        obj: ScheduledTask,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        services.save_task(obj, user=request.user)

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        """One version of it all, now that tags and webhooks are written too."""
        super().save_related(request, form, formsets, change)
        services.record_task(form.instance, user=request.user, is_new=not change)
        services.changed_event_triggers(form.instance.pk)

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        if formset.model is not Dependency:
            for each in formset.initial_forms:
                before_saving(each, request.user)
            super().save_formset(request, form, formset, change)
            return
        if formset.has_changed():
            parents = written_parents(formset)
            services.set_parents(form.instance, parents, user=request.user)
        # Read where the change is noted; the service tells what became of them.
        formset.new_objects = formset.changed_objects = formset.deleted_objects = []

    def delete_model(self, request: HttpRequest, obj: ScheduledTask) -> None:
        services.delete_task(obj, user=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[ScheduledTask]
    ) -> None:
        for task in queryset:
            services.delete_task(task, user=request.user)

    @admin.display(description=_("Target user"))
    def target_person(self, task: ScheduledTask) -> str:
        return person_name(task.target_user_id) if task.target_user_id else gettext("Nobody")  # fmt: skip

    @admin.display(description=_("Prompt"))
    def prompt(self, task: ScheduledTask) -> SafeString:
        return _text(task.input_message)

    @admin.display(description=_("Addition to the system prompt"))
    def supplement(self, task: ScheduledTask) -> SafeString:
        return _text(task.system_prompt_override)


def _text(text: str) -> SafeString:
    return render_to_string("scheduling/task/text.html", {"text": text})
