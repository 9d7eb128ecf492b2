"""What was spent this month, beside the limits; and the budgets of owners."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from pages.admin.parts import ReadOnly, when_cell
from scheduling.budgets import day_of, money, month_after, zone
from scheduling.models import OwnerBudget, Spending
from scheduling.models.bounds import TOO_LITTLE
from scheduling.services.budgets import set_owner_budget
from scheduling.spending_report import Line, report

_TITLES = {"agent": _("By agent"), "owner": _("By owner"), "task": _("By task")}
_PAGES = {"agent": "scheduling_agent", "task": "scheduling_scheduledtask"}


@admin.register(Spending)
class SpendingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """One page instead of a list of rows."""

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """GET: the month that `?month=2026-03` names, or this one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        this = day_of(timezone.now()).replace(day=1)
        month = min(_month(request.GET.get("month", "")) or this, this)
        lines = report(month)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Spending"),
            "opts": self.opts,
            "month": f"{month:%Y-%m}",
            "before": f"{month - timedelta(days=1):%Y-%m}",
            "after": f"{month_after(month):%Y-%m}" if month < this else "",
            "zone": zone().key,
            "parts": [
                {"title": title, "rows": [_row(line) for line in lines[scope]]}
                for scope, title in _TITLES.items()
            ],
            "may_set": request.user.has_perm("scheduling.view_ownerbudget"),
        }
        return TemplateResponse(request, "scheduling/spending/page.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A row is a day's sum: nothing to look at by itself."""
        return self.changelist_view(request)


class OwnerBudgetForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    class Meta:
        model = OwnerBudget
        fields = ("owner", "day_cost_limit", "month_cost_limit")
        help_texts = {
            "day_cost_limit": _("US dollars. Empty: no limit."),
            "month_cost_limit": _("US dollars. Empty: no limit."),
        }
        error_messages = dict.fromkeys(
            ("day_cost_limit", "month_cost_limit"), TOO_LITTLE
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("day_cost_limit", "month_cost_limit"):
            if (limit := getattr(self.instance, name)) is not None:
                self.initial[name] = money(limit)


@admin.register(OwnerBudget)
class OwnerBudgetAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = OwnerBudgetForm
    list_display = ("owner", "a_day", "a_month", "changed")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    show_full_result_count = False
    sortable_by = ("owner", "changed")

    def get_readonly_fields(
        self, request: HttpRequest, obj: OwnerBudget | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("owner",)

    def save_model(
        self,
        request: HttpRequest,
        obj: OwnerBudget,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        saved = set_owner_budget(
            obj.owner,
            day=obj.day_cost_limit,
            month=obj.month_cost_limit,
            user=request.user,
        )
        obj.pk = saved.pk

    @admin.display(description=_("cost a day at most"))
    def a_day(self, budget: OwnerBudget) -> str:
        return "–" if budget.day_cost_limit is None else money(budget.day_cost_limit)

    @admin.display(description=_("cost a month at most"))
    def a_month(self, budget: OwnerBudget) -> str:
        limit = budget.month_cost_limit
        return "–" if limit is None else money(limit)

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, budget: OwnerBudget) -> SafeString:
        return when_cell(budget.updated_at)


def _month(text: str) -> date | None:
    try:
        month = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 -- a month has no zone
    except ValueError:
        return None
    return month if 1 < month.year < 9999 else None


def _row(line: Line) -> dict[str, Any]:
    scope, ref = line.holder
    return {
        "name": line.name or ref,
        "is_gone": not line.name,
        "page": f"admin:{_PAGES[scope]}_change" if line.name and scope in _PAGES else "",
        "ref": ref,
        "cost": money(line.cost),
        "tokens": line.tokens,
        "runs": line.runs,
        "day_limit": "" if line.day_limit is None else money(line.day_limit),
        "month_limit": "" if line.month_limit is None else money(line.month_limit),
        "percent": line.percent,
        "bar": min(line.percent or 0, 100),
        "look": _look(line.percent),
    }  # fmt: skip


def _look(percent: int | None) -> str:
    if percent is None or percent < 80:
        return "well"
    return "over" if percent >= 100 else "near"
