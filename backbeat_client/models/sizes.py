from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Sizes")


@_attrs_define
class Sizes:
    """How large the messages are, beside what the channel takes; 0: it names no limit.

    Attributes:
        messages (int):
        text (int): UTF-16 units of the longest text.
        most_text (int):
        body (int): Bytes of the largest body.
        most_body (int):
    """

    messages: int
    text: int
    most_text: int
    body: int
    most_body: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        messages = self.messages

        text = self.text

        most_text = self.most_text

        body = self.body

        most_body = self.most_body

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "messages": messages,
                "text": text,
                "most_text": most_text,
                "body": body,
                "most_body": most_body,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        messages = d.pop("messages")

        text = d.pop("text")

        most_text = d.pop("most_text")

        body = d.pop("body")

        most_body = d.pop("most_body")

        sizes = cls(
            messages=messages,
            text=text,
            most_text=most_text,
            body=body,
            most_body=most_body,
        )

        sizes.additional_properties = d
        return sizes

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
