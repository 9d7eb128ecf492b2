from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.approval_record import ApprovalRecord
    from ..models.cycle_member import CycleMember
    from ..models.not_told import NotTold
    from ..models.notification_result import NotificationResult
    from ..models.usage import Usage


T = TypeVar("T", bound="RunDetail")


@_attrs_define
class RunDetail:
    """A whole run, with the exact prompt that the agent got.

    Attributes:
        id (UUID):
        run_id (UUID):
        task_id (str):
        task_name (str):
        agent_id (None | str):
        user_id (str): The task's target user at that time.
        status (str):
        trigger (str):
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
        failure_reason (str):
        skip_reason (str):
        note (str): Why it was skipped or cancelled.
        usage (Usage): What a run took.
        cost (None | str): US dollars.
        rerun_of (None | UUID):
        root_id (None | UUID):
        waits_for (str):
        approval (str): `waiting`, `approved`, `rejected`; empty: not asked for.
        caught_up (bool): For a slot that was missed.
        notification_results (list[NotificationResult]):
        system_prompt (str):
        input_message (str):
        output_data (Any):
        metadata (Any):
        deadline_seconds (int):
        next_attempt_at (datetime.datetime):
        cancel_requested_at (datetime.datetime | None):
        last_slot (datetime.datetime | None): The last of them, when it stands for several.
        worker (str):
        requested_by (None | str):
        backfill_id (None | UUID):
        task_version (int | None):
        agent_version (int | None):
        late_at (datetime.datetime | None): When it was found late, if it was.
        session_id (None | UUID): The chat session that it answers in.
        cycle (list[CycleMember]):
        approval_record (ApprovalRecord | None):
        not_told (list[NotTold]):
        event (Any): The event that triggered it, as it stood on the bus.
        hops (int): How many runs triggered each other by events before it.
    """

    id: UUID
    run_id: UUID
    task_id: str
    task_name: str
    agent_id: None | str
    user_id: str
    status: str
    trigger: str
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
    failure_reason: str
    skip_reason: str
    note: str
    usage: Usage
    cost: None | str
    rerun_of: None | UUID
    root_id: None | UUID
    waits_for: str
    approval: str
    caught_up: bool
    notification_results: list[NotificationResult]
    system_prompt: str
    input_message: str
    output_data: Any
    metadata: Any
    deadline_seconds: int
    next_attempt_at: datetime.datetime
    cancel_requested_at: datetime.datetime | None
    last_slot: datetime.datetime | None
    worker: str
    requested_by: None | str
    backfill_id: None | UUID
    task_version: int | None
    agent_version: int | None
    late_at: datetime.datetime | None
    session_id: None | UUID
    cycle: list[CycleMember]
    approval_record: ApprovalRecord | None
    not_told: list[NotTold]
    event: Any
    hops: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.approval_record import ApprovalRecord

        id = str(self.id)

        run_id = str(self.run_id)

        task_id = self.task_id

        task_name = self.task_name

        agent_id: None | str
        agent_id = self.agent_id

        user_id = self.user_id

        status = self.status

        trigger = self.trigger

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

        failure_reason = self.failure_reason

        skip_reason = self.skip_reason

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

        system_prompt = self.system_prompt

        input_message = self.input_message

        output_data = self.output_data

        metadata = self.metadata

        deadline_seconds = self.deadline_seconds

        next_attempt_at = self.next_attempt_at.isoformat()

        cancel_requested_at: None | str
        if isinstance(self.cancel_requested_at, datetime.datetime):
            cancel_requested_at = self.cancel_requested_at.isoformat()
        else:
            cancel_requested_at = self.cancel_requested_at

        last_slot: None | str
        if isinstance(self.last_slot, datetime.datetime):
            last_slot = self.last_slot.isoformat()
        else:
            last_slot = self.last_slot

        worker = self.worker

        requested_by: None | str
        requested_by = self.requested_by

        backfill_id: None | str
        if isinstance(self.backfill_id, UUID):
            backfill_id = str(self.backfill_id)
        else:
            backfill_id = self.backfill_id

        task_version: int | None
        task_version = self.task_version

        agent_version: int | None
        agent_version = self.agent_version

        late_at: None | str
        if isinstance(self.late_at, datetime.datetime):
            late_at = self.late_at.isoformat()
        else:
            late_at = self.late_at

        session_id: None | str
        if isinstance(self.session_id, UUID):
            session_id = str(self.session_id)
        else:
            session_id = self.session_id

        cycle = []
        for cycle_item_data in self.cycle:
            cycle_item = cycle_item_data.to_dict()
            cycle.append(cycle_item)

        approval_record: dict[str, Any] | None
        if isinstance(self.approval_record, ApprovalRecord):
            approval_record = self.approval_record.to_dict()
        else:
            approval_record = self.approval_record

        not_told = []
        for not_told_item_data in self.not_told:
            not_told_item = not_told_item_data.to_dict()
            not_told.append(not_told_item)

        event = self.event

        hops = self.hops

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
                "system_prompt": system_prompt,
                "input_message": input_message,
                "output_data": output_data,
                "metadata": metadata,
                "deadline_seconds": deadline_seconds,
                "next_attempt_at": next_attempt_at,
                "cancel_requested_at": cancel_requested_at,
                "last_slot": last_slot,
                "worker": worker,
                "requested_by": requested_by,
                "backfill_id": backfill_id,
                "task_version": task_version,
                "agent_version": agent_version,
                "late_at": late_at,
                "session_id": session_id,
                "cycle": cycle,
                "approval_record": approval_record,
                "not_told": not_told,
                "event": event,
                "hops": hops,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.approval_record import ApprovalRecord
        from ..models.cycle_member import CycleMember
        from ..models.not_told import NotTold
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

        status = d.pop("status")

        trigger = d.pop("trigger")

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

        failure_reason = d.pop("failure_reason")

        skip_reason = d.pop("skip_reason")

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

        system_prompt = d.pop("system_prompt")

        input_message = d.pop("input_message")

        output_data = d.pop("output_data")

        metadata = d.pop("metadata")

        deadline_seconds = d.pop("deadline_seconds")

        next_attempt_at = datetime.datetime.fromisoformat(d.pop("next_attempt_at"))

        def _parse_cancel_requested_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                cancel_requested_at_type_0 = datetime.datetime.fromisoformat(data)

                return cancel_requested_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        cancel_requested_at = _parse_cancel_requested_at(d.pop("cancel_requested_at"))

        def _parse_last_slot(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_slot_type_0 = datetime.datetime.fromisoformat(data)

                return last_slot_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_slot = _parse_last_slot(d.pop("last_slot"))

        worker = d.pop("worker")

        def _parse_requested_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        requested_by = _parse_requested_by(d.pop("requested_by"))

        def _parse_backfill_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                backfill_id_type_0 = UUID(data)

                return backfill_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        backfill_id = _parse_backfill_id(d.pop("backfill_id"))

        def _parse_task_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        task_version = _parse_task_version(d.pop("task_version"))

        def _parse_agent_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        agent_version = _parse_agent_version(d.pop("agent_version"))

        def _parse_late_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                late_at_type_0 = datetime.datetime.fromisoformat(data)

                return late_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        late_at = _parse_late_at(d.pop("late_at"))

        def _parse_session_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                session_id_type_0 = UUID(data)

                return session_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        session_id = _parse_session_id(d.pop("session_id"))

        cycle = []
        _cycle = d.pop("cycle")
        for cycle_item_data in _cycle:
            cycle_item = CycleMember.from_dict(cycle_item_data)

            cycle.append(cycle_item)

        def _parse_approval_record(data: object) -> ApprovalRecord | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                approval_record_type_1 = ApprovalRecord.from_dict(data)

                return approval_record_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ApprovalRecord | None, data)

        approval_record = _parse_approval_record(d.pop("approval_record"))

        not_told = []
        _not_told = d.pop("not_told")
        for not_told_item_data in _not_told:
            not_told_item = NotTold.from_dict(not_told_item_data)

            not_told.append(not_told_item)

        event = d.pop("event")

        hops = d.pop("hops")

        run_detail = cls(
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
            system_prompt=system_prompt,
            input_message=input_message,
            output_data=output_data,
            metadata=metadata,
            deadline_seconds=deadline_seconds,
            next_attempt_at=next_attempt_at,
            cancel_requested_at=cancel_requested_at,
            last_slot=last_slot,
            worker=worker,
            requested_by=requested_by,
            backfill_id=backfill_id,
            task_version=task_version,
            agent_version=agent_version,
            late_at=late_at,
            session_id=session_id,
            cycle=cycle,
            approval_record=approval_record,
            not_told=not_told,
            event=event,
            hops=hops,
        )

        run_detail.additional_properties = d
        return run_detail

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
