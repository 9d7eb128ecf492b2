from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.when_enum import WhenEnum
from ..types import UNSET, Unset

T = TypeVar("T", bound="Parent")


@_attrs_define
class Parent:
    """A task that goes before, and how its run must have ended.

    Attributes:
        task_id (str):
        when (WhenEnum | Unset): * `succeeded` - when it succeeded
            * `failed` - when it failed
            * `finished` - when it ended, however Default: WhenEnum.SUCCEEDED.
    """

    task_id: str
    when: WhenEnum | Unset = WhenEnum.SUCCEEDED
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        task_id = self.task_id

        when: str | Unset = UNSET
        if not isinstance(self.when, Unset):
            when = self.when.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "task_id": task_id,
            }
        )
        if when is not UNSET:
            field_dict["when"] = when

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        task_id = d.pop("task_id")

        _when = d.pop("when", UNSET)
        when: WhenEnum | Unset
        if isinstance(_when, Unset):
            when = UNSET
        else:
            when = WhenEnum(_when)

        parent = cls(
            task_id=task_id,
            when=when,
        )

        parent.additional_properties = d
        return parent

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
