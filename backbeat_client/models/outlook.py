from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.basis_enum import BasisEnum
from ..models.cautions_enum import CautionsEnum

if TYPE_CHECKING:
    from ..models.entry import Entry
    from ..models.words import Words


T = TypeVar("T", bound="Outlook")


@_attrs_define
class Outlook:
    """What the schedule would do.

    Attributes:
        words (Words):
        entries (list[Entry]):
        cautions (list[CautionsEnum]):
        clock_change (datetime.datetime | None): When the clocks of its zone change next.
        projected_monthly_cost (None | str): Of the next 30 days, in US dollars; null when nothing is known.
        basis (BasisEnum): * `task` - task
            * `agent` - agent
            * `prices` - prices
            * `unknown` - unknown
        projected_runs (int): Slots of the next 30 days.
        exceeds_month_limit (bool):
    """

    words: Words
    entries: list[Entry]
    cautions: list[CautionsEnum]
    clock_change: datetime.datetime | None
    projected_monthly_cost: None | str
    basis: BasisEnum
    projected_runs: int
    exceeds_month_limit: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        words = self.words.to_dict()

        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        cautions = []
        for cautions_item_data in self.cautions:
            cautions_item = cautions_item_data.value
            cautions.append(cautions_item)

        clock_change: None | str
        if isinstance(self.clock_change, datetime.datetime):
            clock_change = self.clock_change.isoformat()
        else:
            clock_change = self.clock_change

        projected_monthly_cost: None | str
        projected_monthly_cost = self.projected_monthly_cost

        basis = self.basis.value

        projected_runs = self.projected_runs

        exceeds_month_limit = self.exceeds_month_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "words": words,
                "entries": entries,
                "cautions": cautions,
                "clock_change": clock_change,
                "projected_monthly_cost": projected_monthly_cost,
                "basis": basis,
                "projected_runs": projected_runs,
                "exceeds_month_limit": exceeds_month_limit,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.entry import Entry
        from ..models.words import Words

        d = dict(src_dict)
        words = Words.from_dict(d.pop("words"))

        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = Entry.from_dict(entries_item_data)

            entries.append(entries_item)

        cautions = []
        _cautions = d.pop("cautions")
        for cautions_item_data in _cautions:
            cautions_item = CautionsEnum(cautions_item_data)

            cautions.append(cautions_item)

        def _parse_clock_change(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                clock_change_type_0 = datetime.datetime.fromisoformat(data)

                return clock_change_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        clock_change = _parse_clock_change(d.pop("clock_change"))

        def _parse_projected_monthly_cost(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        projected_monthly_cost = _parse_projected_monthly_cost(
            d.pop("projected_monthly_cost")
        )

        basis = BasisEnum(d.pop("basis"))

        projected_runs = d.pop("projected_runs")

        exceeds_month_limit = d.pop("exceeds_month_limit")

        outlook = cls(
            words=words,
            entries=entries,
            cautions=cautions,
            clock_change=clock_change,
            projected_monthly_cost=projected_monthly_cost,
            basis=basis,
            projected_runs=projected_runs,
            exceeds_month_limit=exceeds_month_limit,
        )

        outlook.additional_properties = d
        return outlook

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
