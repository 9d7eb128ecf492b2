from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.first_run_enum import FirstRunEnum
from ..models.on_closed_day_enum import OnClosedDayEnum
from ..models.preview_request_month_days_item_type_1 import (
    PreviewRequestMonthDaysItemType1,
)
from ..models.schedule_type_enum import ScheduleTypeEnum
from ..types import UNSET, Unset

T = TypeVar("T", bound="PreviewRequest")


@_attrs_define
class PreviewRequest:
    """A schedule, and how far to look ahead.

    Attributes:
        schedule_type (ScheduleTypeEnum): * `daily` - Daily
            * `weekly` - Weekly
            * `monthly` - Monthly
            * `cron` - Cron
            * `once` - Once
            * `interval` - Interval
            * `none` - None: by hand, or after other tasks
        schedule_time (None | str | Unset):  Example: 07:00.
        weekdays (list[int] | Unset): 1=Mon … 7=Sun
        day_of_week (int | None | Unset): 0=Sunday, 1=Monday … 6=Saturday. Null when there are several days or none: see
            `weekdays`.
        month_days (list[int | PreviewRequestMonthDaysItemType1] | Unset):
        day_of_month (int | None | Unset): Null when there are several or none: see `month_days`.
        cron_expression (str | Unset):
        cron_seconds (bool | Unset): The cron line has six fields, seconds first.
        interval_seconds (int | None | Unset):
        run_at (datetime.datetime | None | str | Unset):
        timezone (str | Unset):
        start_at (datetime.datetime | None | str | Unset):
        end_at (datetime.datetime | None | str | Unset):
        max_runs (int | None | Unset): Runs that the schedule starts; then the task is finished.
        first_run (FirstRunEnum | Unset): * `next_slot` - At the next slot
            * `at_once` - At once, then by the schedule
        jitter_seconds (int | Unset): Each slot is put off by up to this long, always the same for it.
        calendar_id (None | str | Unset):
        excluded_dates (list[datetime.date] | Unset):
        on_closed_day (OnClosedDayEnum | Unset): * `skip` - Skip the slot
            * `shift` - Run it on the next open day
        count (int | Unset): Slots that run; those of closed days come on top. Default: 10.
        after (datetime.datetime | str | Unset): Default: now.
        reader_timezone (str | Unset):
        task_id (str | Unset): The task that this is the schedule of: its age, spread and runs left count.
    """

    schedule_type: ScheduleTypeEnum
    schedule_time: None | str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    day_of_week: int | None | Unset = UNSET
    month_days: list[int | PreviewRequestMonthDaysItemType1] | Unset = UNSET
    day_of_month: int | None | Unset = UNSET
    cron_expression: str | Unset = UNSET
    cron_seconds: bool | Unset = UNSET
    interval_seconds: int | None | Unset = UNSET
    run_at: datetime.datetime | None | str | Unset = UNSET
    timezone: str | Unset = UNSET
    start_at: datetime.datetime | None | str | Unset = UNSET
    end_at: datetime.datetime | None | str | Unset = UNSET
    max_runs: int | None | Unset = UNSET
    first_run: FirstRunEnum | Unset = UNSET
    jitter_seconds: int | Unset = UNSET
    calendar_id: None | str | Unset = UNSET
    excluded_dates: list[datetime.date] | Unset = UNSET
    on_closed_day: OnClosedDayEnum | Unset = UNSET
    count: int | Unset = 10
    after: datetime.datetime | str | Unset = UNSET
    reader_timezone: str | Unset = UNSET
    task_id: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        schedule_type = self.schedule_type.value

        schedule_time: None | str | Unset
        if isinstance(self.schedule_time, Unset):
            schedule_time = UNSET
        else:
            schedule_time = self.schedule_time

        weekdays: list[int] | Unset = UNSET
        if not isinstance(self.weekdays, Unset):
            weekdays = self.weekdays

        day_of_week: int | None | Unset
        if isinstance(self.day_of_week, Unset):
            day_of_week = UNSET
        else:
            day_of_week = self.day_of_week

        month_days: list[int | str] | Unset = UNSET
        if not isinstance(self.month_days, Unset):
            month_days = []
            for month_days_item_data in self.month_days:
                month_days_item: int | str
                if isinstance(month_days_item_data, PreviewRequestMonthDaysItemType1):
                    month_days_item = month_days_item_data.value
                else:
                    month_days_item = month_days_item_data
                month_days.append(month_days_item)

        day_of_month: int | None | Unset
        if isinstance(self.day_of_month, Unset):
            day_of_month = UNSET
        else:
            day_of_month = self.day_of_month

        cron_expression = self.cron_expression

        cron_seconds = self.cron_seconds

        interval_seconds: int | None | Unset
        if isinstance(self.interval_seconds, Unset):
            interval_seconds = UNSET
        else:
            interval_seconds = self.interval_seconds

        run_at: None | str | Unset
        if isinstance(self.run_at, Unset):
            run_at = UNSET
        elif isinstance(self.run_at, datetime.datetime):
            run_at = self.run_at.isoformat()
        else:
            run_at = self.run_at

        timezone = self.timezone

        start_at: None | str | Unset
        if isinstance(self.start_at, Unset):
            start_at = UNSET
        elif isinstance(self.start_at, datetime.datetime):
            start_at = self.start_at.isoformat()
        else:
            start_at = self.start_at

        end_at: None | str | Unset
        if isinstance(self.end_at, Unset):
            end_at = UNSET
        elif isinstance(self.end_at, datetime.datetime):
            end_at = self.end_at.isoformat()
        else:
            end_at = self.end_at

        max_runs: int | None | Unset
        if isinstance(self.max_runs, Unset):
            max_runs = UNSET
        else:
            max_runs = self.max_runs

        first_run: str | Unset = UNSET
        if not isinstance(self.first_run, Unset):
            first_run = self.first_run.value

        jitter_seconds = self.jitter_seconds

        calendar_id: None | str | Unset
        if isinstance(self.calendar_id, Unset):
            calendar_id = UNSET
        else:
            calendar_id = self.calendar_id

        excluded_dates: list[str] | Unset = UNSET
        if not isinstance(self.excluded_dates, Unset):
            excluded_dates = []
            for excluded_dates_item_data in self.excluded_dates:
                excluded_dates_item = excluded_dates_item_data.isoformat()
                excluded_dates.append(excluded_dates_item)

        on_closed_day: str | Unset = UNSET
        if not isinstance(self.on_closed_day, Unset):
            on_closed_day = self.on_closed_day.value

        count = self.count

        after: str | Unset
        if isinstance(self.after, Unset):
            after = UNSET
        elif isinstance(self.after, datetime.datetime):
            after = self.after.isoformat()
        else:
            after = self.after

        reader_timezone = self.reader_timezone

        task_id = self.task_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "schedule_type": schedule_type,
            }
        )
        if schedule_time is not UNSET:
            field_dict["schedule_time"] = schedule_time
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays
        if day_of_week is not UNSET:
            field_dict["day_of_week"] = day_of_week
        if month_days is not UNSET:
            field_dict["month_days"] = month_days
        if day_of_month is not UNSET:
            field_dict["day_of_month"] = day_of_month
        if cron_expression is not UNSET:
            field_dict["cron_expression"] = cron_expression
        if cron_seconds is not UNSET:
            field_dict["cron_seconds"] = cron_seconds
        if interval_seconds is not UNSET:
            field_dict["interval_seconds"] = interval_seconds
        if run_at is not UNSET:
            field_dict["run_at"] = run_at
        if timezone is not UNSET:
            field_dict["timezone"] = timezone
        if start_at is not UNSET:
            field_dict["start_at"] = start_at
        if end_at is not UNSET:
            field_dict["end_at"] = end_at
        if max_runs is not UNSET:
            field_dict["max_runs"] = max_runs
        if first_run is not UNSET:
            field_dict["first_run"] = first_run
        if jitter_seconds is not UNSET:
            field_dict["jitter_seconds"] = jitter_seconds
        if calendar_id is not UNSET:
            field_dict["calendar_id"] = calendar_id
        if excluded_dates is not UNSET:
            field_dict["excluded_dates"] = excluded_dates
        if on_closed_day is not UNSET:
            field_dict["on_closed_day"] = on_closed_day
        if count is not UNSET:
            field_dict["count"] = count
        if after is not UNSET:
            field_dict["after"] = after
        if reader_timezone is not UNSET:
            field_dict["reader_timezone"] = reader_timezone
        if task_id is not UNSET:
            field_dict["task_id"] = task_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        schedule_type = ScheduleTypeEnum(d.pop("schedule_type"))

        def _parse_schedule_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        schedule_time = _parse_schedule_time(d.pop("schedule_time", UNSET))

        weekdays = cast(list[int], d.pop("weekdays", UNSET))

        def _parse_day_of_week(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        day_of_week = _parse_day_of_week(d.pop("day_of_week", UNSET))

        _month_days = d.pop("month_days", UNSET)
        month_days: list[int | PreviewRequestMonthDaysItemType1] | Unset = UNSET
        if _month_days is not UNSET:
            month_days = []
            for month_days_item_data in _month_days:

                def _parse_month_days_item(
                    data: object,
                ) -> int | PreviewRequestMonthDaysItemType1:
                    try:
                        if not isinstance(data, str):
                            raise TypeError()
                        month_days_item_type_1 = PreviewRequestMonthDaysItemType1(data)

                        return month_days_item_type_1
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    return cast(int | PreviewRequestMonthDaysItemType1, data)

                month_days_item = _parse_month_days_item(month_days_item_data)

                month_days.append(month_days_item)

        def _parse_day_of_month(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        day_of_month = _parse_day_of_month(d.pop("day_of_month", UNSET))

        cron_expression = d.pop("cron_expression", UNSET)

        cron_seconds = d.pop("cron_seconds", UNSET)

        def _parse_interval_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        interval_seconds = _parse_interval_seconds(d.pop("interval_seconds", UNSET))

        def _parse_run_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                run_at_type_0 = datetime.datetime.fromisoformat(data)

                return run_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        run_at = _parse_run_at(d.pop("run_at", UNSET))

        timezone = d.pop("timezone", UNSET)

        def _parse_start_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                start_at_type_0 = datetime.datetime.fromisoformat(data)

                return start_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        start_at = _parse_start_at(d.pop("start_at", UNSET))

        def _parse_end_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                end_at_type_0 = datetime.datetime.fromisoformat(data)

                return end_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        end_at = _parse_end_at(d.pop("end_at", UNSET))

        def _parse_max_runs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_runs = _parse_max_runs(d.pop("max_runs", UNSET))

        _first_run = d.pop("first_run", UNSET)
        first_run: FirstRunEnum | Unset
        if isinstance(_first_run, Unset):
            first_run = UNSET
        else:
            first_run = FirstRunEnum(_first_run)

        jitter_seconds = d.pop("jitter_seconds", UNSET)

        def _parse_calendar_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        calendar_id = _parse_calendar_id(d.pop("calendar_id", UNSET))

        _excluded_dates = d.pop("excluded_dates", UNSET)
        excluded_dates: list[datetime.date] | Unset = UNSET
        if _excluded_dates is not UNSET:
            excluded_dates = []
            for excluded_dates_item_data in _excluded_dates:
                excluded_dates_item = datetime.date.fromisoformat(
                    excluded_dates_item_data
                )

                excluded_dates.append(excluded_dates_item)

        _on_closed_day = d.pop("on_closed_day", UNSET)
        on_closed_day: OnClosedDayEnum | Unset
        if isinstance(_on_closed_day, Unset):
            on_closed_day = UNSET
        else:
            on_closed_day = OnClosedDayEnum(_on_closed_day)

        count = d.pop("count", UNSET)

        def _parse_after(data: object) -> datetime.datetime | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                after_type_0 = datetime.datetime.fromisoformat(data)

                return after_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | str | Unset, data)

        after = _parse_after(d.pop("after", UNSET))

        reader_timezone = d.pop("reader_timezone", UNSET)

        task_id = d.pop("task_id", UNSET)

        preview_request = cls(
            schedule_type=schedule_type,
            schedule_time=schedule_time,
            weekdays=weekdays,
            day_of_week=day_of_week,
            month_days=month_days,
            day_of_month=day_of_month,
            cron_expression=cron_expression,
            cron_seconds=cron_seconds,
            interval_seconds=interval_seconds,
            run_at=run_at,
            timezone=timezone,
            start_at=start_at,
            end_at=end_at,
            max_runs=max_runs,
            first_run=first_run,
            jitter_seconds=jitter_seconds,
            calendar_id=calendar_id,
            excluded_dates=excluded_dates,
            on_closed_day=on_closed_day,
            count=count,
            after=after,
            reader_timezone=reader_timezone,
            task_id=task_id,
        )

        return preview_request
