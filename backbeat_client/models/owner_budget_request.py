from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="OwnerBudgetRequest")


@_attrs_define
class OwnerBudgetRequest:
    """What all tasks of one owner may cost together.

    Attributes:
        day_cost_limit (float | None | str | Unset): US dollars; null: no limit.
        month_cost_limit (float | None | str | Unset): US dollars; null: no limit.
    """

    day_cost_limit: float | None | str | Unset = UNSET
    month_cost_limit: float | None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        day_cost_limit: float | None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: float | None | str | Unset
        if isinstance(self.month_cost_limit, Unset):
            month_cost_limit = UNSET
        else:
            month_cost_limit = self.month_cost_limit

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if day_cost_limit is not UNSET:
            field_dict["day_cost_limit"] = day_cost_limit
        if month_cost_limit is not UNSET:
            field_dict["month_cost_limit"] = month_cost_limit

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_day_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        month_cost_limit = _parse_month_cost_limit(d.pop("month_cost_limit", UNSET))

        owner_budget_request = cls(
            day_cost_limit=day_cost_limit,
            month_cost_limit=month_cost_limit,
        )

        return owner_budget_request
