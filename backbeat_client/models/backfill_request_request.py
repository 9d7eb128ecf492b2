from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BackfillRequestRequest")


@_attrs_define
class BackfillRequestRequest:
    """A range of slots. Moments without an offset are in the task's zone.

    Attributes:
        from_at (str): The first moment of the range, such as 2026-11-17T07:00 or 2026-11-17.
        until_at (str): The last one, included; a date is the whole day. Not in the future.
        per_minute (int | Unset):  Default: 6.
        again (bool | Unset): Also slots that have succeeded already. Default: False.
        note (str | Unset):  Default: ''.
        dry_run (bool | Unset): Write nothing; answer 200 with what would run. Default: False.
    """

    from_at: str
    until_at: str
    per_minute: int | Unset = 6
    again: bool | Unset = False
    note: str | Unset = ""
    dry_run: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        from_at = self.from_at

        until_at = self.until_at

        per_minute = self.per_minute

        again = self.again

        note = self.note

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "from_at": from_at,
                "until_at": until_at,
            }
        )
        if per_minute is not UNSET:
            field_dict["per_minute"] = per_minute
        if again is not UNSET:
            field_dict["again"] = again
        if note is not UNSET:
            field_dict["note"] = note
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        from_at = d.pop("from_at")

        until_at = d.pop("until_at")

        per_minute = d.pop("per_minute", UNSET)

        again = d.pop("again", UNSET)

        note = d.pop("note", UNSET)

        dry_run = d.pop("dry_run", UNSET)

        backfill_request_request = cls(
            from_at=from_at,
            until_at=until_at,
            per_minute=per_minute,
            again=again,
            note=note,
            dry_run=dry_run,
        )

        return backfill_request_request
