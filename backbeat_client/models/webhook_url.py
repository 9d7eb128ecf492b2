from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebhookUrl")


@_attrs_define
class WebhookUrl:
    """Where a task is triggered, and how the request is signed.

    Attributes:
        url (str):
        method (str):
        signature_header (str):
        timestamp_header (str):
        signature_algorithm (str):
        signature_format (str):
    """

    url: str
    method: str
    signature_header: str
    timestamp_header: str
    signature_algorithm: str
    signature_format: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        method = self.method

        signature_header = self.signature_header

        timestamp_header = self.timestamp_header

        signature_algorithm = self.signature_algorithm

        signature_format = self.signature_format

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
                "method": method,
                "signature_header": signature_header,
                "timestamp_header": timestamp_header,
                "signature_algorithm": signature_algorithm,
                "signature_format": signature_format,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url")

        method = d.pop("method")

        signature_header = d.pop("signature_header")

        timestamp_header = d.pop("timestamp_header")

        signature_algorithm = d.pop("signature_algorithm")

        signature_format = d.pop("signature_format")

        webhook_url = cls(
            url=url,
            method=method,
            signature_header=signature_header,
            timestamp_header=timestamp_header,
            signature_algorithm=signature_algorithm,
            signature_format=signature_format,
        )

        webhook_url.additional_properties = d
        return webhook_url

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
