from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="MemoryRequest")


@_attrs_define
class MemoryRequest:
    """What is remembered. A `version` that is sent along must be the latest, or it is a 409.

    Attributes:
        content (str): Empty: nothing.
        version (int | Unset): 0: never written.
    """

    content: str
    version: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        content = self.content

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "content": content,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        content = d.pop("content")

        version = d.pop("version", UNSET)

        memory_request = cls(
            content=content,
            version=version,
        )

        return memory_request
