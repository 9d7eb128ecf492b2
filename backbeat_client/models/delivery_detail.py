from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.attempt import Attempt


T = TypeVar("T", bound="DeliveryDetail")


@_attrs_define
class DeliveryDetail:
    """A delivery with its payload and every attempt.

    Attributes:
        id (UUID):
        kind (str):
        run_id (None | UUID): The run whose result this is.
        task_id (str):
        incident_id (int | None):
        webhook_id (int | None):
        webhook_name (str):
        format_ (str):
        status (str):
        attempts_made (int):
        parts_sent (int): Messages of a split text that have arrived.
        next_attempt_at (datetime.datetime):
        collected_until (datetime.datetime | None): It waits for its digest: not sent by itself.
        digest_id (None | UUID): The digest that tells of it.
        error (str):
        created_at (datetime.datetime):
        finished_at (datetime.datetime | None):
        payload (Any):
        attempts (list[Attempt]):
        members (list[UUID]): What a digest tells of.
    """

    id: UUID
    kind: str
    run_id: None | UUID
    task_id: str
    incident_id: int | None
    webhook_id: int | None
    webhook_name: str
    format_: str
    status: str
    attempts_made: int
    parts_sent: int
    next_attempt_at: datetime.datetime
    collected_until: datetime.datetime | None
    digest_id: None | UUID
    error: str
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    payload: Any
    attempts: list[Attempt]
    members: list[UUID]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        kind = self.kind

        run_id: None | str
        if isinstance(self.run_id, UUID):
            run_id = str(self.run_id)
        else:
            run_id = self.run_id

        task_id = self.task_id

        incident_id: int | None
        incident_id = self.incident_id

        webhook_id: int | None
        webhook_id = self.webhook_id

        webhook_name = self.webhook_name

        format_ = self.format_

        status = self.status

        attempts_made = self.attempts_made

        parts_sent = self.parts_sent

        next_attempt_at = self.next_attempt_at.isoformat()

        collected_until: None | str
        if isinstance(self.collected_until, datetime.datetime):
            collected_until = self.collected_until.isoformat()
        else:
            collected_until = self.collected_until

        digest_id: None | str
        if isinstance(self.digest_id, UUID):
            digest_id = str(self.digest_id)
        else:
            digest_id = self.digest_id

        error = self.error

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        payload = self.payload

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        members = []
        for members_item_data in self.members:
            members_item = str(members_item_data)
            members.append(members_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "run_id": run_id,
                "task_id": task_id,
                "incident_id": incident_id,
                "webhook_id": webhook_id,
                "webhook_name": webhook_name,
                "format": format_,
                "status": status,
                "attempts_made": attempts_made,
                "parts_sent": parts_sent,
                "next_attempt_at": next_attempt_at,
                "collected_until": collected_until,
                "digest_id": digest_id,
                "error": error,
                "created_at": created_at,
                "finished_at": finished_at,
                "payload": payload,
                "attempts": attempts,
                "members": members,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.attempt import Attempt

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        kind = d.pop("kind")

        def _parse_run_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                run_id_type_0 = UUID(data)

                return run_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        run_id = _parse_run_id(d.pop("run_id"))

        task_id = d.pop("task_id")

        def _parse_incident_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        incident_id = _parse_incident_id(d.pop("incident_id"))

        def _parse_webhook_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        webhook_id = _parse_webhook_id(d.pop("webhook_id"))

        webhook_name = d.pop("webhook_name")

        format_ = d.pop("format")

        status = d.pop("status")

        attempts_made = d.pop("attempts_made")

        parts_sent = d.pop("parts_sent")

        next_attempt_at = datetime.datetime.fromisoformat(d.pop("next_attempt_at"))

        def _parse_collected_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                collected_until_type_0 = datetime.datetime.fromisoformat(data)

                return collected_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        collected_until = _parse_collected_until(d.pop("collected_until"))

        def _parse_digest_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                digest_id_type_0 = UUID(data)

                return digest_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        digest_id = _parse_digest_id(d.pop("digest_id"))

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

        payload = d.pop("payload")

        attempts = []
        _attempts = d.pop("attempts")
        for attempts_item_data in _attempts:
            attempts_item = Attempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        members = []
        _members = d.pop("members")
        for members_item_data in _members:
            members_item = UUID(members_item_data)

            members.append(members_item)

        delivery_detail = cls(
            id=id,
            kind=kind,
            run_id=run_id,
            task_id=task_id,
            incident_id=incident_id,
            webhook_id=webhook_id,
            webhook_name=webhook_name,
            format_=format_,
            status=status,
            attempts_made=attempts_made,
            parts_sent=parts_sent,
            next_attempt_at=next_attempt_at,
            collected_until=collected_until,
            digest_id=digest_id,
            error=error,
            created_at=created_at,
            finished_at=finished_at,
            payload=payload,
            attempts=attempts,
            members=members,
        )

        delivery_detail.additional_properties = d
        return delivery_detail

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
