from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.trigger_key_kind_enum import TriggerKeyKindEnum
from ..types import UNSET, Unset

T = TypeVar("T", bound="TriggerKeyRequest")


@_attrs_define
class TriggerKeyRequest:
    """A key as it is shown: `beginning` names it, nothing of it can be read again.

    Attributes:
        kind (TriggerKeyKindEnum | Unset): * `token` - Bearer token
            * `secret` - Signing secret Default: TriggerKeyKindEnum.TOKEN.
        name (str | Unset): What it is for.
        days (int | None | Unset): It ends after so many days; left out: when it is revoked.
    """

    kind: TriggerKeyKindEnum | Unset = TriggerKeyKindEnum.TOKEN
    name: str | Unset = UNSET
    days: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind.value

        name = self.name

        days: int | None | Unset
        if isinstance(self.days, Unset):
            days = UNSET
        else:
            days = self.days

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if kind is not UNSET:
            field_dict["kind"] = kind
        if name is not UNSET:
            field_dict["name"] = name
        if days is not UNSET:
            field_dict["days"] = days

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        _kind = d.pop("kind", UNSET)
        kind: TriggerKeyKindEnum | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = TriggerKeyKindEnum(_kind)

        name = d.pop("name", UNSET)

        def _parse_days(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        days = _parse_days(d.pop("days", UNSET))

        trigger_key_request = cls(
            kind=kind,
            name=name,
            days=days,
        )

        return trigger_key_request
