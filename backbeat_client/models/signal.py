from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.signal_status_enum import SignalStatusEnum

T = TypeVar("T", bound="Signal")


@_attrs_define
class Signal:
    """A signal output. The lease token is left out: only the holder of the lease has it.

    Attributes:
        id (int):
        ticker (str):
        event_type (str):
        event_date (datetime.date | None): The day the signal is about, not the day of the run.
        source (str):
        status (SignalStatusEnum): * `new` - New
            * `processing` - Processing
            * `completed` - Completed
            * `failed` - Failed
        task_id (str):
        task_name (str):
        run_id (str):
        user_id (str):
        output_type (str):
        content (Any):
        metadata (Any):
        layer1_result (Any):
        layer2_result (Any):
        layer3_result (Any):
        signal_factors (Any):
        idempotency_key (None | str): The same key is stored once, however often it is sent.
        consumer (str):
        lease_expires_at (datetime.datetime | None):
        claims (int):
        result (Any):
        error (str):
        created_at (datetime.datetime):
        finished_at (datetime.datetime | None):
    """

    id: int
    ticker: str
    event_type: str
    event_date: datetime.date | None
    source: str
    status: SignalStatusEnum
    task_id: str
    task_name: str
    run_id: str
    user_id: str
    output_type: str
    content: Any
    metadata: Any
    layer1_result: Any
    layer2_result: Any
    layer3_result: Any
    signal_factors: Any
    idempotency_key: None | str
    consumer: str
    lease_expires_at: datetime.datetime | None
    claims: int
    result: Any
    error: str
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        ticker = self.ticker

        event_type = self.event_type

        event_date: None | str
        if isinstance(self.event_date, datetime.date):
            event_date = self.event_date.isoformat()
        else:
            event_date = self.event_date

        source = self.source

        status = self.status.value

        task_id = self.task_id

        task_name = self.task_name

        run_id = self.run_id

        user_id = self.user_id

        output_type = self.output_type

        content = self.content

        metadata = self.metadata

        layer1_result = self.layer1_result

        layer2_result = self.layer2_result

        layer3_result = self.layer3_result

        signal_factors = self.signal_factors

        idempotency_key: None | str
        idempotency_key = self.idempotency_key

        consumer = self.consumer

        lease_expires_at: None | str
        if isinstance(self.lease_expires_at, datetime.datetime):
            lease_expires_at = self.lease_expires_at.isoformat()
        else:
            lease_expires_at = self.lease_expires_at

        claims = self.claims

        result = self.result

        error = self.error

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "ticker": ticker,
                "event_type": event_type,
                "event_date": event_date,
                "source": source,
                "status": status,
                "task_id": task_id,
                "task_name": task_name,
                "run_id": run_id,
                "user_id": user_id,
                "output_type": output_type,
                "content": content,
                "metadata": metadata,
                "layer1_result": layer1_result,
                "layer2_result": layer2_result,
                "layer3_result": layer3_result,
                "signal_factors": signal_factors,
                "idempotency_key": idempotency_key,
                "consumer": consumer,
                "lease_expires_at": lease_expires_at,
                "claims": claims,
                "result": result,
                "error": error,
                "created_at": created_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        ticker = d.pop("ticker")

        event_type = d.pop("event_type")

        def _parse_event_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                event_date_type_0 = datetime.date.fromisoformat(data)

                return event_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        event_date = _parse_event_date(d.pop("event_date"))

        source = d.pop("source")

        status = SignalStatusEnum(d.pop("status"))

        task_id = d.pop("task_id")

        task_name = d.pop("task_name")

        run_id = d.pop("run_id")

        user_id = d.pop("user_id")

        output_type = d.pop("output_type")

        content = d.pop("content")

        metadata = d.pop("metadata")

        layer1_result = d.pop("layer1_result")

        layer2_result = d.pop("layer2_result")

        layer3_result = d.pop("layer3_result")

        signal_factors = d.pop("signal_factors")

        def _parse_idempotency_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        idempotency_key = _parse_idempotency_key(d.pop("idempotency_key"))

        consumer = d.pop("consumer")

        def _parse_lease_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                lease_expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return lease_expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        lease_expires_at = _parse_lease_expires_at(d.pop("lease_expires_at"))

        claims = d.pop("claims")

        result = d.pop("result")

        error = d.pop("error")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

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

        signal = cls(
            id=id,
            ticker=ticker,
            event_type=event_type,
            event_date=event_date,
            source=source,
            status=status,
            task_id=task_id,
            task_name=task_name,
            run_id=run_id,
            user_id=user_id,
            output_type=output_type,
            content=content,
            metadata=metadata,
            layer1_result=layer1_result,
            layer2_result=layer2_result,
            layer3_result=layer3_result,
            signal_factors=signal_factors,
            idempotency_key=idempotency_key,
            consumer=consumer,
            lease_expires_at=lease_expires_at,
            claims=claims,
            result=result,
            error=error,
            created_at=created_at,
            finished_at=finished_at,
        )

        signal.additional_properties = d
        return signal

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
