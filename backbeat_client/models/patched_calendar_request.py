from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patched_calendar_request_dates_type_0 import (
        PatchedCalendarRequestDatesType0,
    )


T = TypeVar("T", bound="PatchedCalendarRequest")


@_attrs_define
class PatchedCalendarRequest:
    """A calendar. On create `id` may be left out; then one is made from the name.

    Attributes:
        id (str | Unset):
        name (str | Unset):
        weekdays (list[int] | Unset): The open ones, 1=Mon … 7=Sun
        dates (list[datetime.date] | PatchedCalendarRequestDatesType0 | Unset): Closed ones; with `only`, the only open
            ones. Example: {'2027-01-01': "New Year's Day"}.
        only (bool | Unset):
        file (str | Unset): The text of an .ics file, whose events are dates too. Blank: none any more.
        file_name (str | Unset):
    """

    id: str | Unset = UNSET
    name: str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    dates: list[datetime.date] | PatchedCalendarRequestDatesType0 | Unset = UNSET
    only: bool | Unset = UNSET
    file: str | Unset = UNSET
    file_name: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patched_calendar_request_dates_type_0 import (
            PatchedCalendarRequestDatesType0,
        )

        id = self.id

        name = self.name

        weekdays: list[int] | Unset = UNSET
        if not isinstance(self.weekdays, Unset):
            weekdays = self.weekdays

        dates: dict[str, Any] | list[str] | Unset
        if isinstance(self.dates, Unset):
            dates = UNSET
        elif isinstance(self.dates, PatchedCalendarRequestDatesType0):
            dates = self.dates.to_dict()
        else:
            dates = []
            for dates_type_1_item_data in self.dates:
                dates_type_1_item = dates_type_1_item_data.isoformat()
                dates.append(dates_type_1_item)

        only = self.only

        file = self.file

        file_name = self.file_name

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if name is not UNSET:
            field_dict["name"] = name
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays
        if dates is not UNSET:
            field_dict["dates"] = dates
        if only is not UNSET:
            field_dict["only"] = only
        if file is not UNSET:
            field_dict["file"] = file
        if file_name is not UNSET:
            field_dict["file_name"] = file_name

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.patched_calendar_request_dates_type_0 import (
            PatchedCalendarRequestDatesType0,
        )

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        name = d.pop("name", UNSET)

        weekdays = cast(list[int], d.pop("weekdays", UNSET))

        def _parse_dates(
            data: object,
        ) -> list[datetime.date] | PatchedCalendarRequestDatesType0 | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                dates_type_0 = PatchedCalendarRequestDatesType0.from_dict(data)

                return dates_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, list):
                raise TypeError()
            dates_type_1 = []
            _dates_type_1 = data
            for dates_type_1_item_data in _dates_type_1:
                dates_type_1_item = datetime.date.fromisoformat(dates_type_1_item_data)

                dates_type_1.append(dates_type_1_item)

            return dates_type_1

        dates = _parse_dates(d.pop("dates", UNSET))

        only = d.pop("only", UNSET)

        file = d.pop("file", UNSET)

        file_name = d.pop("file_name", UNSET)

        patched_calendar_request = cls(
            id=id,
            name=name,
            weekdays=weekdays,
            dates=dates,
            only=only,
            file=file,
            file_name=file_name,
        )

        return patched_calendar_request
