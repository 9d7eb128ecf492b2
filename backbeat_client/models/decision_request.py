from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="DecisionRequest")


@_attrs_define
class DecisionRequest:
    """`output` takes the place of what the agent said, `data` that of its typed output.

    Attributes:
        note (str | Unset):  Default: ''.
        output (str | Unset):
        data (Any | Unset):
    """

    note: str | Unset = ""
    output: str | Unset = UNSET
    data: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        note = self.note

        output = self.output

        data = self.data

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if note is not UNSET:
            field_dict["note"] = note
        if output is not UNSET:
            field_dict["output"] = output
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        note = d.pop("note", UNSET)

        output = d.pop("output", UNSET)

        data = d.pop("data", UNSET)

        decision_request = cls(
            note=note,
            output=output,
            data=data,
        )

        return decision_request
