from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.bus_event_request_payload import BusEventRequestPayload


T = TypeVar("T", bound="BusEventRequest")


@_attrs_define
class BusEventRequest:
    """An event to be put on the bus.

    Attributes:
        event_type (str):
        source_agent (str | Unset):
        target_agent (None | str | Unset): Only this agent's subscribers hear it; null: all do.
        payload (BusEventRequestPayload | Unset):
    """

    event_type: str
    source_agent: str | Unset = UNSET
    target_agent: None | str | Unset = UNSET
    payload: BusEventRequestPayload | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        event_type = self.event_type

        source_agent = self.source_agent

        target_agent: None | str | Unset
        if isinstance(self.target_agent, Unset):
            target_agent = UNSET
        else:
            target_agent = self.target_agent

        payload: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payload, Unset):
            payload = self.payload.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "event_type": event_type,
            }
        )
        if source_agent is not UNSET:
            field_dict["source_agent"] = source_agent
        if target_agent is not UNSET:
            field_dict["target_agent"] = target_agent
        if payload is not UNSET:
            field_dict["payload"] = payload

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.bus_event_request_payload import BusEventRequestPayload

        d = dict(src_dict)
        event_type = d.pop("event_type")

        source_agent = d.pop("source_agent", UNSET)

        def _parse_target_agent(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        target_agent = _parse_target_agent(d.pop("target_agent", UNSET))

        _payload = d.pop("payload", UNSET)
        payload: BusEventRequestPayload | Unset
        if isinstance(_payload, Unset):
            payload = UNSET
        else:
            payload = BusEventRequestPayload.from_dict(_payload)

        bus_event_request = cls(
            event_type=event_type,
            source_agent=source_agent,
            target_agent=target_agent,
            payload=payload,
        )

        return bus_event_request
