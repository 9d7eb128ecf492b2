from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PlannedBackfill")


@_attrs_define
class PlannedBackfill:
    """
    Attributes:
        slots (list[datetime.datetime]):
        left_out (int):
        lasts_seconds (float):
    """

    slots: list[datetime.datetime]
    left_out: int
    lasts_seconds: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        slots = []
        for slots_item_data in self.slots:
            slots_item = slots_item_data.isoformat()
            slots.append(slots_item)

        left_out = self.left_out

        lasts_seconds = self.lasts_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "slots": slots,
                "left_out": left_out,
                "lasts_seconds": lasts_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        slots = []
        _slots = d.pop("slots")
        for slots_item_data in _slots:
            slots_item = datetime.datetime.fromisoformat(slots_item_data)

            slots.append(slots_item)

        left_out = d.pop("left_out")

        lasts_seconds = d.pop("lasts_seconds")

        planned_backfill = cls(
            slots=slots,
            left_out=left_out,
            lasts_seconds=lasts_seconds,
        )

        planned_backfill.additional_properties = d
        return planned_backfill

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
