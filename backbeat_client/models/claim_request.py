from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ClaimRequest")


@_attrs_define
class ClaimRequest:
    """Who claims how much, for how long, of what.

    Attributes:
        consumer (str):
        limit (int | Unset):  Default: 1.
        lease_seconds (float | Unset): Default: SIGNALS_CLAIM_LEASE_SECONDS.
        ticker (str | Unset):
        event_type (str | Unset):
        event_date (datetime.date | Unset):
        source (str | Unset):
        task_id (str | Unset):
    """

    consumer: str
    limit: int | Unset = 1
    lease_seconds: float | Unset = UNSET
    ticker: str | Unset = UNSET
    event_type: str | Unset = UNSET
    event_date: datetime.date | Unset = UNSET
    source: str | Unset = UNSET
    task_id: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        consumer = self.consumer

        limit = self.limit

        lease_seconds = self.lease_seconds

        ticker = self.ticker

        event_type = self.event_type

        event_date: str | Unset = UNSET
        if not isinstance(self.event_date, Unset):
            event_date = self.event_date.isoformat()

        source = self.source

        task_id = self.task_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "consumer": consumer,
            }
        )
        if limit is not UNSET:
            field_dict["limit"] = limit
        if lease_seconds is not UNSET:
            field_dict["lease_seconds"] = lease_seconds
        if ticker is not UNSET:
            field_dict["ticker"] = ticker
        if event_type is not UNSET:
            field_dict["event_type"] = event_type
        if event_date is not UNSET:
            field_dict["event_date"] = event_date
        if source is not UNSET:
            field_dict["source"] = source
        if task_id is not UNSET:
            field_dict["task_id"] = task_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        consumer = d.pop("consumer")

        limit = d.pop("limit", UNSET)

        lease_seconds = d.pop("lease_seconds", UNSET)

        ticker = d.pop("ticker", UNSET)

        event_type = d.pop("event_type", UNSET)

        _event_date = d.pop("event_date", UNSET)
        event_date: datetime.date | Unset
        if isinstance(_event_date, Unset):
            event_date = UNSET
        else:
            event_date = datetime.date.fromisoformat(_event_date)

        source = d.pop("source", UNSET)

        task_id = d.pop("task_id", UNSET)

        claim_request = cls(
            consumer=consumer,
            limit=limit,
            lease_seconds=lease_seconds,
            ticker=ticker,
            event_type=event_type,
            event_date=event_date,
            source=source,
            task_id=task_id,
        )

        return claim_request
