from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.timeline_entry import TimelineEntry


T = TypeVar("T", bound="IncidentDetail")


@_attrs_define
class IncidentDetail:
    """The same with its timeline, oldest first.

    Attributes:
        id (int):
        kind (str):
        key (str):
        state (str):
        title (str):
        note (str): The latest that was seen.
        count (int):
        task_id (None | str):
        run_id (None | UUID): The run that opened it.
        webhook_id (int | None):
        opened_at (datetime.datetime):
        last_at (datetime.datetime):
        acknowledged_at (datetime.datetime | None):
        acknowledged_by (None | str):
        resolved_at (datetime.datetime | None):
        resolved_by (None | str):
        resolves_at (datetime.datetime | None): When it is over by the clock, as a budget's day is.
        timeline (list[TimelineEntry]):
    """

    id: int
    kind: str
    key: str
    state: str
    title: str
    note: str
    count: int
    task_id: None | str
    run_id: None | UUID
    webhook_id: int | None
    opened_at: datetime.datetime
    last_at: datetime.datetime
    acknowledged_at: datetime.datetime | None
    acknowledged_by: None | str
    resolved_at: datetime.datetime | None
    resolved_by: None | str
    resolves_at: datetime.datetime | None
    timeline: list[TimelineEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind = self.kind

        key = self.key

        state = self.state

        title = self.title

        note = self.note

        count = self.count

        task_id: None | str
        task_id = self.task_id

        run_id: None | str
        if isinstance(self.run_id, UUID):
            run_id = str(self.run_id)
        else:
            run_id = self.run_id

        webhook_id: int | None
        webhook_id = self.webhook_id

        opened_at = self.opened_at.isoformat()

        last_at = self.last_at.isoformat()

        acknowledged_at: None | str
        if isinstance(self.acknowledged_at, datetime.datetime):
            acknowledged_at = self.acknowledged_at.isoformat()
        else:
            acknowledged_at = self.acknowledged_at

        acknowledged_by: None | str
        acknowledged_by = self.acknowledged_by

        resolved_at: None | str
        if isinstance(self.resolved_at, datetime.datetime):
            resolved_at = self.resolved_at.isoformat()
        else:
            resolved_at = self.resolved_at

        resolved_by: None | str
        resolved_by = self.resolved_by

        resolves_at: None | str
        if isinstance(self.resolves_at, datetime.datetime):
            resolves_at = self.resolves_at.isoformat()
        else:
            resolves_at = self.resolves_at

        timeline = []
        for timeline_item_data in self.timeline:
            timeline_item = timeline_item_data.to_dict()
            timeline.append(timeline_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "key": key,
                "state": state,
                "title": title,
                "note": note,
                "count": count,
                "task_id": task_id,
                "run_id": run_id,
                "webhook_id": webhook_id,
                "opened_at": opened_at,
                "last_at": last_at,
                "acknowledged_at": acknowledged_at,
                "acknowledged_by": acknowledged_by,
                "resolved_at": resolved_at,
                "resolved_by": resolved_by,
                "resolves_at": resolves_at,
                "timeline": timeline,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.timeline_entry import TimelineEntry

        d = dict(src_dict)
        id = d.pop("id")

        kind = d.pop("kind")

        key = d.pop("key")

        state = d.pop("state")

        title = d.pop("title")

        note = d.pop("note")

        count = d.pop("count")

        def _parse_task_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        task_id = _parse_task_id(d.pop("task_id"))

        def _parse_run_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                run_id_type_0 = UUID(data)

                return run_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        run_id = _parse_run_id(d.pop("run_id"))

        def _parse_webhook_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        webhook_id = _parse_webhook_id(d.pop("webhook_id"))

        opened_at = datetime.datetime.fromisoformat(d.pop("opened_at"))

        last_at = datetime.datetime.fromisoformat(d.pop("last_at"))

        def _parse_acknowledged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                acknowledged_at_type_0 = datetime.datetime.fromisoformat(data)

                return acknowledged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        acknowledged_at = _parse_acknowledged_at(d.pop("acknowledged_at"))

        def _parse_acknowledged_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        acknowledged_by = _parse_acknowledged_by(d.pop("acknowledged_by"))

        def _parse_resolved_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resolved_at_type_0 = datetime.datetime.fromisoformat(data)

                return resolved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        resolved_at = _parse_resolved_at(d.pop("resolved_at"))

        def _parse_resolved_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        resolved_by = _parse_resolved_by(d.pop("resolved_by"))

        def _parse_resolves_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resolves_at_type_0 = datetime.datetime.fromisoformat(data)

                return resolves_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        resolves_at = _parse_resolves_at(d.pop("resolves_at"))

        timeline = []
        _timeline = d.pop("timeline")
        for timeline_item_data in _timeline:
            timeline_item = TimelineEntry.from_dict(timeline_item_data)

            timeline.append(timeline_item)

        incident_detail = cls(
            id=id,
            kind=kind,
            key=key,
            state=state,
            title=title,
            note=note,
            count=count,
            task_id=task_id,
            run_id=run_id,
            webhook_id=webhook_id,
            opened_at=opened_at,
            last_at=last_at,
            acknowledged_at=acknowledged_at,
            acknowledged_by=acknowledged_by,
            resolved_at=resolved_at,
            resolved_by=resolved_by,
            resolves_at=resolves_at,
            timeline=timeline,
        )

        incident_detail.additional_properties = d
        return incident_detail

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
