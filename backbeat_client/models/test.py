from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Test")


@_attrs_define
class Test:
    """What came of a test message.

    Attributes:
        arrived (bool):
        status (int | None):
        answer (str):
        reason (str):
        in_doubt (bool):
        duration_ms (int):
    """

    arrived: bool
    status: int | None
    answer: str
    reason: str
    in_doubt: bool
    duration_ms: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        arrived = self.arrived

        status: int | None
        status = self.status

        answer = self.answer

        reason = self.reason

        in_doubt = self.in_doubt

        duration_ms = self.duration_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "arrived": arrived,
                "status": status,
                "answer": answer,
                "reason": reason,
                "in_doubt": in_doubt,
                "duration_ms": duration_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        arrived = d.pop("arrived")

        def _parse_status(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status = _parse_status(d.pop("status"))

        answer = d.pop("answer")

        reason = d.pop("reason")

        in_doubt = d.pop("in_doubt")

        duration_ms = d.pop("duration_ms")

        test = cls(
            arrived=arrived,
            status=status,
            answer=answer,
            reason=reason,
            in_doubt=in_doubt,
            duration_ms=duration_ms,
        )

        test.additional_properties = d
        return test

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
