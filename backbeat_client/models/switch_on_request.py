from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SwitchOnRequest")


@_attrs_define
class SwitchOnRequest:
    """Whether what it missed is delivered, too.

    Attributes:
        replay (bool | Unset):  Default: False.
    """

    replay: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        replay = self.replay

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if replay is not UNSET:
            field_dict["replay"] = replay

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        replay = d.pop("replay", UNSET)

        switch_on_request = cls(
            replay=replay,
        )

        return switch_on_request
