from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchedBlackoutRequest")


@_attrs_define
class PatchedBlackoutRequest:
    """A window in which nothing fires; with both times of day it comes again.

    Attributes:
        name (str | Unset):
        note (str | Unset):
        starts_at (datetime.datetime | str | Unset): Now, when left out; never in the past.
        ends_at (datetime.datetime | None | str | Unset): Null: until somebody lifts it.
        weekdays (list[int] | Unset): On which it begins, 1=Mon … 7=Sun; none: every day.
        from_time (None | str | Unset):  Example: 07:00.
        until_time (None | str | Unset):  Example: 07:00.
        timezone (str | Unset):
    """

    name: str | Unset = UNSET
    note: str | Unset = UNSET
    starts_at: datetime.datetime | str | Unset = UNSET
    ends_at: datetime.datetime | None | str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    from_time: None | str | Unset = UNSET
    until_time: None | str | Unset = UNSET
    timezone: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        note = self.note

        starts_at: str | Unset
        if isinstance(self.starts_at, Unset):
            starts_at = UNSET
        elif isinstance(self.starts_at, datetime.datetime):
            starts_at = self.starts_at.isoformat()
        else:
            starts_at = self.starts_at

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

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
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
        name = d.pop("name", UNSET)

        note = d.pop("note", UNSET)

        def _parse_starts_at(data: object) -> datetime.datetime | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                starts_at_type_0 = datetime.datetime.fromisoformat(data)

                return starts_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | str | Unset, data)

        starts_at = _parse_starts_at(d.pop("starts_at", UNSET))

        def _parse_ends_at(data: object) -> datetime.datetime | None | str | Unset:
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
            return cast(datetime.datetime | None | str | Unset, data)

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

        patched_blackout_request = cls(
            name=name,
            note=note,
            starts_at=starts_at,
            ends_at=ends_at,
            weekdays=weekdays,
            from_time=from_time,
            until_time=until_time,
            timezone=timezone,
        )

        return patched_blackout_request
