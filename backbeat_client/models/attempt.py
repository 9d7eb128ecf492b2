from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attempt_trigger_enum import AttemptTriggerEnum

T = TypeVar("T", bound="Attempt")


@_attrs_define
class Attempt:
    """One HTTP try: what was sent, what was answered.

    Attributes:
        number (int):
        part (int): Which message of a split text, from 1.
        trigger (AttemptTriggerEnum): * `scheduled` - Scheduled
            * `manual` - Manual
        started_at (datetime.datetime):
        duration_ms (int):
        request_body (str):
        status_code (int | None):
        response (str):
        error (str):
    """

    number: int
    part: int
    trigger: AttemptTriggerEnum
    started_at: datetime.datetime
    duration_ms: int
    request_body: str
    status_code: int | None
    response: str
    error: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        part = self.part

        trigger = self.trigger.value

        started_at = self.started_at.isoformat()

        duration_ms = self.duration_ms

        request_body = self.request_body

        status_code: int | None
        status_code = self.status_code

        response = self.response

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "part": part,
                "trigger": trigger,
                "started_at": started_at,
                "duration_ms": duration_ms,
                "request_body": request_body,
                "status_code": status_code,
                "response": response,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        number = d.pop("number")

        part = d.pop("part")

        trigger = AttemptTriggerEnum(d.pop("trigger"))

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        duration_ms = d.pop("duration_ms")

        request_body = d.pop("request_body")

        def _parse_status_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status_code = _parse_status_code(d.pop("status_code"))

        response = d.pop("response")

        error = d.pop("error")

        attempt = cls(
            number=number,
            part=part,
            trigger=trigger,
            started_at=started_at,
            duration_ms=duration_ms,
            request_body=request_body,
            status_code=status_code,
            response=response,
            error=error,
        )

        attempt.additional_properties = d
        return attempt

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
