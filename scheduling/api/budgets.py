"""`/v2/admin/spending`, `/v2/admin/budgets/owners/…`: what was spent and may be, for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.fields import CostField
from scheduling.budgets import day_of, zone
from scheduling.models import OwnerBudget, Spending
from scheduling.services.budgets import set_owner_budget
from scheduling.spending_report import report
from signals.api.permissions import StaffOnly
from signals.api.strict import StrictSerializer
from signals.sanitise import clean_text


class SpendingLineSerializer(serializers.Serializer[Any]):
    """What one agent, owner or task has spent in the month. `name` is empty when it is gone."""

    ref = serializers.CharField(source="holder.ref")
    name = serializers.CharField()
    cost = serializers.DecimalField(
        max_digits=18, decimal_places=8, normalize_output=True
    )
    tokens = serializers.IntegerField()
    runs = serializers.IntegerField()
    day_cost_limit = CostField(source="day_limit")
    month_cost_limit = CostField(source="month_limit")


class SpendingSerializer(serializers.Serializer[Any]):
    """The dearest hundred of each kind, and those that have a limit."""

    month = serializers.CharField(help_text="As `2026-03`.")
    timezone = serializers.CharField(help_text="Its days are those of this zone.")
    agents = SpendingLineSerializer(many=True)
    owners = SpendingLineSerializer(many=True)
    tasks = SpendingLineSerializer(many=True)


class OwnerBudgetSerializer(StrictSerializer):
    """What all tasks of one owner may cost together."""

    owner = serializers.CharField(source="owner.username", read_only=True)
    day_cost_limit = CostField()
    month_cost_limit = CostField()
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema(tags=["budgets"])
class SpendingViewSet(viewsets.GenericViewSet[Spending]):
    """What was spent."""

    queryset = Spending.objects.all()
    serializer_class = SpendingSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter("month", str, description="As `2026-03`; this month.")],
        responses=SpendingSerializer,
    )  # fmt: skip
    def month(self, request: Request) -> Response:
        """What agents, owners and tasks have spent in a month, the dearest first."""
        first = month_named(request.query_params.get("month", ""))
        if first is None:
            raise ValidationError({"month": "Expected a month such as 2026-03."})
        lines = report(first)
        shown = {
            "month": f"{first:%Y-%m}",
            "timezone": zone().key,
            **{f"{scope}s": lines[scope] for scope in lines},
        }
        return Response(self.get_serializer(shown).data)


@extend_schema(tags=["budgets"])
class OwnerBudgetViewSet(viewsets.GenericViewSet[OwnerBudget]):
    """What the owners of tasks may spend."""

    queryset = OwnerBudget.objects.all()
    serializer_class = OwnerBudgetSerializer
    permission_classes = [IsAuthenticated, StaffOnly]
    filter_backends = ()

    @extend_schema(operation_id="replace_owner_budget")
    def replace(self, request: Request, username: str) -> Response:
        """Set the budget of an owner; a limit that is left out or null is none."""
        people = get_user_model().objects
        name = clean_text(username)  # PostgreSQL looks for no NUL
        owner = people.filter(**{get_user_model().USERNAME_FIELD: name}).first()
        if owner is None:
            raise NotFound(f"There is no user {username!r}.")
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        budget = set_owner_budget(
            owner,
            day=body.validated_data.get("day_cost_limit"),
            month=body.validated_data.get("month_cost_limit"),
            user=request.user,
        )
        return Response(self.get_serializer(budget).data)


def month_named(text: str) -> date | None:
    """The first day of the month that `text` names; of this month when it is empty."""
    if not text:
        return day_of(timezone.now()).replace(day=1)
    try:
        month = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 -- a month has no zone
    except ValueError:
        return None
    return month if 1 < month.year < 9999 else None
