from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="NotificationResult")


@_attrs_define
class NotificationResult:
    """One delivery in short: where to, how it stands, what the last answer was.

    Attributes:
        delivery_id (UUID):
        webhook (str):
        format_ (str):
        status (str): pending, sending, delivered, failed, cancelled, unknown
        attempts (int):
        status_code (int | None):
        error (str):
    """

    delivery_id: UUID
    webhook: str
    format_: str
    status: str
    attempts: int
    status_code: int | None
    error: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        delivery_id = str(self.delivery_id)

        webhook = self.webhook

        format_ = self.format_

        status = self.status

        attempts = self.attempts

        status_code: int | None
        status_code = self.status_code

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "delivery_id": delivery_id,
                "webhook": webhook,
                "format": format_,
                "status": status,
                "attempts": attempts,
                "status_code": status_code,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        delivery_id = UUID(d.pop("delivery_id"))

        webhook = d.pop("webhook")

        format_ = d.pop("format")

        status = d.pop("status")

        attempts = d.pop("attempts")

        def _parse_status_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status_code = _parse_status_code(d.pop("status_code"))

        error = d.pop("error")

        notification_result = cls(
            delivery_id=delivery_id,
            webhook=webhook,
            format_=format_,
            status=status,
            attempts=attempts,
            status_code=status_code,
            error=error,
        )

        notification_result.additional_properties = d
        return notification_result

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
