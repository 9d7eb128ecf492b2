from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ApprovalRecord")


@_attrs_define
class ApprovalRecord:
    """What was decided about an output; `original_output` as the agent gave it.

    Attributes:
        asked_at (datetime.datetime):
        expires_at (datetime.datetime | None):
        on_expiry (str):
        decided_at (datetime.datetime | None):
        decided_by (None | str):
        note (str):
        was_edited (bool):
        original_output (str):
        original_data (Any):
    """

    asked_at: datetime.datetime
    expires_at: datetime.datetime | None
    on_expiry: str
    decided_at: datetime.datetime | None
    decided_by: None | str
    note: str
    was_edited: bool
    original_output: str
    original_data: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        asked_at = self.asked_at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        on_expiry = self.on_expiry

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        decided_by: None | str
        decided_by = self.decided_by

        note = self.note

        was_edited = self.was_edited

        original_output = self.original_output

        original_data = self.original_data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "asked_at": asked_at,
                "expires_at": expires_at,
                "on_expiry": on_expiry,
                "decided_at": decided_at,
                "decided_by": decided_by,
                "note": note,
                "was_edited": was_edited,
                "original_output": original_output,
                "original_data": original_data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        on_expiry = d.pop("on_expiry")

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        def _parse_decided_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decided_by = _parse_decided_by(d.pop("decided_by"))

        note = d.pop("note")

        was_edited = d.pop("was_edited")

        original_output = d.pop("original_output")

        original_data = d.pop("original_data")

        approval_record = cls(
            asked_at=asked_at,
            expires_at=expires_at,
            on_expiry=on_expiry,
            decided_at=decided_at,
            decided_by=decided_by,
            note=note,
            was_edited=was_edited,
            original_output=original_output,
            original_data=original_data,
        )

        approval_record.additional_properties = d
        return approval_record

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
