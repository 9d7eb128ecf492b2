from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ExtendRequest")


@_attrs_define
class ExtendRequest:
    """The token, and for how long from now.

    Attributes:
        lease_token (UUID):
        lease_seconds (float | Unset):
    """

    lease_token: UUID
    lease_seconds: float | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        lease_token = str(self.lease_token)

        lease_seconds = self.lease_seconds

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lease_token": lease_token,
            }
        )
        if lease_seconds is not UNSET:
            field_dict["lease_seconds"] = lease_seconds

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        lease_token = UUID(d.pop("lease_token"))

        lease_seconds = d.pop("lease_seconds", UNSET)

        extend_request = cls(
            lease_token=lease_token,
            lease_seconds=lease_seconds,
        )

        return extend_request
