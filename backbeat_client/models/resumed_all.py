from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.blackout import Blackout


T = TypeVar("T", bound="ResumedAll")


@_attrs_define
class ResumedAll:
    """
    Attributes:
        ended (list[Blackout]):
        still_on (None | str): A window that comes again by itself, and is on.
    """

    ended: list[Blackout]
    still_on: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ended = []
        for ended_item_data in self.ended:
            ended_item = ended_item_data.to_dict()
            ended.append(ended_item)

        still_on: None | str
        still_on = self.still_on

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ended": ended,
                "still_on": still_on,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.blackout import Blackout

        d = dict(src_dict)
        ended = []
        _ended = d.pop("ended")
        for ended_item_data in _ended:
            ended_item = Blackout.from_dict(ended_item_data)

            ended.append(ended_item)

        def _parse_still_on(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        still_on = _parse_still_on(d.pop("still_on"))

        resumed_all = cls(
            ended=ended,
            still_on=still_on,
        )

        resumed_all.additional_properties = d
        return resumed_all

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
