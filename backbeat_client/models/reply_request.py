from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReplyRequest")


@_attrs_define
class ReplyRequest:
    """What the user says. The same `reply_id`, which becomes the run's, is one reply.

    Attributes:
        message (str):
        reply_id (UUID | Unset):
    """

    message: str
    reply_id: UUID | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        message = self.message

        reply_id: str | Unset = UNSET
        if not isinstance(self.reply_id, Unset):
            reply_id = str(self.reply_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "message": message,
            }
        )
        if reply_id is not UNSET:
            field_dict["reply_id"] = reply_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        message = d.pop("message")

        _reply_id = d.pop("reply_id", UNSET)
        reply_id: UUID | Unset
        if isinstance(_reply_id, Unset):
            reply_id = UNSET
        else:
            reply_id = UUID(_reply_id)

        reply_request = cls(
            message=message,
            reply_id=reply_id,
        )

        return reply_request
