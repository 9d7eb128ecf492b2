from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="NotTold")


@_attrs_define
class NotTold:
    """A webhook whose rule refused the result: `why` is status, streak, silent, condition or unchanged.

    Attributes:
        webhook_id (int):
        name (str):
        why (str):
        reason (str):
    """

    webhook_id: int
    name: str
    why: str
    reason: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        webhook_id = self.webhook_id

        name = self.name

        why = self.why

        reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "webhook_id": webhook_id,
                "name": name,
                "why": why,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        webhook_id = d.pop("webhook_id")

        name = d.pop("name")

        why = d.pop("why")

        reason = d.pop("reason")

        not_told = cls(
            webhook_id=webhook_id,
            name=name,
            why=why,
            reason=reason,
        )

        not_told.additional_properties = d
        return not_told

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
