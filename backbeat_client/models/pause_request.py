from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PauseRequest")


@_attrs_define
class PauseRequest:
    """Why a task is paused, and when it goes on by itself.

    Attributes:
        note (str | Unset):
        resume_at (datetime.datetime | None | str | Unset): Without an offset it is meant in the task's `timezone`.
    """

    note: str | Unset = UNSET
    resume_at: datetime.datetime | None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        note = self.note

        resume_at: None | str | Unset
        if isinstance(self.resume_at, Unset):
            resume_at = UNSET
        elif isinstance(self.resume_at, datetime.datetime):
            resume_at = self.resume_at.isoformat()
        else:
            resume_at = self.resume_at

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if note is not UNSET:
            field_dict["note"] = note
        if resume_at is not UNSET:
            field_dict["resume_at"] = resume_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        note = d.pop("note", UNSET)

        def _parse_resume_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resume_at_type_0 = datetime.datetime.fromisoformat(data)

                return resume_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        resume_at = _parse_resume_at(d.pop("resume_at", UNSET))

        pause_request = cls(
            note=note,
            resume_at=resume_at,
        )

        return pause_request
