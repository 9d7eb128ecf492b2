from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CompleteRequest")


@_attrs_define
class CompleteRequest:
    """The token, and what came of the signal.

    Attributes:
        lease_token (UUID):
        result (Any | Unset):
    """

    lease_token: UUID
    result: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        lease_token = str(self.lease_token)

        result = self.result

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lease_token": lease_token,
            }
        )
        if result is not UNSET:
            field_dict["result"] = result

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        lease_token = UUID(d.pop("lease_token"))

        result = d.pop("result", UNSET)

        complete_request = cls(
            lease_token=lease_token,
            result=result,
        )

        return complete_request
