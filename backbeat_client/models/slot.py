from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.slot_run import SlotRun


T = TypeVar("T", bound="Slot")


@_attrs_define
class Slot:
    """What became of a slot. `words` say it in the language that the client accepts.

    Attributes:
        slot (datetime.datetime):
        kind (str): One of ran, running, queued, skipped, upcoming, paused, finished, before_creation, not_a_slot,
            unknown.
        because (str): Where it needs one: closed_day, due, runs_used_up, ended, set_aside, pruned, other_schedule.
        words (str):
        slots (int): Slots that this answer stands for: those skipped together are one.
        first_slot (datetime.datetime | None):
        last_slot (datetime.datetime | None):
        due_at (datetime.datetime | None): When a slot to come is really due (spread).
        nearest (list[datetime.datetime]):
        runs (list[SlotRun]): The scheduled one first.
    """

    slot: datetime.datetime
    kind: str
    because: str
    words: str
    slots: int
    first_slot: datetime.datetime | None
    last_slot: datetime.datetime | None
    due_at: datetime.datetime | None
    nearest: list[datetime.datetime]
    runs: list[SlotRun]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        slot = self.slot.isoformat()

        kind = self.kind

        because = self.because

        words = self.words

        slots = self.slots

        first_slot: None | str
        if isinstance(self.first_slot, datetime.datetime):
            first_slot = self.first_slot.isoformat()
        else:
            first_slot = self.first_slot

        last_slot: None | str
        if isinstance(self.last_slot, datetime.datetime):
            last_slot = self.last_slot.isoformat()
        else:
            last_slot = self.last_slot

        due_at: None | str
        if isinstance(self.due_at, datetime.datetime):
            due_at = self.due_at.isoformat()
        else:
            due_at = self.due_at

        nearest = []
        for nearest_item_data in self.nearest:
            nearest_item = nearest_item_data.isoformat()
            nearest.append(nearest_item)

        runs = []
        for runs_item_data in self.runs:
            runs_item = runs_item_data.to_dict()
            runs.append(runs_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "slot": slot,
                "kind": kind,
                "because": because,
                "words": words,
                "slots": slots,
                "first_slot": first_slot,
                "last_slot": last_slot,
                "due_at": due_at,
                "nearest": nearest,
                "runs": runs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.slot_run import SlotRun

        d = dict(src_dict)
        slot = datetime.datetime.fromisoformat(d.pop("slot"))

        kind = d.pop("kind")

        because = d.pop("because")

        words = d.pop("words")

        slots = d.pop("slots")

        def _parse_first_slot(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                first_slot_type_0 = datetime.datetime.fromisoformat(data)

                return first_slot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        first_slot = _parse_first_slot(d.pop("first_slot"))

        def _parse_last_slot(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_slot_type_0 = datetime.datetime.fromisoformat(data)

                return last_slot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_slot = _parse_last_slot(d.pop("last_slot"))

        def _parse_due_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_at_type_0 = datetime.datetime.fromisoformat(data)

                return due_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        due_at = _parse_due_at(d.pop("due_at"))

        nearest = []
        _nearest = d.pop("nearest")
        for nearest_item_data in _nearest:
            nearest_item = datetime.datetime.fromisoformat(nearest_item_data)

            nearest.append(nearest_item)

        runs = []
        _runs = d.pop("runs")
        for runs_item_data in _runs:
            runs_item = SlotRun.from_dict(runs_item_data)

            runs.append(runs_item)

        slot = cls(
            slot=slot,
            kind=kind,
            because=because,
            words=words,
            slots=slots,
            first_slot=first_slot,
            last_slot=last_slot,
            due_at=due_at,
            nearest=nearest,
            runs=runs,
        )

        slot.additional_properties = d
        return slot

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
