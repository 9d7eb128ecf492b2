from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.backfill_progress import BackfillProgress


T = TypeVar("T", bound="Backfill")


@_attrs_define
class Backfill:
    """A backfill; `progress` counts its slots by status.

    Attributes:
        id (UUID):
        task_id (str):
        task_name (str):
        from_at (datetime.datetime):
        until_at (datetime.datetime):
        per_minute (int):
        again (bool):
        note (str):
        made (int):
        left_out (int):
        progress (BackfillProgress):
        is_over (bool):
        ends_about (datetime.datetime | None):
        created_at (datetime.datetime):
        cancelled_at (datetime.datetime | None):
    """

    id: UUID
    task_id: str
    task_name: str
    from_at: datetime.datetime
    until_at: datetime.datetime
    per_minute: int
    again: bool
    note: str
    made: int
    left_out: int
    progress: BackfillProgress
    is_over: bool
    ends_about: datetime.datetime | None
    created_at: datetime.datetime
    cancelled_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        task_id = self.task_id

        task_name = self.task_name

        from_at = self.from_at.isoformat()

        until_at = self.until_at.isoformat()

        per_minute = self.per_minute

        again = self.again

        note = self.note

        made = self.made

        left_out = self.left_out

        progress = self.progress.to_dict()

        is_over = self.is_over

        ends_about: None | str
        if isinstance(self.ends_about, datetime.datetime):
            ends_about = self.ends_about.isoformat()
        else:
            ends_about = self.ends_about

        created_at = self.created_at.isoformat()

        cancelled_at: None | str
        if isinstance(self.cancelled_at, datetime.datetime):
            cancelled_at = self.cancelled_at.isoformat()
        else:
            cancelled_at = self.cancelled_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "task_id": task_id,
                "task_name": task_name,
                "from_at": from_at,
                "until_at": until_at,
                "per_minute": per_minute,
                "again": again,
                "note": note,
                "made": made,
                "left_out": left_out,
                "progress": progress,
                "is_over": is_over,
                "ends_about": ends_about,
                "created_at": created_at,
                "cancelled_at": cancelled_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.backfill_progress import BackfillProgress

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        task_id = d.pop("task_id")

        task_name = d.pop("task_name")

        from_at = datetime.datetime.fromisoformat(d.pop("from_at"))

        until_at = datetime.datetime.fromisoformat(d.pop("until_at"))

        per_minute = d.pop("per_minute")

        again = d.pop("again")

        note = d.pop("note")

        made = d.pop("made")

        left_out = d.pop("left_out")

        progress = BackfillProgress.from_dict(d.pop("progress"))

        is_over = d.pop("is_over")

        def _parse_ends_about(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_about_type_0 = datetime.datetime.fromisoformat(data)

                return ends_about_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ends_about = _parse_ends_about(d.pop("ends_about"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_cancelled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cancelled_at_type_0 = datetime.datetime.fromisoformat(data)

                return cancelled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        cancelled_at = _parse_cancelled_at(d.pop("cancelled_at"))

        backfill = cls(
            id=id,
            task_id=task_id,
            task_name=task_name,
            from_at=from_at,
            until_at=until_at,
            per_minute=per_minute,
            again=again,
            note=note,
            made=made,
            left_out=left_out,
            progress=progress,
            is_over=is_over,
            ends_about=ends_about,
            created_at=created_at,
            cancelled_at=cancelled_at,
        )

        backfill.additional_properties = d
        return backfill

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
