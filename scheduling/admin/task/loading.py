"""Import tasks: files are chosen, the plan is shown, and what was shown is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from scheduling.admin.task.load_form import LoadForm, opened, sealed
from scheduling.exceptions import Conflict
from scheduling.interop.applying import Refused, apply
from scheduling.interop.plan import Action, Item, Options, Source
from scheduling.interop.planner import make_plan

PAGE = "admin/scheduling/scheduledtask/load.html"
LIST = "admin:scheduling_scheduledtask_changelist"
MOST_SHOWN = 1000
#: In one transaction, some 20 ms each.
MOST_WRITTEN = 1000
_WRITES = (Action.CREATE, Action.CHANGE, Action.DELETE)
_ACTIONS = {
    Action.CREATE: _("create"),
    Action.CHANGE: _("change"),
    Action.DELETE: _("delete"),
    Action.KEPT: _("kept"),
    Action.UNCHANGED: _("unchanged"),
}
_COLOURS = {
    Action.CREATE: "bb-good",
    Action.CHANGE: "bb-busy",
    Action.DELETE: "bb-bad",
    Action.KEPT: "bb-warn",
    Action.UNCHANGED: "bb-muted",
}


class TaskLoading(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The part of `ScheduledTaskAdmin` that imports tasks from files."""

    @action(description=_("Import tasks"), icon="upload_file", url_path="import", permissions=["import"])  # type: ignore[untyped-decorator]  # fmt: skip
    def import_tasks(self, request: HttpRequest) -> HttpResponse:
        """Ask for files (GET), show what they would do, and with `seal` do it (POST)."""
        if request.method != "POST":
            return self._load_page(request, form=LoadForm())
        if "seal" in request.POST:
            return self._confirmed(request)
        form = LoadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._load_page(request, status=400, form=form)
        sources: list[Source] = form.cleaned_data["sources"]
        options = form.options(request.user.pk)
        return self._planned(request, sources, options, form=form)

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(
            self.has_add_permission(request) and self.has_change_permission(request)
        )

    def _planned(
        self,
        request: HttpRequest,
        sources: list[Source],
        options: Options,
        *,
        form: LoadForm | None = None,
        refusal: str = "",
    ) -> HttpResponse:
        plan = make_plan(sources, options, user=request.user)
        writes = sum(each.action in _WRITES for each in plan.items)
        if writes > MOST_WRITTEN:
            text = gettext("%(count)d things to write are too many for this page, where others wait for it: at most %(most)d. manage.py load_tasks takes more.")  # fmt: skip
            text %= {"count": writes, "most": MOST_WRITTEN}
            form = form or LoadForm()
            return self._load_page(request, status=400, form=form, refusal=text)
        seal = ""
        if not plan.faults and (writes or any(map(_is_noted, plan.items))):
            seal = sealed(sources, options, plan.fingerprint, request.user.pk)
            form = None  # it is done with
        return self._load_page(
            request, plan=plan, form=form, rows=[_row(each) for each in plan.items[:MOST_SHOWN]],
            more=max(len(plan.items) - MOST_SHOWN, 0), seal=seal, refusal=refusal,
            counts=[(_ACTIONS[each], count) for each, count in plan.counts.items()],
        )  # fmt: skip

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        found = opened(request.POST["seal"], request.user.pk)
        if found is None:
            text = gettext("This plan is too old, or not yours: choose the files again.")  # fmt: skip
            return self._load_page(request, status=400, form=LoadForm(), refusal=text)
        sources, options, fingerprint = found
        try:
            plan = apply(sources, options, fingerprint, user=request.user)
        except (Conflict, Refused) as error:
            return self._planned(request, sources, options, refusal=str(error))
        counts = ", ".join(
            f"{count} {_ACTIONS[each]}" for each, count in plan.counts.items()
        )
        done = gettext("Imported: %(counts)s.") % {"counts": counts}
        self.message_user(request, done, messages.SUCCESS)
        return redirect(LIST)

    def _load_page(
        self, request: HttpRequest, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import tasks"),
            "opts": self.opts,
            **more,
        }
        answer = TemplateResponse(request, PAGE, context, status=status)
        answer["Cache-Control"] = "no-store"
        return answer


def _is_noted(item: Item) -> bool:
    return item.action == Action.UNCHANGED and getattr(item.draft, "is_noted", False)


def _row(item: Item) -> dict[str, Any]:
    fields = item.fields if item.action in (Action.CHANGE, Action.KEPT) else ()
    return {
        "item": item,
        "action": _ACTIONS[item.action],
        "colour": _COLOURS[item.action],
        "fields": ", ".join(fields),
        "is_there": item.kind == "task" and item.action != Action.CREATE,
    }
