from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Approval")


@_attrs_define
class Approval:
    """An output that waits. `output` is its beginning; `output_truncated` says so.

    Attributes:
        run_id (UUID):
        task_id (str):
        task_name (str):
        user_id (str):
        asked_at (datetime.datetime):
        expires_at (datetime.datetime | None):
        on_expiry (str):
        output (str):
        output_truncated (bool):
    """

    run_id: UUID
    task_id: str
    task_name: str
    user_id: str
    asked_at: datetime.datetime
    expires_at: datetime.datetime | None
    on_expiry: str
    output: str
    output_truncated: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        run_id = str(self.run_id)

        task_id = self.task_id

        task_name = self.task_name

        user_id = self.user_id

        asked_at = self.asked_at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        on_expiry = self.on_expiry

        output = self.output

        output_truncated = self.output_truncated

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "run_id": run_id,
                "task_id": task_id,
                "task_name": task_name,
                "user_id": user_id,
                "asked_at": asked_at,
                "expires_at": expires_at,
                "on_expiry": on_expiry,
                "output": output,
                "output_truncated": output_truncated,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        run_id = UUID(d.pop("run_id"))

        task_id = d.pop("task_id")

        task_name = d.pop("task_name")

        user_id = d.pop("user_id")

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

        output = d.pop("output")

        output_truncated = d.pop("output_truncated")

        approval = cls(
            run_id=run_id,
            task_id=task_id,
            task_name=task_name,
            user_id=user_id,
            asked_at=asked_at,
            expires_at=expires_at,
            on_expiry=on_expiry,
            output=output,
            output_truncated=output_truncated,
        )

        approval.additional_properties = d
        return approval

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
