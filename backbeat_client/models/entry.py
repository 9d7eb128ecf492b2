from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.oddity_enum import OddityEnum

T = TypeVar("T", bound="Entry")


@_attrs_define
class Entry:
    """One slot. `why` says why it does not run, or what the clocks do to it.

    Attributes:
        slot (datetime.datetime):
        due (datetime.datetime):
        local (datetime.datetime):
        reader_local (datetime.datetime):
        is_open (bool):
        oddity (None | OddityEnum):
        why (str):
    """

    slot: datetime.datetime
    due: datetime.datetime
    local: datetime.datetime
    reader_local: datetime.datetime
    is_open: bool
    oddity: None | OddityEnum
    why: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        slot = self.slot.isoformat()

        due = self.due.isoformat()

        local = self.local.isoformat()

        reader_local = self.reader_local.isoformat()

        is_open = self.is_open

        oddity: None | str
        if isinstance(self.oddity, OddityEnum):
            oddity = self.oddity.value
        else:
            oddity = self.oddity

        why = self.why

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "slot": slot,
                "due": due,
                "local": local,
                "reader_local": reader_local,
                "is_open": is_open,
                "oddity": oddity,
                "why": why,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        slot = datetime.datetime.fromisoformat(d.pop("slot"))

        due = datetime.datetime.fromisoformat(d.pop("due"))

        local = datetime.datetime.fromisoformat(d.pop("local"))

        reader_local = datetime.datetime.fromisoformat(d.pop("reader_local"))

        is_open = d.pop("is_open")

        def _parse_oddity(data: object) -> None | OddityEnum:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                oddity_type_0 = OddityEnum(data)

                return oddity_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OddityEnum, data)

        oddity = _parse_oddity(d.pop("oddity"))

        why = d.pop("why")

        entry = cls(
            slot=slot,
            due=due,
            local=local,
            reader_local=reader_local,
            is_open=is_open,
            oddity=oddity,
            why=why,
        )

        entry.additional_properties = d
        return entry

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
