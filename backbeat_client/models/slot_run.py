from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SlotRun")


@_attrs_define
class SlotRun:
    """A run of a slot, in short.

    Attributes:
        run_id (UUID):
        trigger (str):
        status (str):
        failure_reason (str):
        skip_reason (str):
        note (str):
        waits_for (str):
        caught_up (bool):
        backfill_id (None | UUID):
        started_at (datetime.datetime | None):
        finished_at (datetime.datetime | None):
    """

    run_id: UUID
    trigger: str
    status: str
    failure_reason: str
    skip_reason: str
    note: str
    waits_for: str
    caught_up: bool
    backfill_id: None | UUID
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        run_id = str(self.run_id)

        trigger = self.trigger

        status = self.status

        failure_reason = self.failure_reason

        skip_reason = self.skip_reason

        note = self.note

        waits_for = self.waits_for

        caught_up = self.caught_up

        backfill_id: None | str
        if isinstance(self.backfill_id, UUID):
            backfill_id = str(self.backfill_id)
        else:
            backfill_id = self.backfill_id

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "run_id": run_id,
                "trigger": trigger,
                "status": status,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "note": note,
                "waits_for": waits_for,
                "caught_up": caught_up,
                "backfill_id": backfill_id,
                "started_at": started_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        run_id = UUID(d.pop("run_id"))

        trigger = d.pop("trigger")

        status = d.pop("status")

        failure_reason = d.pop("failure_reason")

        skip_reason = d.pop("skip_reason")

        note = d.pop("note")

        waits_for = d.pop("waits_for")

        caught_up = d.pop("caught_up")

        def _parse_backfill_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                backfill_id_type_0 = UUID(data)

                return backfill_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        backfill_id = _parse_backfill_id(d.pop("backfill_id"))

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

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        slot_run = cls(
            run_id=run_id,
            trigger=trigger,
            status=status,
            failure_reason=failure_reason,
            skip_reason=skip_reason,
            note=note,
            waits_for=waits_for,
            caught_up=caught_up,
            backfill_id=backfill_id,
            started_at=started_at,
            finished_at=finished_at,
        )

        slot_run.additional_properties = d
        return slot_run

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
