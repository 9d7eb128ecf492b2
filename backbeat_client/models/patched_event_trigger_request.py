from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchedEventTriggerRequest")


@_attrs_define
class PatchedEventTriggerRequest:
    """An event of this type, from this source, of this shape begins a run.

    Attributes:
        event_type (str | Unset): Such as task.completed, or signal.* for all of them.
        source_agent (str | Unset): Empty: any.
        filter_ (str | Unset): JMESPath over the whole event, such as payload.ticker == 'VCB'.
        min_interval_seconds (int | Unset):
        active (bool | Unset):
    """

    event_type: str | Unset = UNSET
    source_agent: str | Unset = UNSET
    filter_: str | Unset = UNSET
    min_interval_seconds: int | Unset = UNSET
    active: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        event_type = self.event_type

        source_agent = self.source_agent

        filter_ = self.filter_

        min_interval_seconds = self.min_interval_seconds

        active = self.active

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if event_type is not UNSET:
            field_dict["event_type"] = event_type
        if source_agent is not UNSET:
            field_dict["source_agent"] = source_agent
        if filter_ is not UNSET:
            field_dict["filter"] = filter_
        if min_interval_seconds is not UNSET:
            field_dict["min_interval_seconds"] = min_interval_seconds
        if active is not UNSET:
            field_dict["active"] = active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        event_type = d.pop("event_type", UNSET)

        source_agent = d.pop("source_agent", UNSET)

        filter_ = d.pop("filter", UNSET)

        min_interval_seconds = d.pop("min_interval_seconds", UNSET)

        active = d.pop("active", UNSET)

        patched_event_trigger_request = cls(
            event_type=event_type,
            source_agent=source_agent,
            filter_=filter_,
            min_interval_seconds=min_interval_seconds,
            active=active,
        )

        return patched_event_trigger_request
