from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.replay_status_enum import ReplayStatusEnum
from ..types import UNSET, Unset

T = TypeVar("T", bound="ReplayRequest")


@_attrs_define
class ReplayRequest:
    """Which deliveries: at least one filter; `dry_run` counts them and replays none.

    Attributes:
        status (ReplayStatusEnum | Unset): * `delivered` - delivered
            * `failed` - failed
            * `cancelled` - cancelled
            * `unknown` - unknown
        webhook_id (int | Unset):
        task_id (str | Unset):
        since (datetime.datetime | str | Unset):
        until (datetime.datetime | str | Unset):
        ids (list[UUID] | Unset):
        dry_run (bool | Unset):  Default: False.
    """

    status: ReplayStatusEnum | Unset = UNSET
    webhook_id: int | Unset = UNSET
    task_id: str | Unset = UNSET
    since: datetime.datetime | str | Unset = UNSET
    until: datetime.datetime | str | Unset = UNSET
    ids: list[UUID] | Unset = UNSET
    dry_run: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        webhook_id = self.webhook_id

        task_id = self.task_id

        since: str | Unset
        if isinstance(self.since, Unset):
            since = UNSET
        elif isinstance(self.since, datetime.datetime):
            since = self.since.isoformat()
        else:
            since = self.since

        until: str | Unset
        if isinstance(self.until, Unset):
            until = UNSET
        elif isinstance(self.until, datetime.datetime):
            until = self.until.isoformat()
        else:
            until = self.until

        ids: list[str] | Unset = UNSET
        if not isinstance(self.ids, Unset):
            ids = []
            for ids_item_data in self.ids:
                ids_item = str(ids_item_data)
                ids.append(ids_item)

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if webhook_id is not UNSET:
            field_dict["webhook_id"] = webhook_id
        if task_id is not UNSET:
            field_dict["task_id"] = task_id
        if since is not UNSET:
            field_dict["since"] = since
        if until is not UNSET:
            field_dict["until"] = until
        if ids is not UNSET:
            field_dict["ids"] = ids
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        _status = d.pop("status", UNSET)
        status: ReplayStatusEnum | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = ReplayStatusEnum(_status)

        webhook_id = d.pop("webhook_id", UNSET)

        task_id = d.pop("task_id", UNSET)

        def _parse_since(data: object) -> datetime.datetime | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                since_type_0 = datetime.datetime.fromisoformat(data)

                return since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | str | Unset, data)

        since = _parse_since(d.pop("since", UNSET))

        def _parse_until(data: object) -> datetime.datetime | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                until_type_0 = datetime.datetime.fromisoformat(data)

                return until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | str | Unset, data)

        until = _parse_until(d.pop("until", UNSET))

        _ids = d.pop("ids", UNSET)
        ids: list[UUID] | Unset = UNSET
        if _ids is not UNSET:
            ids = []
            for ids_item_data in _ids:
                ids_item = UUID(ids_item_data)

                ids.append(ids_item)

        dry_run = d.pop("dry_run", UNSET)

        replay_request = cls(
            status=status,
            webhook_id=webhook_id,
            task_id=task_id,
            since=since,
            until=until,
            ids=ids,
            dry_run=dry_run,
        )

        return replay_request
