from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.blank_enum import BlankEnum
from ..models.failure_reason_enum import FailureReasonEnum
from ..models.run_status_enum import RunStatusEnum
from ..models.run_trigger_enum import RunTriggerEnum
from ..models.skip_reason_enum import SkipReasonEnum

if TYPE_CHECKING:
    from ..models.notification_result import NotificationResult
    from ..models.usage import Usage


T = TypeVar("T", bound="Run")


@_attrs_define
class Run:
    """A run. In lists `output` is its beginning; `output_truncated` says so.

    Attributes:
        id (UUID):
        run_id (UUID):
        task_id (str):
        task_name (str):
        agent_id (None | str):
        user_id (str): The task's target user at that time.
        status (RunStatusEnum): * `queued` - Queued
            * `running` - Running
            * `succeeded` - Succeeded
            * `failed` - Failed
            * `cancelled` - Cancelled
            * `skipped` - Skipped
        trigger (RunTriggerEnum): * `schedule` - Schedule
            * `manual` - Manual
            * `api` - API
            * `webhook` - Webhook
            * `agent` - Agent
            * `chain` - Chain
            * `rerun` - Rerun
            * `backfill` - Backfill
            * `reply` - Reply
            * `event` - Event
        attempt (int):
        max_attempts (int):
        scheduled_for (datetime.datetime | None): The slot: the nominal instant at which it was due.
        slots (int): Missed slots that this row stands for.
        created_at (datetime.datetime):
        started_at (datetime.datetime | None):
        finished_at (datetime.datetime | None):
        duration_ms (int | None):
        output (str):
        output_type (str):
        output_truncated (bool):
        error (str):
        failure_reason (BlankEnum | FailureReasonEnum):
        skip_reason (BlankEnum | SkipReasonEnum):
        note (str): Why it was skipped or cancelled.
        usage (Usage): What a run took.
        cost (None | str): US dollars.
        rerun_of (None | UUID):
        root_id (None | UUID):
        waits_for (str):
        approval (str): `waiting`, `approved`, `rejected`; empty: not asked for.
        caught_up (bool): For a slot that was missed.
        notification_results (list[NotificationResult]):
    """

    id: UUID
    run_id: UUID
    task_id: str
    task_name: str
    agent_id: None | str
    user_id: str
    status: RunStatusEnum
    trigger: RunTriggerEnum
    attempt: int
    max_attempts: int
    scheduled_for: datetime.datetime | None
    slots: int
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    duration_ms: int | None
    output: str
    output_type: str
    output_truncated: bool
    error: str
    failure_reason: BlankEnum | FailureReasonEnum
    skip_reason: BlankEnum | SkipReasonEnum
    note: str
    usage: Usage
    cost: None | str
    rerun_of: None | UUID
    root_id: None | UUID
    waits_for: str
    approval: str
    caught_up: bool
    notification_results: list[NotificationResult]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        run_id = str(self.run_id)

        task_id = self.task_id

        task_name = self.task_name

        agent_id: None | str
        agent_id = self.agent_id

        user_id = self.user_id

        status = self.status.value

        trigger = self.trigger.value

        attempt = self.attempt

        max_attempts = self.max_attempts

        scheduled_for: None | str
        if isinstance(self.scheduled_for, datetime.datetime):
            scheduled_for = self.scheduled_for.isoformat()
        else:
            scheduled_for = self.scheduled_for

        slots = self.slots

        created_at = self.created_at.isoformat()

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        duration_ms: int | None
        duration_ms = self.duration_ms

        output = self.output

        output_type = self.output_type

        output_truncated = self.output_truncated

        error = self.error

        failure_reason: str
        if isinstance(self.failure_reason, FailureReasonEnum):
            failure_reason = self.failure_reason.value
        else:
            failure_reason = self.failure_reason.value

        skip_reason: str
        if isinstance(self.skip_reason, SkipReasonEnum):
            skip_reason = self.skip_reason.value
        else:
            skip_reason = self.skip_reason.value

        note = self.note

        usage = self.usage.to_dict()

        cost: None | str
        cost = self.cost

        rerun_of: None | str
        if isinstance(self.rerun_of, UUID):
            rerun_of = str(self.rerun_of)
        else:
            rerun_of = self.rerun_of

        root_id: None | str
        if isinstance(self.root_id, UUID):
            root_id = str(self.root_id)
        else:
            root_id = self.root_id

        waits_for = self.waits_for

        approval = self.approval

        caught_up = self.caught_up

        notification_results = []
        for notification_results_item_data in self.notification_results:
            notification_results_item = notification_results_item_data.to_dict()
            notification_results.append(notification_results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "run_id": run_id,
                "task_id": task_id,
                "task_name": task_name,
                "agent_id": agent_id,
                "user_id": user_id,
                "status": status,
                "trigger": trigger,
                "attempt": attempt,
                "max_attempts": max_attempts,
                "scheduled_for": scheduled_for,
                "slots": slots,
                "created_at": created_at,
                "started_at": started_at,
                "finished_at": finished_at,
                "duration_ms": duration_ms,
                "output": output,
                "output_type": output_type,
                "output_truncated": output_truncated,
                "error": error,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "note": note,
                "usage": usage,
                "cost": cost,
                "rerun_of": rerun_of,
                "root_id": root_id,
                "waits_for": waits_for,
                "approval": approval,
                "caught_up": caught_up,
                "notification_results": notification_results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.notification_result import NotificationResult
        from ..models.usage import Usage

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        run_id = UUID(d.pop("run_id"))

        task_id = d.pop("task_id")

        task_name = d.pop("task_name")

        def _parse_agent_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        agent_id = _parse_agent_id(d.pop("agent_id"))

        user_id = d.pop("user_id")

        status = RunStatusEnum(d.pop("status"))

        trigger = RunTriggerEnum(d.pop("trigger"))

        attempt = d.pop("attempt")

        max_attempts = d.pop("max_attempts")

        def _parse_scheduled_for(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                scheduled_for_type_0 = datetime.datetime.fromisoformat(data)

                return scheduled_for_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        scheduled_for = _parse_scheduled_for(d.pop("scheduled_for"))

        slots = d.pop("slots")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("started_at"))

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

        def _parse_duration_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        duration_ms = _parse_duration_ms(d.pop("duration_ms"))

        output = d.pop("output")

        output_type = d.pop("output_type")

        output_truncated = d.pop("output_truncated")

        error = d.pop("error")

        def _parse_failure_reason(data: object) -> BlankEnum | FailureReasonEnum:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failure_reason_type_0 = FailureReasonEnum(data)

                return failure_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            failure_reason_type_1 = BlankEnum(data)

            return failure_reason_type_1

        failure_reason = _parse_failure_reason(d.pop("failure_reason"))

        def _parse_skip_reason(data: object) -> BlankEnum | SkipReasonEnum:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                skip_reason_type_0 = SkipReasonEnum(data)

                return skip_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            skip_reason_type_1 = BlankEnum(data)

            return skip_reason_type_1

        skip_reason = _parse_skip_reason(d.pop("skip_reason"))

        note = d.pop("note")

        usage = Usage.from_dict(d.pop("usage"))

        def _parse_cost(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        cost = _parse_cost(d.pop("cost"))

        def _parse_rerun_of(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                rerun_of_type_0 = UUID(data)

                return rerun_of_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        rerun_of = _parse_rerun_of(d.pop("rerun_of"))

        def _parse_root_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                root_id_type_0 = UUID(data)

                return root_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        root_id = _parse_root_id(d.pop("root_id"))

        waits_for = d.pop("waits_for")

        approval = d.pop("approval")

        caught_up = d.pop("caught_up")

        notification_results = []
        _notification_results = d.pop("notification_results")
        for notification_results_item_data in _notification_results:
            notification_results_item = NotificationResult.from_dict(
                notification_results_item_data
            )

            notification_results.append(notification_results_item)

        run = cls(
            id=id,
            run_id=run_id,
            task_id=task_id,
            task_name=task_name,
            agent_id=agent_id,
            user_id=user_id,
            status=status,
            trigger=trigger,
            attempt=attempt,
            max_attempts=max_attempts,
            scheduled_for=scheduled_for,
            slots=slots,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
            duration_ms=duration_ms,
            output=output,
            output_type=output_type,
            output_truncated=output_truncated,
            error=error,
            failure_reason=failure_reason,
            skip_reason=skip_reason,
            note=note,
            usage=usage,
            cost=cost,
            rerun_of=rerun_of,
            root_id=root_id,
            waits_for=waits_for,
            approval=approval,
            caught_up=caught_up,
            notification_results=notification_results,
        )

        run.additional_properties = d
        return run

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
