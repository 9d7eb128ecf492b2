from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="FailRequest")


@_attrs_define
class FailRequest:
    """The token, why it failed, and whether another consumer may try.

    Attributes:
        lease_token (UUID):
        error (str):
        retry (bool | Unset):  Default: False.
    """

    lease_token: UUID
    error: str
    retry: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        lease_token = str(self.lease_token)

        error = self.error

        retry = self.retry

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lease_token": lease_token,
                "error": error,
            }
        )
        if retry is not UNSET:
            field_dict["retry"] = retry

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        lease_token = UUID(d.pop("lease_token"))

        error = d.pop("error")

        retry = d.pop("retry", UNSET)

        fail_request = cls(
            lease_token=lease_token,
            error=error,
            retry=retry,
        )

        return fail_request
