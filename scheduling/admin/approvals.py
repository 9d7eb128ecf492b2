"""Outputs that wait for approval: the list, and the buttons on the page of their run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter

from pages.admin.parts import ReadOnly, status_cell, when_cell
from pages.templatetags.pages import plain
from scheduling import services, standing
from scheduling.admin.approval_form import ApprovalForm
from scheduling.exceptions import Conflict
from scheduling.models import Approval, Run

Approvals = QuerySet[Approval]
Verb = Callable[..., Run]
APPROVED, REJECTED = gettext_noop("Approved"), gettext_noop("Rejected")
_EXCERPT = 300
_MOST_TOLD = 5
_MOST_NAMED = 20
_SELECTED = "admin/scheduling/approval/decide_selected.html"


class OpenFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    """Those that wait, or those that were decided."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Run.Approval.choices]

    def queryset(self, request: HttpRequest, queryset: Approvals) -> Approvals:
        if not self.value():
            return queryset
        if self.value() == Run.Approval.WAITING:  # an index serves
            return queryset.filter(decided_at__isnull=True)
        return queryset.filter(decided_at__isnull=False, run__approval=self.value())


@admin.register(Approval)
class ApprovalAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The open ones first; the page of one is that of its run."""

    list_display = ("of_run", "state", "excerpt", "asked", "expires", "decision")
    list_filter = (OpenFilter,)
    list_filter_submit = True
    list_per_page = 50
    list_disable_select_all = True
    sortable_by = ()
    ordering = (F("decided_at").desc(nulls_first=True), "-asked_at", "pk")
    search_fields = ("run__task_name", "run__task_ref")
    search_help_text = _("A task's name or id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> Approvals:
        shown = ("run", "asked_at", "expires_at", "decided_at", "was_edited")
        named = ("run__task_name", "run__approval", "decided_by__username")
        rows: Approvals = super().get_queryset(request)
        rows = rows.select_related("run", "decided_by").only(*shown, *named)
        return rows.annotate(head=Left("run__output", _EXCERPT))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """May they approve and reject?"""
        return bool(
            self.has_view_permission(request)
            and request.user.has_perm("scheduling.decide_approval")
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:run_id>/approve/", view(self.approve_one), name="scheduling_approval_approve"),
            path("<uuid:run_id>/reject/", view(self.reject_one), name="scheduling_approval_reject"),
        ]  # fmt: skip
        return own + list(super().get_urls())

    def change_view(
        self, request: HttpRequest, object_id: str, *_a: Any, **_k: Any
    ) -> Any:
        """GET: lead to the page of the run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        return redirect("admin:scheduling_run_change", object_id)

    # -- one, on the page of its run

    def approve_one(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """POST: approve it, with `save` as it is sent."""
        return self._one(request, run_id, services.approve)

    def reject_one(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """POST: reject it."""
        return self._one(request, run_id, services.reject)

    def _one(self, request: HttpRequest, run_id: uuid.UUID, verb: Verb) -> HttpResponse:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        runs = Run.objects.only("id", "output", "output_data")
        run = get_object_or_404(runs, pk=run_id, approval_record__isnull=False)
        sent = request.POST.copy()
        if verb is services.reject:
            sent.pop("output", None)  # what becomes of the text matters no more
        form = ApprovalForm(sent, run=run)
        try:
            if not form.is_valid():
                return self._asked_again(request, run, form)
            edit = {} if form.edited is None else {"output": form.edited}
            self._decide(request, run, verb, note=form.cleaned_data["note"], **edit)
        except ValidationError as error:
            form.add_error(None, error)
            return self._asked_again(request, run, form)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, _said(verb, 1), messages.SUCCESS)
        return redirect("admin:scheduling_run_change", run_id)

    def _decide(self, request: HttpRequest, run: Run, verb: Verb, **given: Any) -> None:
        done = verb(run.pk, user=request.user, **given)
        said = APPROVED if verb is services.approve else REJECTED
        self.log_change(request, done.approval_record, said)
        standing.forget()

    def _asked_again(
        self, request: HttpRequest, run: Run, form: ApprovalForm
    ) -> HttpResponse:
        """The page of the run, with what was sent and what is wrong with it."""
        page: Any = self.admin_site.get_model_admin(Run)
        context = {
            **self.admin_site.each_context(request),
            **page.shown(request, str(run.pk)),
            "opts": page.opts,
            "approval_form": form,
        }
        return TemplateResponse(request, page.page_template, context)

    # -- several, in the list

    @admin.action(description=_("Approve"), permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: Approvals) -> HttpResponse | None:
        return self._several(request, queryset, services.approve)

    @admin.action(description=_("Reject"), permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: Approvals) -> HttpResponse | None:
        return self._several(request, queryset, services.reject)

    def _several(
        self, request: HttpRequest, chosen: Approvals, verb: Verb
    ) -> HttpResponse | None:
        """Ask first; what is sent back with `post` is done."""
        if "post" not in request.POST:
            return self._asked_of_several(request, chosen, verb)
        refused: list[str] = []
        ids = list(chosen.values_list("pk", flat=True))
        for run in Run.objects.filter(pk__in=ids).only("id", "task_name", "scheduled_for", "created_at"):  # fmt: skip
            try:
                self._decide(request, run, verb, note=request.POST.get("note", ""))
            except (Conflict, ValidationError) as error:
                words = error.messages if isinstance(error, ValidationError) else [str(error)]  # fmt: skip
                refused.append(f"{run}: {' '.join(words)}")
        for reason in refused[:_MOST_TOLD]:
            self.message_user(request, reason, messages.WARNING)
        if more := len(refused[_MOST_TOLD:]):
            text = ngettext("%(count)d more run was refused.", "%(count)d more runs were refused.", more)  # fmt: skip
            self.message_user(request, text % {"count": more}, messages.WARNING)
        if count := len(ids) - len(refused):
            self.message_user(request, _said(verb, count), messages.SUCCESS)
        return None

    def _asked_of_several(
        self, request: HttpRequest, chosen: Approvals, verb: Verb
    ) -> HttpResponse:
        count = chosen.count()
        is_approval = verb is services.approve
        title = (
            ngettext("Approve %(count)d output?", "Approve %(count)d outputs?", count)
            if is_approval
            else ngettext(
                "Reject %(count)d output?", "Reject %(count)d outputs?", count
            )
        )
        named = list(chosen[:_MOST_NAMED])
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"count": count},
            "opts": self.opts,
            "approvals": named,
            "rest": count - len(named),
            "action": "approve" if is_approval else "reject",
            "is_approval": is_approval,
            "box": ACTION_CHECKBOX_NAME,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        }
        return TemplateResponse(request, _SELECTED, context)

    # -- columns

    @admin.display(description=_("Run"))
    def of_run(self, approval: Approval) -> str:
        return approval.run.task_name

    @admin.display(description=_("State"))
    def state(self, approval: Approval) -> SafeString:
        return status_cell(approval.run.approval, approval.run.get_approval_display())

    @admin.display(description=_("Output"))
    def excerpt(self, approval: Any) -> str:
        return plain(approval.head)

    @admin.display(description=_("Asked for"))
    def asked(self, approval: Approval) -> SafeString:
        return when_cell(approval.asked_at)

    @admin.display(description=_("Expires"))
    def expires(self, approval: Approval) -> SafeString | str:
        return "–" if approval.decided_at else when_cell(approval.expires_at)

    @admin.display(description=_("Decided by"))
    def decision(self, approval: Approval) -> str:
        if approval.decided_at is None:
            return "–"
        if approval.decided_by is None:
            return gettext("nobody in time")
        return approval.decided_by.get_username()


def _said(verb: Verb, count: int) -> str:
    if verb is services.approve:
        text = ngettext("Approved %(count)d output: it is told now.", "Approved %(count)d outputs: they are told now.", count)  # fmt: skip
    else:
        text = ngettext("Rejected %(count)d output: nobody is told.", "Rejected %(count)d outputs: nobody is told.", count)  # fmt: skip
    return text % {"count": count}
