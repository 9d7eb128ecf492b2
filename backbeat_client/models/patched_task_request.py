from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.approval_expiry_enum import ApprovalExpiryEnum
from ..models.catch_up_enum import CatchUpEnum
from ..models.first_run_enum import FirstRunEnum
from ..models.memory_scope_enum import MemoryScopeEnum
from ..models.on_closed_day_enum import OnClosedDayEnum
from ..models.overlap_enum import OverlapEnum
from ..models.patched_task_request_month_days_item_type_1 import (
    PatchedTaskRequestMonthDaysItemType1,
)
from ..models.schedule_type_enum import ScheduleTypeEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.parent_request import ParentRequest
    from ..models.patched_task_request_agent_options import (
        PatchedTaskRequestAgentOptions,
    )
    from ..models.webhook_request import WebhookRequest


T = TypeVar("T", bound="PatchedTaskRequest")


@_attrs_define
class PatchedTaskRequest:
    """A task. On create `id` may be left out; then one is made from the name.

    Attributes:
        id (str | Unset):
        name (str | Unset):
        active (bool | Unset):
        agent_id (str | Unset):
        agent_options (PatchedTaskRequestAgentOptions | Unset): Options of this task over those of its agent, as far as
            the backend lets tasks have some.
        target_user_id (int | str | Unset): The user whose inbox shows the result.
        input_message (str | Unset):
        system_prompt_override (str | Unset):
        schedule_type (ScheduleTypeEnum | Unset): * `daily` - Daily
            * `weekly` - Weekly
            * `monthly` - Monthly
            * `cron` - Cron
            * `once` - Once
            * `interval` - Interval
            * `none` - None: by hand, or after other tasks
        schedule_time (None | str | Unset):  Example: 07:00.
        weekdays (list[int] | Unset): 1=Mon … 7=Sun
        day_of_week (int | None | Unset): 0=Sunday, 1=Monday … 6=Saturday. Null when there are several days or none: see
            `weekdays`.
        month_days (list[int | PatchedTaskRequestMonthDaysItemType1] | Unset):
        day_of_month (int | None | Unset): Null when there are several or none: see `month_days`.
        cron_expression (str | Unset):
        cron_seconds (bool | Unset): The cron line has six fields, seconds first.
        interval_seconds (int | None | Unset):
        run_at (datetime.datetime | None | str | Unset):
        timezone (str | Unset):
        start_at (datetime.datetime | None | str | Unset):
        end_at (datetime.datetime | None | str | Unset):
        max_runs (int | None | Unset): Runs that the schedule starts; then the task is finished.
        first_run (FirstRunEnum | Unset): * `next_slot` - At the next slot
            * `at_once` - At once, then by the schedule
        jitter_seconds (int | Unset): Each slot is put off by up to this long, always the same for it.
        calendar_id (None | str | Unset):
        excluded_dates (list[datetime.date] | Unset):
        on_closed_day (OnClosedDayEnum | Unset): * `skip` - Skip the slot
            * `shift` - Run it on the next open day
        run_cost_limit (float | None | str | Unset): US dollars; of one run, its tries together; null: no limit.
        run_tokens_limit (int | None | Unset): In and out together, of one run; null: no limit.
        run_tool_calls_limit (int | None | Unset): Of one run; null: no limit.
        day_cost_limit (float | None | str | Unset): US dollars; of a day; null: no limit.
        month_cost_limit (float | None | str | Unset): US dollars; of a month; null: no limit.
        include_memory (bool | Unset): The agent is shown what it remembers, and may write it anew.
        memory_scope (MemoryScopeEnum | Unset): * `task` - This task's own
            * `agent` - The agent's, which all its tasks share
        needs_approval (bool | Unset): Nobody is told of an output before a person has approved it.
        approval_seconds (int | None | Unset): How long an output waits for that; null: until somebody decides.
        approval_expiry (ApprovalExpiryEnum | Unset): * `reject` - Reject
            * `approve` - Approve
        may_schedule (bool | Unset): Its agent may make schedules in the runs of this task.
        overlap (OverlapEnum | Unset): * `skip` - Skip the slot while a run is under way
            * `queue` - Let one wait until it has ended
            * `allow` - Run beside it
            * `replace` - Stop it, then run
        catch_up (CatchUpEnum | Unset): * `skip` - Skip missed slots
            * `latest` - Run the latest missed slot
            * `all` - Run all missed slots, one after the other
        catch_up_window_seconds (int | None | Unset):
        catch_up_cap (int | Unset):
        catch_up_spread_seconds (int | Unset):
        grace_seconds (int | None | Unset):
        expected_seconds (int | None | Unset):
        pause_after_failures (int | None | Unset):
        deadline_seconds (int | Unset):
        max_attempts (int | Unset):
        parents (list[ParentRequest] | Unset): The tasks that it runs after.
        tags (list[str] | Unset): Made when they are first used.
        webhooks (list[WebhookRequest] | Unset):
        shared_webhooks (list[int] | Unset): Ids of the address book; only staff add some.
        alert_webhook (int | None | Unset): Which one of the address book is told of its incidents; only staff choose
            it.
        alert_after_failures (int | Unset):
    """

    id: str | Unset = UNSET
    name: str | Unset = UNSET
    active: bool | Unset = UNSET
    agent_id: str | Unset = UNSET
    agent_options: PatchedTaskRequestAgentOptions | Unset = UNSET
    target_user_id: int | str | Unset = UNSET
    input_message: str | Unset = UNSET
    system_prompt_override: str | Unset = UNSET
    schedule_type: ScheduleTypeEnum | Unset = UNSET
    schedule_time: None | str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    day_of_week: int | None | Unset = UNSET
    month_days: list[int | PatchedTaskRequestMonthDaysItemType1] | Unset = UNSET
    day_of_month: int | None | Unset = UNSET
    cron_expression: str | Unset = UNSET
    cron_seconds: bool | Unset = UNSET
    interval_seconds: int | None | Unset = UNSET
    run_at: datetime.datetime | None | str | Unset = UNSET
    timezone: str | Unset = UNSET
    start_at: datetime.datetime | None | str | Unset = UNSET
    end_at: datetime.datetime | None | str | Unset = UNSET
    max_runs: int | None | Unset = UNSET
    first_run: FirstRunEnum | Unset = UNSET
    jitter_seconds: int | Unset = UNSET
    calendar_id: None | str | Unset = UNSET
    excluded_dates: list[datetime.date] | Unset = UNSET
    on_closed_day: OnClosedDayEnum | Unset = UNSET
    run_cost_limit: float | None | str | Unset = UNSET
    run_tokens_limit: int | None | Unset = UNSET
    run_tool_calls_limit: int | None | Unset = UNSET
    day_cost_limit: float | None | str | Unset = UNSET
    month_cost_limit: float | None | str | Unset = UNSET
    include_memory: bool | Unset = UNSET
    memory_scope: MemoryScopeEnum | Unset = UNSET
    needs_approval: bool | Unset = UNSET
    approval_seconds: int | None | Unset = UNSET
    approval_expiry: ApprovalExpiryEnum | Unset = UNSET
    may_schedule: bool | Unset = UNSET
    overlap: OverlapEnum | Unset = UNSET
    catch_up: CatchUpEnum | Unset = UNSET
    catch_up_window_seconds: int | None | Unset = UNSET
    catch_up_cap: int | Unset = UNSET
    catch_up_spread_seconds: int | Unset = UNSET
    grace_seconds: int | None | Unset = UNSET
    expected_seconds: int | None | Unset = UNSET
    pause_after_failures: int | None | Unset = UNSET
    deadline_seconds: int | Unset = UNSET
    max_attempts: int | Unset = UNSET
    parents: list[ParentRequest] | Unset = UNSET
    tags: list[str] | Unset = UNSET
    webhooks: list[WebhookRequest] | Unset = UNSET
    shared_webhooks: list[int] | Unset = UNSET
    alert_webhook: int | None | Unset = UNSET
    alert_after_failures: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        active = self.active

        agent_id = self.agent_id

        agent_options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.agent_options, Unset):
            agent_options = self.agent_options.to_dict()

        target_user_id: int | str | Unset
        if isinstance(self.target_user_id, Unset):
            target_user_id = UNSET
        else:
            target_user_id = self.target_user_id

        input_message = self.input_message

        system_prompt_override = self.system_prompt_override

        schedule_type: str | Unset = UNSET
        if not isinstance(self.schedule_type, Unset):
            schedule_type = self.schedule_type.value

        schedule_time: None | str | Unset
        if isinstance(self.schedule_time, Unset):
            schedule_time = UNSET
        else:
            schedule_time = self.schedule_time

        weekdays: list[int] | Unset = UNSET
        if not isinstance(self.weekdays, Unset):
            weekdays = self.weekdays

        day_of_week: int | None | Unset
        if isinstance(self.day_of_week, Unset):
            day_of_week = UNSET
        else:
            day_of_week = self.day_of_week

        month_days: list[int | str] | Unset = UNSET
        if not isinstance(self.month_days, Unset):
            month_days = []
            for month_days_item_data in self.month_days:
                month_days_item: int | str
                if isinstance(
                    month_days_item_data, PatchedTaskRequestMonthDaysItemType1
                ):
                    month_days_item = month_days_item_data.value
                else:
                    month_days_item = month_days_item_data
                month_days.append(month_days_item)

        day_of_month: int | None | Unset
        if isinstance(self.day_of_month, Unset):
            day_of_month = UNSET
        else:
            day_of_month = self.day_of_month

        cron_expression = self.cron_expression

        cron_seconds = self.cron_seconds

        interval_seconds: int | None | Unset
        if isinstance(self.interval_seconds, Unset):
            interval_seconds = UNSET
        else:
            interval_seconds = self.interval_seconds

        run_at: None | str | Unset
        if isinstance(self.run_at, Unset):
            run_at = UNSET
        elif isinstance(self.run_at, datetime.datetime):
            run_at = self.run_at.isoformat()
        else:
            run_at = self.run_at

        timezone = self.timezone

        start_at: None | str | Unset
        if isinstance(self.start_at, Unset):
            start_at = UNSET
        elif isinstance(self.start_at, datetime.datetime):
            start_at = self.start_at.isoformat()
        else:
            start_at = self.start_at

        end_at: None | str | Unset
        if isinstance(self.end_at, Unset):
            end_at = UNSET
        elif isinstance(self.end_at, datetime.datetime):
            end_at = self.end_at.isoformat()
        else:
            end_at = self.end_at

        max_runs: int | None | Unset
        if isinstance(self.max_runs, Unset):
            max_runs = UNSET
        else:
            max_runs = self.max_runs

        first_run: str | Unset = UNSET
        if not isinstance(self.first_run, Unset):
            first_run = self.first_run.value

        jitter_seconds = self.jitter_seconds

        calendar_id: None | str | Unset
        if isinstance(self.calendar_id, Unset):
            calendar_id = UNSET
        else:
            calendar_id = self.calendar_id

        excluded_dates: list[str] | Unset = UNSET
        if not isinstance(self.excluded_dates, Unset):
            excluded_dates = []
            for excluded_dates_item_data in self.excluded_dates:
                excluded_dates_item = excluded_dates_item_data.isoformat()
                excluded_dates.append(excluded_dates_item)

        on_closed_day: str | Unset = UNSET
        if not isinstance(self.on_closed_day, Unset):
            on_closed_day = self.on_closed_day.value

        run_cost_limit: float | None | str | Unset
        if isinstance(self.run_cost_limit, Unset):
            run_cost_limit = UNSET
        else:
            run_cost_limit = self.run_cost_limit

        run_tokens_limit: int | None | Unset
        if isinstance(self.run_tokens_limit, Unset):
            run_tokens_limit = UNSET
        else:
            run_tokens_limit = self.run_tokens_limit

        run_tool_calls_limit: int | None | Unset
        if isinstance(self.run_tool_calls_limit, Unset):
            run_tool_calls_limit = UNSET
        else:
            run_tool_calls_limit = self.run_tool_calls_limit

        day_cost_limit: float | None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: float | None | str | Unset
        if isinstance(self.month_cost_limit, Unset):
            month_cost_limit = UNSET
        else:
            month_cost_limit = self.month_cost_limit

        include_memory = self.include_memory

        memory_scope: str | Unset = UNSET
        if not isinstance(self.memory_scope, Unset):
            memory_scope = self.memory_scope.value

        needs_approval = self.needs_approval

        approval_seconds: int | None | Unset
        if isinstance(self.approval_seconds, Unset):
            approval_seconds = UNSET
        else:
            approval_seconds = self.approval_seconds

        approval_expiry: str | Unset = UNSET
        if not isinstance(self.approval_expiry, Unset):
            approval_expiry = self.approval_expiry.value

        may_schedule = self.may_schedule

        overlap: str | Unset = UNSET
        if not isinstance(self.overlap, Unset):
            overlap = self.overlap.value

        catch_up: str | Unset = UNSET
        if not isinstance(self.catch_up, Unset):
            catch_up = self.catch_up.value

        catch_up_window_seconds: int | None | Unset
        if isinstance(self.catch_up_window_seconds, Unset):
            catch_up_window_seconds = UNSET
        else:
            catch_up_window_seconds = self.catch_up_window_seconds

        catch_up_cap = self.catch_up_cap

        catch_up_spread_seconds = self.catch_up_spread_seconds

        grace_seconds: int | None | Unset
        if isinstance(self.grace_seconds, Unset):
            grace_seconds = UNSET
        else:
            grace_seconds = self.grace_seconds

        expected_seconds: int | None | Unset
        if isinstance(self.expected_seconds, Unset):
            expected_seconds = UNSET
        else:
            expected_seconds = self.expected_seconds

        pause_after_failures: int | None | Unset
        if isinstance(self.pause_after_failures, Unset):
            pause_after_failures = UNSET
        else:
            pause_after_failures = self.pause_after_failures

        deadline_seconds = self.deadline_seconds

        max_attempts = self.max_attempts

        parents: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.parents, Unset):
            parents = []
            for parents_item_data in self.parents:
                parents_item = parents_item_data.to_dict()
                parents.append(parents_item)

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        webhooks: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.webhooks, Unset):
            webhooks = []
            for webhooks_item_data in self.webhooks:
                webhooks_item = webhooks_item_data.to_dict()
                webhooks.append(webhooks_item)

        shared_webhooks: list[int] | Unset = UNSET
        if not isinstance(self.shared_webhooks, Unset):
            shared_webhooks = self.shared_webhooks

        alert_webhook: int | None | Unset
        if isinstance(self.alert_webhook, Unset):
            alert_webhook = UNSET
        else:
            alert_webhook = self.alert_webhook

        alert_after_failures = self.alert_after_failures

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if name is not UNSET:
            field_dict["name"] = name
        if active is not UNSET:
            field_dict["active"] = active
        if agent_id is not UNSET:
            field_dict["agent_id"] = agent_id
        if agent_options is not UNSET:
            field_dict["agent_options"] = agent_options
        if target_user_id is not UNSET:
            field_dict["target_user_id"] = target_user_id
        if input_message is not UNSET:
            field_dict["input_message"] = input_message
        if system_prompt_override is not UNSET:
            field_dict["system_prompt_override"] = system_prompt_override
        if schedule_type is not UNSET:
            field_dict["schedule_type"] = schedule_type
        if schedule_time is not UNSET:
            field_dict["schedule_time"] = schedule_time
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays
        if day_of_week is not UNSET:
            field_dict["day_of_week"] = day_of_week
        if month_days is not UNSET:
            field_dict["month_days"] = month_days
        if day_of_month is not UNSET:
            field_dict["day_of_month"] = day_of_month
        if cron_expression is not UNSET:
            field_dict["cron_expression"] = cron_expression
        if cron_seconds is not UNSET:
            field_dict["cron_seconds"] = cron_seconds
        if interval_seconds is not UNSET:
            field_dict["interval_seconds"] = interval_seconds
        if run_at is not UNSET:
            field_dict["run_at"] = run_at
        if timezone is not UNSET:
            field_dict["timezone"] = timezone
        if start_at is not UNSET:
            field_dict["start_at"] = start_at
        if end_at is not UNSET:
            field_dict["end_at"] = end_at
        if max_runs is not UNSET:
            field_dict["max_runs"] = max_runs
        if first_run is not UNSET:
            field_dict["first_run"] = first_run
        if jitter_seconds is not UNSET:
            field_dict["jitter_seconds"] = jitter_seconds
        if calendar_id is not UNSET:
            field_dict["calendar_id"] = calendar_id
        if excluded_dates is not UNSET:
            field_dict["excluded_dates"] = excluded_dates
        if on_closed_day is not UNSET:
            field_dict["on_closed_day"] = on_closed_day
        if run_cost_limit is not UNSET:
            field_dict["run_cost_limit"] = run_cost_limit
        if run_tokens_limit is not UNSET:
            field_dict["run_tokens_limit"] = run_tokens_limit
        if run_tool_calls_limit is not UNSET:
            field_dict["run_tool_calls_limit"] = run_tool_calls_limit
        if day_cost_limit is not UNSET:
            field_dict["day_cost_limit"] = day_cost_limit
        if month_cost_limit is not UNSET:
            field_dict["month_cost_limit"] = month_cost_limit
        if include_memory is not UNSET:
            field_dict["include_memory"] = include_memory
        if memory_scope is not UNSET:
            field_dict["memory_scope"] = memory_scope
        if needs_approval is not UNSET:
            field_dict["needs_approval"] = needs_approval
        if approval_seconds is not UNSET:
            field_dict["approval_seconds"] = approval_seconds
        if approval_expiry is not UNSET:
            field_dict["approval_expiry"] = approval_expiry
        if may_schedule is not UNSET:
            field_dict["may_schedule"] = may_schedule
        if overlap is not UNSET:
            field_dict["overlap"] = overlap
        if catch_up is not UNSET:
            field_dict["catch_up"] = catch_up
        if catch_up_window_seconds is not UNSET:
            field_dict["catch_up_window_seconds"] = catch_up_window_seconds
        if catch_up_cap is not UNSET:
            field_dict["catch_up_cap"] = catch_up_cap
        if catch_up_spread_seconds is not UNSET:
            field_dict["catch_up_spread_seconds"] = catch_up_spread_seconds
        if grace_seconds is not UNSET:
            field_dict["grace_seconds"] = grace_seconds
        if expected_seconds is not UNSET:
            field_dict["expected_seconds"] = expected_seconds
        if pause_after_failures is not UNSET:
            field_dict["pause_after_failures"] = pause_after_failures
        if deadline_seconds is not UNSET:
            field_dict["deadline_seconds"] = deadline_seconds
        if max_attempts is not UNSET:
            field_dict["max_attempts"] = max_attempts
        if parents is not UNSET:
            field_dict["parents"] = parents
        if tags is not UNSET:
            field_dict["tags"] = tags
        if webhooks is not UNSET:
            field_dict["webhooks"] = webhooks
        if shared_webhooks is not UNSET:
            field_dict["shared_webhooks"] = shared_webhooks
        if alert_webhook is not UNSET:
            field_dict["alert_webhook"] = alert_webhook
        if alert_after_failures is not UNSET:
            field_dict["alert_after_failures"] = alert_after_failures

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.parent_request import ParentRequest
        from ..models.patched_task_request_agent_options import (
            PatchedTaskRequestAgentOptions,
        )
        from ..models.webhook_request import WebhookRequest

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        name = d.pop("name", UNSET)

        active = d.pop("active", UNSET)

        agent_id = d.pop("agent_id", UNSET)

        _agent_options = d.pop("agent_options", UNSET)
        agent_options: PatchedTaskRequestAgentOptions | Unset
        if isinstance(_agent_options, Unset):
            agent_options = UNSET
        else:
            agent_options = PatchedTaskRequestAgentOptions.from_dict(_agent_options)

        def _parse_target_user_id(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        target_user_id = _parse_target_user_id(d.pop("target_user_id", UNSET))

        input_message = d.pop("input_message", UNSET)

        system_prompt_override = d.pop("system_prompt_override", UNSET)

        _schedule_type = d.pop("schedule_type", UNSET)
        schedule_type: ScheduleTypeEnum | Unset
        if isinstance(_schedule_type, Unset):
            schedule_type = UNSET
        else:
            schedule_type = ScheduleTypeEnum(_schedule_type)

        def _parse_schedule_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        schedule_time = _parse_schedule_time(d.pop("schedule_time", UNSET))

        weekdays = cast(list[int], d.pop("weekdays", UNSET))

        def _parse_day_of_week(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        day_of_week = _parse_day_of_week(d.pop("day_of_week", UNSET))

        _month_days = d.pop("month_days", UNSET)
        month_days: list[int | PatchedTaskRequestMonthDaysItemType1] | Unset = UNSET
        if _month_days is not UNSET:
            month_days = []
            for month_days_item_data in _month_days:

                def _parse_month_days_item(
                    data: object,
                ) -> int | PatchedTaskRequestMonthDaysItemType1:
                    try:
                        if not isinstance(data, str):
                            raise TypeError()
                        month_days_item_type_1 = PatchedTaskRequestMonthDaysItemType1(
                            data
                        )

                        return month_days_item_type_1
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    return cast(int | PatchedTaskRequestMonthDaysItemType1, data)

                month_days_item = _parse_month_days_item(month_days_item_data)

                month_days.append(month_days_item)

        def _parse_day_of_month(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        day_of_month = _parse_day_of_month(d.pop("day_of_month", UNSET))

        cron_expression = d.pop("cron_expression", UNSET)

        cron_seconds = d.pop("cron_seconds", UNSET)

        def _parse_interval_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        interval_seconds = _parse_interval_seconds(d.pop("interval_seconds", UNSET))

        def _parse_run_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                run_at_type_0 = datetime.datetime.fromisoformat(data)

                return run_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        run_at = _parse_run_at(d.pop("run_at", UNSET))

        timezone = d.pop("timezone", UNSET)

        def _parse_start_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                start_at_type_0 = datetime.datetime.fromisoformat(data)

                return start_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        start_at = _parse_start_at(d.pop("start_at", UNSET))

        def _parse_end_at(data: object) -> datetime.datetime | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                end_at_type_0 = datetime.datetime.fromisoformat(data)

                return end_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | str | Unset, data)

        end_at = _parse_end_at(d.pop("end_at", UNSET))

        def _parse_max_runs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_runs = _parse_max_runs(d.pop("max_runs", UNSET))

        _first_run = d.pop("first_run", UNSET)
        first_run: FirstRunEnum | Unset
        if isinstance(_first_run, Unset):
            first_run = UNSET
        else:
            first_run = FirstRunEnum(_first_run)

        jitter_seconds = d.pop("jitter_seconds", UNSET)

        def _parse_calendar_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        calendar_id = _parse_calendar_id(d.pop("calendar_id", UNSET))

        _excluded_dates = d.pop("excluded_dates", UNSET)
        excluded_dates: list[datetime.date] | Unset = UNSET
        if _excluded_dates is not UNSET:
            excluded_dates = []
            for excluded_dates_item_data in _excluded_dates:
                excluded_dates_item = datetime.date.fromisoformat(
                    excluded_dates_item_data
                )

                excluded_dates.append(excluded_dates_item)

        _on_closed_day = d.pop("on_closed_day", UNSET)
        on_closed_day: OnClosedDayEnum | Unset
        if isinstance(_on_closed_day, Unset):
            on_closed_day = UNSET
        else:
            on_closed_day = OnClosedDayEnum(_on_closed_day)

        def _parse_run_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        run_cost_limit = _parse_run_cost_limit(d.pop("run_cost_limit", UNSET))

        def _parse_run_tokens_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        run_tokens_limit = _parse_run_tokens_limit(d.pop("run_tokens_limit", UNSET))

        def _parse_run_tool_calls_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        run_tool_calls_limit = _parse_run_tool_calls_limit(
            d.pop("run_tool_calls_limit", UNSET)
        )

        def _parse_day_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | str | Unset, data)

        month_cost_limit = _parse_month_cost_limit(d.pop("month_cost_limit", UNSET))

        include_memory = d.pop("include_memory", UNSET)

        _memory_scope = d.pop("memory_scope", UNSET)
        memory_scope: MemoryScopeEnum | Unset
        if isinstance(_memory_scope, Unset):
            memory_scope = UNSET
        else:
            memory_scope = MemoryScopeEnum(_memory_scope)

        needs_approval = d.pop("needs_approval", UNSET)

        def _parse_approval_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        approval_seconds = _parse_approval_seconds(d.pop("approval_seconds", UNSET))

        _approval_expiry = d.pop("approval_expiry", UNSET)
        approval_expiry: ApprovalExpiryEnum | Unset
        if isinstance(_approval_expiry, Unset):
            approval_expiry = UNSET
        else:
            approval_expiry = ApprovalExpiryEnum(_approval_expiry)

        may_schedule = d.pop("may_schedule", UNSET)

        _overlap = d.pop("overlap", UNSET)
        overlap: OverlapEnum | Unset
        if isinstance(_overlap, Unset):
            overlap = UNSET
        else:
            overlap = OverlapEnum(_overlap)

        _catch_up = d.pop("catch_up", UNSET)
        catch_up: CatchUpEnum | Unset
        if isinstance(_catch_up, Unset):
            catch_up = UNSET
        else:
            catch_up = CatchUpEnum(_catch_up)

        def _parse_catch_up_window_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        catch_up_window_seconds = _parse_catch_up_window_seconds(
            d.pop("catch_up_window_seconds", UNSET)
        )

        catch_up_cap = d.pop("catch_up_cap", UNSET)

        catch_up_spread_seconds = d.pop("catch_up_spread_seconds", UNSET)

        def _parse_grace_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        grace_seconds = _parse_grace_seconds(d.pop("grace_seconds", UNSET))

        def _parse_expected_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        expected_seconds = _parse_expected_seconds(d.pop("expected_seconds", UNSET))

        def _parse_pause_after_failures(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        pause_after_failures = _parse_pause_after_failures(
            d.pop("pause_after_failures", UNSET)
        )

        deadline_seconds = d.pop("deadline_seconds", UNSET)

        max_attempts = d.pop("max_attempts", UNSET)

        _parents = d.pop("parents", UNSET)
        parents: list[ParentRequest] | Unset = UNSET
        if _parents is not UNSET:
            parents = []
            for parents_item_data in _parents:
                parents_item = ParentRequest.from_dict(parents_item_data)

                parents.append(parents_item)

        tags = cast(list[str], d.pop("tags", UNSET))

        _webhooks = d.pop("webhooks", UNSET)
        webhooks: list[WebhookRequest] | Unset = UNSET
        if _webhooks is not UNSET:
            webhooks = []
            for webhooks_item_data in _webhooks:
                webhooks_item = WebhookRequest.from_dict(webhooks_item_data)

                webhooks.append(webhooks_item)

        shared_webhooks = cast(list[int], d.pop("shared_webhooks", UNSET))

        def _parse_alert_webhook(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        alert_webhook = _parse_alert_webhook(d.pop("alert_webhook", UNSET))

        alert_after_failures = d.pop("alert_after_failures", UNSET)

        patched_task_request = cls(
            id=id,
            name=name,
            active=active,
            agent_id=agent_id,
            agent_options=agent_options,
            target_user_id=target_user_id,
            input_message=input_message,
            system_prompt_override=system_prompt_override,
            schedule_type=schedule_type,
            schedule_time=schedule_time,
            weekdays=weekdays,
            day_of_week=day_of_week,
            month_days=month_days,
            day_of_month=day_of_month,
            cron_expression=cron_expression,
            cron_seconds=cron_seconds,
            interval_seconds=interval_seconds,
            run_at=run_at,
            timezone=timezone,
            start_at=start_at,
            end_at=end_at,
            max_runs=max_runs,
            first_run=first_run,
            jitter_seconds=jitter_seconds,
            calendar_id=calendar_id,
            excluded_dates=excluded_dates,
            on_closed_day=on_closed_day,
            run_cost_limit=run_cost_limit,
            run_tokens_limit=run_tokens_limit,
            run_tool_calls_limit=run_tool_calls_limit,
            day_cost_limit=day_cost_limit,
            month_cost_limit=month_cost_limit,
            include_memory=include_memory,
            memory_scope=memory_scope,
            needs_approval=needs_approval,
            approval_seconds=approval_seconds,
            approval_expiry=approval_expiry,
            may_schedule=may_schedule,
            overlap=overlap,
            catch_up=catch_up,
            catch_up_window_seconds=catch_up_window_seconds,
            catch_up_cap=catch_up_cap,
            catch_up_spread_seconds=catch_up_spread_seconds,
            grace_seconds=grace_seconds,
            expected_seconds=expected_seconds,
            pause_after_failures=pause_after_failures,
            deadline_seconds=deadline_seconds,
            max_attempts=max_attempts,
            parents=parents,
            tags=tags,
            webhooks=webhooks,
            shared_webhooks=shared_webhooks,
            alert_webhook=alert_webhook,
            alert_after_failures=alert_after_failures,
        )

        return patched_task_request
