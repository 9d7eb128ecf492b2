from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.state_enum import StateEnum

T = TypeVar("T", bound="SchedulerStats")


@_attrs_define
class SchedulerStats:
    """Counts are of runs made since `started_at`, when the beat that fires began.

    Attributes:
        state (StateEnum): * `stopped` - stopped
            * `starting` - starting
            * `running` - running
            * `stopping` - stopping
            * `paused` - paused
            * `error` - error
        started_at (datetime.datetime | None):
        tasks_executed (int): Counted up to 100 000 of each end.
        tasks_succeeded (int):
        tasks_failed (int):
        last_poll_at (datetime.datetime | None): When that beat was last heard of.
        next_poll_at (datetime.datetime | None):
        active_tasks (int): Runs under way.
        queued_tasks (int): Runs that are due and that no worker has taken.
        queue_age_seconds (float | None):
        late_tasks (int):
        beats (int):
        workers (int):
        poll_interval_seconds (float):
    """

    state: StateEnum
    started_at: datetime.datetime | None
    tasks_executed: int
    tasks_succeeded: int
    tasks_failed: int
    last_poll_at: datetime.datetime | None
    next_poll_at: datetime.datetime | None
    active_tasks: int
    queued_tasks: int
    queue_age_seconds: float | None
    late_tasks: int
    beats: int
    workers: int
    poll_interval_seconds: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        state = self.state.value

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        tasks_executed = self.tasks_executed

        tasks_succeeded = self.tasks_succeeded

        tasks_failed = self.tasks_failed

        last_poll_at: None | str
        if isinstance(self.last_poll_at, datetime.datetime):
            last_poll_at = self.last_poll_at.isoformat()
        else:
            last_poll_at = self.last_poll_at

        next_poll_at: None | str
        if isinstance(self.next_poll_at, datetime.datetime):
            next_poll_at = self.next_poll_at.isoformat()
        else:
            next_poll_at = self.next_poll_at

        active_tasks = self.active_tasks

        queued_tasks = self.queued_tasks

        queue_age_seconds: float | None
        queue_age_seconds = self.queue_age_seconds

        late_tasks = self.late_tasks

        beats = self.beats

        workers = self.workers

        poll_interval_seconds = self.poll_interval_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "state": state,
                "started_at": started_at,
                "tasks_executed": tasks_executed,
                "tasks_succeeded": tasks_succeeded,
                "tasks_failed": tasks_failed,
                "last_poll_at": last_poll_at,
                "next_poll_at": next_poll_at,
                "active_tasks": active_tasks,
                "queued_tasks": queued_tasks,
                "queue_age_seconds": queue_age_seconds,
                "late_tasks": late_tasks,
                "beats": beats,
                "workers": workers,
                "poll_interval_seconds": poll_interval_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        state = StateEnum(d.pop("state"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("started_at"))

        tasks_executed = d.pop("tasks_executed")

        tasks_succeeded = d.pop("tasks_succeeded")

        tasks_failed = d.pop("tasks_failed")

        def _parse_last_poll_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_poll_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_poll_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_poll_at = _parse_last_poll_at(d.pop("last_poll_at"))

        def _parse_next_poll_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_poll_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_poll_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_poll_at = _parse_next_poll_at(d.pop("next_poll_at"))

        active_tasks = d.pop("active_tasks")

        queued_tasks = d.pop("queued_tasks")

        def _parse_queue_age_seconds(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        queue_age_seconds = _parse_queue_age_seconds(d.pop("queue_age_seconds"))

        late_tasks = d.pop("late_tasks")

        beats = d.pop("beats")

        workers = d.pop("workers")

        poll_interval_seconds = d.pop("poll_interval_seconds")

        scheduler_stats = cls(
            state=state,
            started_at=started_at,
            tasks_executed=tasks_executed,
            tasks_succeeded=tasks_succeeded,
            tasks_failed=tasks_failed,
            last_poll_at=last_poll_at,
            next_poll_at=next_poll_at,
            active_tasks=active_tasks,
            queued_tasks=queued_tasks,
            queue_age_seconds=queue_age_seconds,
            late_tasks=late_tasks,
            beats=beats,
            workers=workers,
            poll_interval_seconds=poll_interval_seconds,
        )

        scheduler_stats.additional_properties = d
        return scheduler_stats

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
