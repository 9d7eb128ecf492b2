from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Blackout")


@_attrs_define
class Blackout:
    """A window in which nothing fires; with both times of day it comes again.

    Attributes:
        id (int):
        name (str):
        is_on (bool):
        created_at (datetime.datetime):
        created_by (None | str):
        lifted_at (datetime.datetime | None):
        note (str | Unset):
        starts_at (datetime.datetime | Unset): Now, when left out; never in the past.
        ends_at (datetime.datetime | None | Unset): Null: until somebody lifts it.
        weekdays (list[int] | Unset): On which it begins, 1=Mon … 7=Sun; none: every day.
        from_time (None | str | Unset):  Example: 07:00.
        until_time (None | str | Unset):  Example: 07:00.
        timezone (str | Unset):
    """

    id: int
    name: str
    is_on: bool
    created_at: datetime.datetime
    created_by: None | str
    lifted_at: datetime.datetime | None
    note: str | Unset = UNSET
    starts_at: datetime.datetime | Unset = UNSET
    ends_at: datetime.datetime | None | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    from_time: None | str | Unset = UNSET
    until_time: None | str | Unset = UNSET
    timezone: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        is_on = self.is_on

        created_at = self.created_at.isoformat()

        created_by: None | str
        created_by = self.created_by

        lifted_at: None | str
        if isinstance(self.lifted_at, datetime.datetime):
            lifted_at = self.lifted_at.isoformat()
        else:
            lifted_at = self.lifted_at

        note = self.note

        starts_at: str | Unset = UNSET
        if not isinstance(self.starts_at, Unset):
            starts_at = self.starts_at.isoformat()

        ends_at: None | str | Unset
        if isinstance(self.ends_at, Unset):
            ends_at = UNSET
        elif isinstance(self.ends_at, datetime.datetime):
            ends_at = self.ends_at.isoformat()
        else:
            ends_at = self.ends_at

        weekdays: list[int] | Unset = UNSET
        if not isinstance(self.weekdays, Unset):
            weekdays = self.weekdays

        from_time: None | str | Unset
        if isinstance(self.from_time, Unset):
            from_time = UNSET
        else:
            from_time = self.from_time

        until_time: None | str | Unset
        if isinstance(self.until_time, Unset):
            until_time = UNSET
        else:
            until_time = self.until_time

        timezone = self.timezone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "is_on": is_on,
                "created_at": created_at,
                "created_by": created_by,
                "lifted_at": lifted_at,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note
        if starts_at is not UNSET:
            field_dict["starts_at"] = starts_at
        if ends_at is not UNSET:
            field_dict["ends_at"] = ends_at
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays
        if from_time is not UNSET:
            field_dict["from_time"] = from_time
        if until_time is not UNSET:
            field_dict["until_time"] = until_time
        if timezone is not UNSET:
            field_dict["timezone"] = timezone

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        is_on = d.pop("is_on")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_created_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        created_by = _parse_created_by(d.pop("created_by"))

        def _parse_lifted_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                lifted_at_type_0 = datetime.datetime.fromisoformat(data)

                return lifted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        lifted_at = _parse_lifted_at(d.pop("lifted_at"))

        note = d.pop("note", UNSET)

        _starts_at = d.pop("starts_at", UNSET)
        starts_at: datetime.datetime | Unset
        if isinstance(_starts_at, Unset):
            starts_at = UNSET
        else:
            starts_at = datetime.datetime.fromisoformat(_starts_at)

        def _parse_ends_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_at_type_0 = datetime.datetime.fromisoformat(data)

                return ends_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        ends_at = _parse_ends_at(d.pop("ends_at", UNSET))

        weekdays = cast(list[int], d.pop("weekdays", UNSET))

        def _parse_from_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        from_time = _parse_from_time(d.pop("from_time", UNSET))

        def _parse_until_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        until_time = _parse_until_time(d.pop("until_time", UNSET))

        timezone = d.pop("timezone", UNSET)

        blackout = cls(
            id=id,
            name=name,
            is_on=is_on,
            created_at=created_at,
            created_by=created_by,
            lifted_at=lifted_at,
            note=note,
            starts_at=starts_at,
            ends_at=ends_at,
            weekdays=weekdays,
            from_time=from_time,
            until_time=until_time,
            timezone=timezone,
        )

        blackout.additional_properties = d
        return blackout

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
