from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="EventTrigger")


@_attrs_define
class EventTrigger:
    """An event of this type, from this source, of this shape begins a run.

    Attributes:
        id (int):
        event_type (str): Such as task.completed, or signal.* for all of them.
        fired_at (datetime.datetime | None):
        fired_count (int):
        refused_note (str):
        source_agent (str | Unset): Empty: any.
        filter_ (str | Unset): JMESPath over the whole event, such as payload.ticker == 'VCB'.
        min_interval_seconds (int | Unset):
        active (bool | Unset):
    """

    id: int
    event_type: str
    fired_at: datetime.datetime | None
    fired_count: int
    refused_note: str
    source_agent: str | Unset = UNSET
    filter_: str | Unset = UNSET
    min_interval_seconds: int | Unset = UNSET
    active: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        event_type = self.event_type

        fired_at: None | str
        if isinstance(self.fired_at, datetime.datetime):
            fired_at = self.fired_at.isoformat()
        else:
            fired_at = self.fired_at

        fired_count = self.fired_count

        refused_note = self.refused_note

        source_agent = self.source_agent

        filter_ = self.filter_

        min_interval_seconds = self.min_interval_seconds

        active = self.active

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "event_type": event_type,
                "fired_at": fired_at,
                "fired_count": fired_count,
                "refused_note": refused_note,
            }
        )
        if source_agent is not UNSET:
            field_dict["source_agent"] = source_agent
        if filter_ is not UNSET:
            field_dict["filter"] = filter_
        if min_interval_seconds is not UNSET:
            field_dict["min_interval_seconds"] = min_interval_seconds
        if active is not UNSET:
            field_dict["active"] = active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        event_type = d.pop("event_type")

        def _parse_fired_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                fired_at_type_0 = datetime.datetime.fromisoformat(data)

                return fired_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        fired_at = _parse_fired_at(d.pop("fired_at"))

        fired_count = d.pop("fired_count")

        refused_note = d.pop("refused_note")

        source_agent = d.pop("source_agent", UNSET)

        filter_ = d.pop("filter", UNSET)

        min_interval_seconds = d.pop("min_interval_seconds", UNSET)

        active = d.pop("active", UNSET)

        event_trigger = cls(
            id=id,
            event_type=event_type,
            fired_at=fired_at,
            fired_count=fired_count,
            refused_note=refused_note,
            source_agent=source_agent,
            filter_=filter_,
            min_interval_seconds=min_interval_seconds,
            active=active,
        )

        event_trigger.additional_properties = d
        return event_trigger

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
