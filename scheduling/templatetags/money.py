"""Sums of money on pages."""

from __future__ import annotations

from decimal import Decimal

from django import template

from scheduling.budgets import money as as_text

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """US dollars, as everywhere: `0.50`; nothing for None."""
    return "" if amount is None else as_text(amount)
