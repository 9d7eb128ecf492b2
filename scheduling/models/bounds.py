"""How much may be used: the limits of one run, and of a day and a month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the columns may be null, which is not seen through `**`
    _CostColumn = models.DecimalField[Decimal | str | int | None, Decimal | None]
    _CountColumn = models.PositiveIntegerField[int | None, int | None]

#: The words of forms and of the API, where the database would say "at least 1E-8".
TOO_LITTLE = {"min_value": _("Must be more than 0.")}

_COST: dict[str, Any] = {
    "max_digits": 14,
    "decimal_places": 8,
    "null": True,
    "blank": True,
    "validators": [MinValueValidator(Decimal("0.00000001"))],
}
_COUNT: dict[str, Any] = {
    "null": True,
    "blank": True,
    "validators": [MinValueValidator(1)],
}


class PeriodBounds(models.Model):
    """Most that may be spent in a day and in a month, in US dollars; null: no limit.

    Days and months are those of the installation's zone (`SCHEDULING_DEFAULT_TIMEZONE`).
    """

    day_cost_limit: _CostColumn = models.DecimalField(_("cost a day at most"), **_COST)
    month_cost_limit: _CostColumn = models.DecimalField(
        _("cost a month at most"), **_COST
    )

    class Meta:
        abstract = True


class Bounds(PeriodBounds):
    """The same, and the most that one run may use, its tries together."""

    run_cost_limit: _CostColumn = models.DecimalField(
        _("cost of a run at most"), help_text=_("US dollars."), **_COST
    )
    run_tokens_limit: _CountColumn = models.PositiveIntegerField(
        _("tokens of a run at most"), help_text=_("In and out together."), **_COUNT
    )
    run_tool_calls_limit: _CountColumn = models.PositiveIntegerField(
        _("tool calls of a run at most"), **_COUNT
    )

    class Meta:
        abstract = True
