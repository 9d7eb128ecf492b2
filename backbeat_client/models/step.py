from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Step")


@_attrs_define
class Step:
    """A step. `text` is the line, or what the tool was given; it and `result` are for the task's
    owner and staff, but for the lines of progress of what nobody has to approve first.

        Attributes:
            attempt (int):
            number (int):
            kind (str):
            status (str):
            name (str): Of the model or tool.
            text (str): The line, or what the tool was given.
            result (str):
            input_tokens (int):
            output_tokens (int):
            cost (None | str):
            started_at (datetime.datetime):
            ended_at (datetime.datetime | None):
    """

    attempt: int
    number: int
    kind: str
    status: str
    name: str
    text: str
    result: str
    input_tokens: int
    output_tokens: int
    cost: None | str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        attempt = self.attempt

        number = self.number

        kind = self.kind

        status = self.status

        name = self.name

        text = self.text

        result = self.result

        input_tokens = self.input_tokens

        output_tokens = self.output_tokens

        cost: None | str
        cost = self.cost

        started_at = self.started_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "attempt": attempt,
                "number": number,
                "kind": kind,
                "status": status,
                "name": name,
                "text": text,
                "result": result,
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "cost": cost,
                "started_at": started_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        attempt = d.pop("attempt")

        number = d.pop("number")

        kind = d.pop("kind")

        status = d.pop("status")

        name = d.pop("name")

        text = d.pop("text")

        result = d.pop("result")

        input_tokens = d.pop("input_tokens")

        output_tokens = d.pop("output_tokens")

        def _parse_cost(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        cost = _parse_cost(d.pop("cost"))

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        step = cls(
            attempt=attempt,
            number=number,
            kind=kind,
            status=status,
            name=name,
            text=text,
            result=result,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost=cost,
            started_at=started_at,
            ended_at=ended_at,
        )

        step.additional_properties = d
        return step

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
