from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.spending_line import SpendingLine


T = TypeVar("T", bound="Spending")


@_attrs_define
class Spending:
    """The dearest hundred of each kind, and those that have a limit.

    Attributes:
        month (str): As `2026-03`.
        timezone (str): Its days are those of this zone.
        agents (list[SpendingLine]):
        owners (list[SpendingLine]):
        tasks (list[SpendingLine]):
    """

    month: str
    timezone: str
    agents: list[SpendingLine]
    owners: list[SpendingLine]
    tasks: list[SpendingLine]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        month = self.month

        timezone = self.timezone

        agents = []
        for agents_item_data in self.agents:
            agents_item = agents_item_data.to_dict()
            agents.append(agents_item)

        owners = []
        for owners_item_data in self.owners:
            owners_item = owners_item_data.to_dict()
            owners.append(owners_item)

        tasks = []
        for tasks_item_data in self.tasks:
            tasks_item = tasks_item_data.to_dict()
            tasks.append(tasks_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "month": month,
                "timezone": timezone,
                "agents": agents,
                "owners": owners,
                "tasks": tasks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.spending_line import SpendingLine

        d = dict(src_dict)
        month = d.pop("month")

        timezone = d.pop("timezone")

        agents = []
        _agents = d.pop("agents")
        for agents_item_data in _agents:
            agents_item = SpendingLine.from_dict(agents_item_data)

            agents.append(agents_item)

        owners = []
        _owners = d.pop("owners")
        for owners_item_data in _owners:
            owners_item = SpendingLine.from_dict(owners_item_data)

            owners.append(owners_item)

        tasks = []
        _tasks = d.pop("tasks")
        for tasks_item_data in _tasks:
            tasks_item = SpendingLine.from_dict(tasks_item_data)

            tasks.append(tasks_item)

        spending = cls(
            month=month,
            timezone=timezone,
            agents=agents,
            owners=owners,
            tasks=tasks,
        )

        spending.additional_properties = d
        return spending

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
