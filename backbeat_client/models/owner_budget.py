from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="OwnerBudget")


@_attrs_define
class OwnerBudget:
    """What all tasks of one owner may cost together.

    Attributes:
        owner (str):
        updated_at (datetime.datetime):
        day_cost_limit (None | str | Unset): US dollars; null: no limit.
        month_cost_limit (None | str | Unset): US dollars; null: no limit.
    """

    owner: str
    updated_at: datetime.datetime
    day_cost_limit: None | str | Unset = UNSET
    month_cost_limit: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        owner = self.owner

        updated_at = self.updated_at.isoformat()

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
                "owner": owner,
                "updated_at": updated_at,
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
        owner = d.pop("owner")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

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

        owner_budget = cls(
            owner=owner,
            updated_at=updated_at,
            day_cost_limit=day_cost_limit,
            month_cost_limit=month_cost_limit,
        )

        owner_budget.additional_properties = d
        return owner_budget

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
