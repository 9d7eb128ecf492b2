from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RunDiff")


@_attrs_define
class RunDiff:
    """The output of a run compared with the one before it.

    Attributes:
        compared_with (None | UUID): Null: there is nothing to compare with, or its agent says itself what changed.
        changed (bool | None):
        diff (str): Lines with their marks; of typed outputs, fields. Bounded; empty without a change.
    """

    compared_with: None | UUID
    changed: bool | None
    diff: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        compared_with: None | str
        if isinstance(self.compared_with, UUID):
            compared_with = str(self.compared_with)
        else:
            compared_with = self.compared_with

        changed: bool | None
        changed = self.changed

        diff = self.diff

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "compared_with": compared_with,
                "changed": changed,
                "diff": diff,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_compared_with(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                compared_with_type_0 = UUID(data)

                return compared_with_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        compared_with = _parse_compared_with(d.pop("compared_with"))

        def _parse_changed(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        changed = _parse_changed(d.pop("changed"))

        diff = d.pop("diff")

        run_diff = cls(
            compared_with=compared_with,
            changed=changed,
            diff=diff,
        )

        run_diff.additional_properties = d
        return run_diff

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
