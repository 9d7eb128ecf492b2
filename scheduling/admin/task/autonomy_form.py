"""The part of the task's form for what its agent may use and do by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from scheduling.admin.task.policy_form import PolicyForm
from scheduling.admin.task.schedule_inputs import LengthField
from scheduling.models.bounds import TOO_LITTLE
from scheduling.models.policies import LIMITS


class CostField(forms.DecimalField):
    """US dollars: shown without the zeros that fill the column."""

    widget = UnfoldAdminDecimalFieldWidget

    def __init__(self, **kwargs: Any) -> None:
        least = Decimal("0.00000001")
        super().__init__(
            required=False,
            min_value=least,
            max_digits=14,
            decimal_places=8,
            error_messages=TOO_LITTLE,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class AutonomyForm(PolicyForm):
    """Budget, memory, approval and freedom."""

    run_cost_limit = CostField(
        label=_("Cost of a run at most"),
        help_text=_("US dollars, its tries together. Blank: no limit."),
    )
    day_cost_limit = CostField(
        label=_("Cost a day at most"), help_text=_("US dollars. Blank: no limit.")
    )
    month_cost_limit = CostField(
        label=_("Cost a month at most"), help_text=_("US dollars. Blank: no limit.")
    )
    approval_seconds = LengthField(
        label=_("Approval expires after"), required=False, most=LIMITS["approval_seconds"][1],
        help_text=_("Blank: it waits until somebody decides."),
    )  # fmt: skip
