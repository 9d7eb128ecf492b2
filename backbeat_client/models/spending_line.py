from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SpendingLine")


@_attrs_define
class SpendingLine:
    """What one agent, owner or task has spent in the month. `name` is empty when it is gone.

    Attributes:
        ref (str):
        name (str):
        cost (str):
        tokens (int):
        runs (int):
        day_cost_limit (None | str | Unset): US dollars; null: no limit.
        month_cost_limit (None | str | Unset): US dollars; null: no limit.
    """

    ref: str
    name: str
    cost: str
    tokens: int
    runs: int
    day_cost_limit: None | str | Unset = UNSET
    month_cost_limit: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ref = self.ref

        name = self.name

        cost = self.cost

        tokens = self.tokens

        runs = self.runs

        day_cost_limit: None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: None | str | Unset
        if isinstance(self.month_cost_limit, Unset):
            month_cost_limit = UNSET
        else:
            month_cost_limit = self.month_cost_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ref": ref,
                "name": name,
                "cost": cost,
                "tokens": tokens,
                "runs": runs,
            }
        )
        if day_cost_limit is not UNSET:
            field_dict["day_cost_limit"] = day_cost_limit
        if month_cost_limit is not UNSET:
            field_dict["month_cost_limit"] = month_cost_limit

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        ref = d.pop("ref")

        name = d.pop("name")

        cost = d.pop("cost")

        tokens = d.pop("tokens")

        runs = d.pop("runs")

        def _parse_day_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        month_cost_limit = _parse_month_cost_limit(d.pop("month_cost_limit", UNSET))

        spending_line = cls(
            ref=ref,
            name=name,
            cost=cost,
            tokens=tokens,
            runs=runs,
            day_cost_limit=day_cost_limit,
            month_cost_limit=month_cost_limit,
        )

        spending_line.additional_properties = d
        return spending_line

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
