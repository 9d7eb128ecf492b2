from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.when_enum import WhenEnum
from ..types import UNSET, Unset

T = TypeVar("T", bound="ParentRequest")


@_attrs_define
class ParentRequest:
    """A task that goes before, and how its run must have ended.

    Attributes:
        task_id (str):
        when (WhenEnum | Unset): * `succeeded` - when it succeeded
            * `failed` - when it failed
            * `finished` - when it ended, however Default: WhenEnum.SUCCEEDED.
    """

    task_id: str
    when: WhenEnum | Unset = WhenEnum.SUCCEEDED

    def to_dict(self) -> dict[str, Any]:
        task_id = self.task_id

        when: str | Unset = UNSET
        if not isinstance(self.when, Unset):
            when = self.when.value

        field_dict: dict[str, Any] = {}

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

        parent_request = cls(
            task_id=task_id,
            when=when,
        )

        return parent_request
