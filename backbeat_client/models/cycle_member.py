from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.cycle_parent import CycleParent


T = TypeVar("T", bound="CycleMember")


@_attrs_define
class CycleMember:
    """The run of one task in a cycle: the last one, if it ran several times.

    Attributes:
        run_id (UUID):
        task_id (str):
        status (str):
        waits_for (str):
        skip_reason (str):
        parents (list[CycleParent]):
    """

    run_id: UUID
    task_id: str
    status: str
    waits_for: str
    skip_reason: str
    parents: list[CycleParent]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        run_id = str(self.run_id)

        task_id = self.task_id

        status = self.status

        waits_for = self.waits_for

        skip_reason = self.skip_reason

        parents = []
        for parents_item_data in self.parents:
            parents_item = parents_item_data.to_dict()
            parents.append(parents_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "run_id": run_id,
                "task_id": task_id,
                "status": status,
                "waits_for": waits_for,
                "skip_reason": skip_reason,
                "parents": parents,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.cycle_parent import CycleParent

        d = dict(src_dict)
        run_id = UUID(d.pop("run_id"))

        task_id = d.pop("task_id")

        status = d.pop("status")

        waits_for = d.pop("waits_for")

        skip_reason = d.pop("skip_reason")

        parents = []
        _parents = d.pop("parents")
        for parents_item_data in _parents:
            parents_item = CycleParent.from_dict(parents_item_data)

            parents.append(parents_item)

        cycle_member = cls(
            run_id=run_id,
            task_id=task_id,
            status=status,
            waits_for=waits_for,
            skip_reason=skip_reason,
            parents=parents,
        )

        cycle_member.additional_properties = d
        return cycle_member

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
