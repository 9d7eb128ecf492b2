from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.ingest_status_enum import IngestStatusEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ingest_request_metadata_type_0 import IngestRequestMetadataType0


T = TypeVar("T", bound="IngestRequest")


@_attrs_define
class IngestRequest:
    """Describes the body; `signals.payload` reads it.

    Every field may be left out, though not all. `ticker`, `event_type`, `event_date`,
    `source`, the layers and the factors are also taken from a `content` that is
    an object, and from `metadata`.

        Attributes:
            task_id (int | None | str | Unset):
            task_name (int | None | str | Unset):
            run_id (int | None | str | Unset):
            user_id (int | None | str | Unset):
            output_type (int | None | str | Unset):
            content (Any | Unset):
            metadata (IngestRequestMetadataType0 | None | Unset):
            ticker (int | None | str | Unset):
            event_type (int | None | str | Unset):
            event_date (datetime.date | None | Unset):
            source (int | None | str | Unset):
            status (IngestStatusEnum | None | Unset):
            layer1_result (Any | Unset):
            layer2_result (Any | Unset):
            layer3_result (Any | Unset):
            signal_factors (Any | Unset):
            idempotency_key (str | Unset):
    """

    task_id: int | None | str | Unset = UNSET
    task_name: int | None | str | Unset = UNSET
    run_id: int | None | str | Unset = UNSET
    user_id: int | None | str | Unset = UNSET
    output_type: int | None | str | Unset = UNSET
    content: Any | Unset = UNSET
    metadata: IngestRequestMetadataType0 | None | Unset = UNSET
    ticker: int | None | str | Unset = UNSET
    event_type: int | None | str | Unset = UNSET
    event_date: datetime.date | None | Unset = UNSET
    source: int | None | str | Unset = UNSET
    status: IngestStatusEnum | None | Unset = UNSET
    layer1_result: Any | Unset = UNSET
    layer2_result: Any | Unset = UNSET
    layer3_result: Any | Unset = UNSET
    signal_factors: Any | Unset = UNSET
    idempotency_key: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.ingest_request_metadata_type_0 import IngestRequestMetadataType0

        task_id: int | None | str | Unset
        if isinstance(self.task_id, Unset):
            task_id = UNSET
        else:
            task_id = self.task_id

        task_name: int | None | str | Unset
        if isinstance(self.task_name, Unset):
            task_name = UNSET
        else:
            task_name = self.task_name

        run_id: int | None | str | Unset
        if isinstance(self.run_id, Unset):
            run_id = UNSET
        else:
            run_id = self.run_id

        user_id: int | None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        output_type: int | None | str | Unset
        if isinstance(self.output_type, Unset):
            output_type = UNSET
        else:
            output_type = self.output_type

        content = self.content

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, IngestRequestMetadataType0):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        ticker: int | None | str | Unset
        if isinstance(self.ticker, Unset):
            ticker = UNSET
        else:
            ticker = self.ticker

        event_type: int | None | str | Unset
        if isinstance(self.event_type, Unset):
            event_type = UNSET
        else:
            event_type = self.event_type

        event_date: None | str | Unset
        if isinstance(self.event_date, Unset):
            event_date = UNSET
        elif isinstance(self.event_date, datetime.date):
            event_date = self.event_date.isoformat()
        else:
            event_date = self.event_date

        source: int | None | str | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        else:
            source = self.source

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, IngestStatusEnum):
            status = self.status.value
        else:
            status = self.status

        layer1_result = self.layer1_result

        layer2_result = self.layer2_result

        layer3_result = self.layer3_result

        signal_factors = self.signal_factors

        idempotency_key = self.idempotency_key

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if task_id is not UNSET:
            field_dict["task_id"] = task_id
        if task_name is not UNSET:
            field_dict["task_name"] = task_name
        if run_id is not UNSET:
            field_dict["run_id"] = run_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if output_type is not UNSET:
            field_dict["output_type"] = output_type
        if content is not UNSET:
            field_dict["content"] = content
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if ticker is not UNSET:
            field_dict["ticker"] = ticker
        if event_type is not UNSET:
            field_dict["event_type"] = event_type
        if event_date is not UNSET:
            field_dict["event_date"] = event_date
        if source is not UNSET:
            field_dict["source"] = source
        if status is not UNSET:
            field_dict["status"] = status
        if layer1_result is not UNSET:
            field_dict["layer1_result"] = layer1_result
        if layer2_result is not UNSET:
            field_dict["layer2_result"] = layer2_result
        if layer3_result is not UNSET:
            field_dict["layer3_result"] = layer3_result
        if signal_factors is not UNSET:
            field_dict["signal_factors"] = signal_factors
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.ingest_request_metadata_type_0 import IngestRequestMetadataType0

        d = dict(src_dict)

        def _parse_task_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        task_id = _parse_task_id(d.pop("task_id", UNSET))

        def _parse_task_name(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        task_name = _parse_task_name(d.pop("task_name", UNSET))

        def _parse_run_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        run_id = _parse_run_id(d.pop("run_id", UNSET))

        def _parse_user_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_output_type(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        output_type = _parse_output_type(d.pop("output_type", UNSET))

        content = d.pop("content", UNSET)

        def _parse_metadata(data: object) -> IngestRequestMetadataType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = IngestRequestMetadataType0.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(IngestRequestMetadataType0 | None | Unset, data)

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        def _parse_ticker(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        ticker = _parse_ticker(d.pop("ticker", UNSET))

        def _parse_event_type(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        event_type = _parse_event_type(d.pop("event_type", UNSET))

        def _parse_event_date(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                event_date_type_0 = datetime.date.fromisoformat(data)

                return event_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        event_date = _parse_event_date(d.pop("event_date", UNSET))

        def _parse_source(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        source = _parse_source(d.pop("source", UNSET))

        def _parse_status(data: object) -> IngestStatusEnum | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = IngestStatusEnum(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(IngestStatusEnum | None | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        layer1_result = d.pop("layer1_result", UNSET)

        layer2_result = d.pop("layer2_result", UNSET)

        layer3_result = d.pop("layer3_result", UNSET)

        signal_factors = d.pop("signal_factors", UNSET)

        idempotency_key = d.pop("idempotency_key", UNSET)

        ingest_request = cls(
            task_id=task_id,
            task_name=task_name,
            run_id=run_id,
            user_id=user_id,
            output_type=output_type,
            content=content,
            metadata=metadata,
            ticker=ticker,
            event_type=event_type,
            event_date=event_date,
            source=source,
            status=status,
            layer1_result=layer1_result,
            layer2_result=layer2_result,
            layer3_result=layer3_result,
            signal_factors=signal_factors,
            idempotency_key=idempotency_key,
        )

        return ingest_request
