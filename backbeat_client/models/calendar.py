from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.calendar_dates_type_0 import CalendarDatesType0
    from ..models.calendar_file_dates import CalendarFileDates


T = TypeVar("T", bound="Calendar")


@_attrs_define
class Calendar:
    """A calendar. On create `id` may be left out; then one is made from the name.

    Attributes:
        name (str):
        file_dates (CalendarFileDates):
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
        id (str | Unset):
        weekdays (list[int] | Unset): The open ones, 1=Mon … 7=Sun
        dates (CalendarDatesType0 | list[datetime.date] | Unset): Closed ones; with `only`, the only open ones. Example:
            {'2027-01-01': "New Year's Day"}.
        only (bool | Unset):
        file_name (str | Unset):
    """

    name: str
    file_dates: CalendarFileDates
    created_at: datetime.datetime
    updated_at: datetime.datetime
    id: str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    dates: CalendarDatesType0 | list[datetime.date] | Unset = UNSET
    only: bool | Unset = UNSET
    file_name: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.calendar_dates_type_0 import CalendarDatesType0

        name = self.name

        file_dates = self.file_dates.to_dict()

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        id = self.id

        weekdays: list[int] | Unset = UNSET
        if not isinstance(self.weekdays, Unset):
            weekdays = self.weekdays

        dates: dict[str, Any] | list[str] | Unset
        if isinstance(self.dates, Unset):
            dates = UNSET
        elif isinstance(self.dates, CalendarDatesType0):
            dates = self.dates.to_dict()
        else:
            dates = []
            for dates_type_1_item_data in self.dates:
                dates_type_1_item = dates_type_1_item_data.isoformat()
                dates.append(dates_type_1_item)

        only = self.only

        file_name = self.file_name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "file_dates": file_dates,
                "created_at": created_at,
                "updated_at": updated_at,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays
        if dates is not UNSET:
            field_dict["dates"] = dates
        if only is not UNSET:
            field_dict["only"] = only
        if file_name is not UNSET:
            field_dict["file_name"] = file_name

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.calendar_dates_type_0 import CalendarDatesType0
        from ..models.calendar_file_dates import CalendarFileDates

        d = dict(src_dict)
        name = d.pop("name")

        file_dates = CalendarFileDates.from_dict(d.pop("file_dates"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        id = d.pop("id", UNSET)

        weekdays = cast(list[int], d.pop("weekdays", UNSET))

        def _parse_dates(
            data: object,
        ) -> CalendarDatesType0 | list[datetime.date] | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                dates_type_0 = CalendarDatesType0.from_dict(data)

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

        file_name = d.pop("file_name", UNSET)

        calendar = cls(
            name=name,
            file_dates=file_dates,
            created_at=created_at,
            updated_at=updated_at,
            id=id,
            weekdays=weekdays,
            dates=dates,
            only=only,
            file_name=file_name,
        )

        calendar.additional_properties = d
        return calendar

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
