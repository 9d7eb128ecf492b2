"""What the owners of tasks may spend."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

from scheduling.models import OwnerBudget
from scheduling.services.people import User

logger = logging.getLogger(__name__)


def set_owner_budget(
    owner: Any, *, day: Decimal | None, month: Decimal | None, user: User
) -> OwnerBudget:
    """Set what all tasks of `owner` may cost together, in US dollars; None: no limit.

    Raises `ValidationError` by field.
    """
    budget = OwnerBudget.objects.filter(owner=owner).first() or OwnerBudget(owner=owner)
    budget.day_cost_limit, budget.month_cost_limit = day, month
    budget.full_clean()
    budget.save()
    logger.info("budget of %s: %s a day, %s a month, by %s", owner, day, month, user)
    return budget
