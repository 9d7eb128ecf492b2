from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.signal_status_enum import SignalStatusEnum

T = TypeVar("T", bound="Move")


@_attrs_define
class Move:
    """One change of the signal's status: to what, by whom, why and when.

    Attributes:
        status (SignalStatusEnum): * `new` - New
            * `processing` - Processing
            * `completed` - Completed
            * `failed` - Failed
        actor (str): The consumer, person or program.
        note (str):
        at (datetime.datetime):
    """

    status: SignalStatusEnum
    actor: str
    note: str
    at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status.value

        actor = self.actor

        note = self.note

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "actor": actor,
                "note": note,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = SignalStatusEnum(d.pop("status"))

        actor = d.pop("actor")

        note = d.pop("note")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        move = cls(
            status=status,
            actor=actor,
            note=note,
            at=at,
        )

        move.additional_properties = d
        return move

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
