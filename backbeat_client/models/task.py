from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.approval_expiry_enum import ApprovalExpiryEnum
from ..models.catch_up_enum import CatchUpEnum
from ..models.first_run_enum import FirstRunEnum
from ..models.memory_scope_enum import MemoryScopeEnum
from ..models.on_closed_day_enum import OnClosedDayEnum
from ..models.overlap_enum import OverlapEnum
from ..models.schedule_type_enum import ScheduleTypeEnum
from ..models.task_month_days_item_type_1 import TaskMonthDaysItemType1
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_trigger import EventTrigger
    from ..models.parent import Parent
    from ..models.task_agent_options import TaskAgentOptions
    from ..models.webhook import Webhook


T = TypeVar("T", bound="Task")


@_attrs_define
class Task:
    """A task. On create `id` may be left out; then one is made from the name.

    Attributes:
        name (str):
        agent_id (str):
        owner (None | str):
        input_message (str):
        schedule_type (ScheduleTypeEnum): * `daily` - Daily
            * `weekly` - Weekly
            * `monthly` - Monthly
            * `cron` - Cron
            * `once` - Once
            * `interval` - Interval
            * `none` - None: by hand, or after other tasks
        event_triggers (list[EventTrigger]):
        version (int):
        paused_at (datetime.datetime | None):
        paused_by (None | str):
        pause_note (str):
        resume_at (datetime.datetime | None):
        next_run_at (datetime.datetime | None):
        next_run_local (None | str): The next slot in the task's own zone.
        schedule_in_words (str): The schedule in plain words, in the language that the client accepts.
        schedule_error (str):
        last_run_at (datetime.datetime | None):
        last_status (str):
        scheduled_runs (int):
        late_since (datetime.datetime | None):
        run_count (int):
        failure_count (int):
        consecutive_failures (int):
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
        id (str | Unset):
        active (bool | Unset):
        agent_options (TaskAgentOptions | Unset): Options of this task over those of its agent, as far as the backend
            lets tasks have some.
        target_user_id (str | Unset): The user whose inbox shows the result.
        system_prompt_override (str | Unset):
        schedule_time (None | str | Unset):  Example: 07:00.
        weekdays (list[int] | Unset): 1=Mon … 7=Sun
        day_of_week (int | None | Unset): 0=Sunday, 1=Monday … 6=Saturday. Null when there are several days or none: see
            `weekdays`.
        month_days (list[int | TaskMonthDaysItemType1] | Unset):
        day_of_month (int | None | Unset): Null when there are several or none: see `month_days`.
        cron_expression (str | Unset):
        cron_seconds (bool | Unset): The cron line has six fields, seconds first.
        interval_seconds (int | None | Unset):
        run_at (datetime.datetime | None | Unset):
        timezone (str | Unset):
        start_at (datetime.datetime | None | Unset):
        end_at (datetime.datetime | None | Unset):
        max_runs (int | None | Unset): Runs that the schedule starts; then the task is finished.
        first_run (FirstRunEnum | Unset): * `next_slot` - At the next slot
            * `at_once` - At once, then by the schedule
        jitter_seconds (int | Unset): Each slot is put off by up to this long, always the same for it.
        calendar_id (None | str | Unset):
        excluded_dates (list[datetime.date] | Unset):
        on_closed_day (OnClosedDayEnum | Unset): * `skip` - Skip the slot
            * `shift` - Run it on the next open day
        run_cost_limit (None | str | Unset): US dollars; of one run, its tries together; null: no limit.
        run_tokens_limit (int | None | Unset): In and out together, of one run; null: no limit.
        run_tool_calls_limit (int | None | Unset): Of one run; null: no limit.
        day_cost_limit (None | str | Unset): US dollars; of a day; null: no limit.
        month_cost_limit (None | str | Unset): US dollars; of a month; null: no limit.
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
        parents (list[Parent] | Unset): The tasks that it runs after.
        tags (list[str] | Unset): Made when they are first used.
        webhooks (list[Webhook] | Unset):
        shared_webhooks (list[int] | Unset): Ids of the address book; only staff add some.
        alert_webhook (int | None | Unset): Which one of the address book is told of its incidents; only staff choose
            it.
        alert_after_failures (int | Unset):
    """

    name: str
    agent_id: str
    owner: None | str
    input_message: str
    schedule_type: ScheduleTypeEnum
    event_triggers: list[EventTrigger]
    version: int
    paused_at: datetime.datetime | None
    paused_by: None | str
    pause_note: str
    resume_at: datetime.datetime | None
    next_run_at: datetime.datetime | None
    next_run_local: None | str
    schedule_in_words: str
    schedule_error: str
    last_run_at: datetime.datetime | None
    last_status: str
    scheduled_runs: int
    late_since: datetime.datetime | None
    run_count: int
    failure_count: int
    consecutive_failures: int
    created_at: datetime.datetime
    updated_at: datetime.datetime
    id: str | Unset = UNSET
    active: bool | Unset = UNSET
    agent_options: TaskAgentOptions | Unset = UNSET
    target_user_id: str | Unset = UNSET
    system_prompt_override: str | Unset = UNSET
    schedule_time: None | str | Unset = UNSET
    weekdays: list[int] | Unset = UNSET
    day_of_week: int | None | Unset = UNSET
    month_days: list[int | TaskMonthDaysItemType1] | Unset = UNSET
    day_of_month: int | None | Unset = UNSET
    cron_expression: str | Unset = UNSET
    cron_seconds: bool | Unset = UNSET
    interval_seconds: int | None | Unset = UNSET
    run_at: datetime.datetime | None | Unset = UNSET
    timezone: str | Unset = UNSET
    start_at: datetime.datetime | None | Unset = UNSET
    end_at: datetime.datetime | None | Unset = UNSET
    max_runs: int | None | Unset = UNSET
    first_run: FirstRunEnum | Unset = UNSET
    jitter_seconds: int | Unset = UNSET
    calendar_id: None | str | Unset = UNSET
    excluded_dates: list[datetime.date] | Unset = UNSET
    on_closed_day: OnClosedDayEnum | Unset = UNSET
    run_cost_limit: None | str | Unset = UNSET
    run_tokens_limit: int | None | Unset = UNSET
    run_tool_calls_limit: int | None | Unset = UNSET
    day_cost_limit: None | str | Unset = UNSET
    month_cost_limit: None | str | Unset = UNSET
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
    parents: list[Parent] | Unset = UNSET
    tags: list[str] | Unset = UNSET
    webhooks: list[Webhook] | Unset = UNSET
    shared_webhooks: list[int] | Unset = UNSET
    alert_webhook: int | None | Unset = UNSET
    alert_after_failures: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        agent_id = self.agent_id

        owner: None | str
        owner = self.owner

        input_message = self.input_message

        schedule_type = self.schedule_type.value

        event_triggers = []
        for event_triggers_item_data in self.event_triggers:
            event_triggers_item = event_triggers_item_data.to_dict()
            event_triggers.append(event_triggers_item)

        version = self.version

        paused_at: None | str
        if isinstance(self.paused_at, datetime.datetime):
            paused_at = self.paused_at.isoformat()
        else:
            paused_at = self.paused_at

        paused_by: None | str
        paused_by = self.paused_by

        pause_note = self.pause_note

        resume_at: None | str
        if isinstance(self.resume_at, datetime.datetime):
            resume_at = self.resume_at.isoformat()
        else:
            resume_at = self.resume_at

        next_run_at: None | str
        if isinstance(self.next_run_at, datetime.datetime):
            next_run_at = self.next_run_at.isoformat()
        else:
            next_run_at = self.next_run_at

        next_run_local: None | str
        next_run_local = self.next_run_local

        schedule_in_words = self.schedule_in_words

        schedule_error = self.schedule_error

        last_run_at: None | str
        if isinstance(self.last_run_at, datetime.datetime):
            last_run_at = self.last_run_at.isoformat()
        else:
            last_run_at = self.last_run_at

        last_status = self.last_status

        scheduled_runs = self.scheduled_runs

        late_since: None | str
        if isinstance(self.late_since, datetime.datetime):
            late_since = self.late_since.isoformat()
        else:
            late_since = self.late_since

        run_count = self.run_count

        failure_count = self.failure_count

        consecutive_failures = self.consecutive_failures

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        id = self.id

        active = self.active

        agent_options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.agent_options, Unset):
            agent_options = self.agent_options.to_dict()

        target_user_id = self.target_user_id

        system_prompt_override = self.system_prompt_override

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
                if isinstance(month_days_item_data, TaskMonthDaysItemType1):
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

        run_cost_limit: None | str | Unset
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

        day_cost_limit: None | str | Unset
        if isinstance(self.day_cost_limit, Unset):
            day_cost_limit = UNSET
        else:
            day_cost_limit = self.day_cost_limit

        month_cost_limit: None | str | Unset
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
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "agent_id": agent_id,
                "owner": owner,
                "input_message": input_message,
                "schedule_type": schedule_type,
                "event_triggers": event_triggers,
                "version": version,
                "paused_at": paused_at,
                "paused_by": paused_by,
                "pause_note": pause_note,
                "resume_at": resume_at,
                "next_run_at": next_run_at,
                "next_run_local": next_run_local,
                "schedule_in_words": schedule_in_words,
                "schedule_error": schedule_error,
                "last_run_at": last_run_at,
                "last_status": last_status,
                "scheduled_runs": scheduled_runs,
                "late_since": late_since,
                "run_count": run_count,
                "failure_count": failure_count,
                "consecutive_failures": consecutive_failures,
                "created_at": created_at,
                "updated_at": updated_at,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if active is not UNSET:
            field_dict["active"] = active
        if agent_options is not UNSET:
            field_dict["agent_options"] = agent_options
        if target_user_id is not UNSET:
            field_dict["target_user_id"] = target_user_id
        if system_prompt_override is not UNSET:
            field_dict["system_prompt_override"] = system_prompt_override
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
        from ..models.event_trigger import EventTrigger
        from ..models.parent import Parent
        from ..models.task_agent_options import TaskAgentOptions
        from ..models.webhook import Webhook

        d = dict(src_dict)
        name = d.pop("name")

        agent_id = d.pop("agent_id")

        def _parse_owner(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        owner = _parse_owner(d.pop("owner"))

        input_message = d.pop("input_message")

        schedule_type = ScheduleTypeEnum(d.pop("schedule_type"))

        event_triggers = []
        _event_triggers = d.pop("event_triggers")
        for event_triggers_item_data in _event_triggers:
            event_triggers_item = EventTrigger.from_dict(event_triggers_item_data)

            event_triggers.append(event_triggers_item)

        version = d.pop("version")

        def _parse_paused_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                paused_at_type_0 = datetime.datetime.fromisoformat(data)

                return paused_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        paused_at = _parse_paused_at(d.pop("paused_at"))

        def _parse_paused_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        paused_by = _parse_paused_by(d.pop("paused_by"))

        pause_note = d.pop("pause_note")

        def _parse_resume_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resume_at_type_0 = datetime.datetime.fromisoformat(data)

                return resume_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        resume_at = _parse_resume_at(d.pop("resume_at"))

        def _parse_next_run_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_run_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_run_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_run_at = _parse_next_run_at(d.pop("next_run_at"))

        def _parse_next_run_local(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_run_local = _parse_next_run_local(d.pop("next_run_local"))

        schedule_in_words = d.pop("schedule_in_words")

        schedule_error = d.pop("schedule_error")

        def _parse_last_run_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_run_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_run_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_run_at = _parse_last_run_at(d.pop("last_run_at"))

        last_status = d.pop("last_status")

        scheduled_runs = d.pop("scheduled_runs")

        def _parse_late_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                late_since_type_0 = datetime.datetime.fromisoformat(data)

                return late_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        late_since = _parse_late_since(d.pop("late_since"))

        run_count = d.pop("run_count")

        failure_count = d.pop("failure_count")

        consecutive_failures = d.pop("consecutive_failures")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        id = d.pop("id", UNSET)

        active = d.pop("active", UNSET)

        _agent_options = d.pop("agent_options", UNSET)
        agent_options: TaskAgentOptions | Unset
        if isinstance(_agent_options, Unset):
            agent_options = UNSET
        else:
            agent_options = TaskAgentOptions.from_dict(_agent_options)

        target_user_id = d.pop("target_user_id", UNSET)

        system_prompt_override = d.pop("system_prompt_override", UNSET)

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
        month_days: list[int | TaskMonthDaysItemType1] | Unset = UNSET
        if _month_days is not UNSET:
            month_days = []
            for month_days_item_data in _month_days:

                def _parse_month_days_item(
                    data: object,
                ) -> int | TaskMonthDaysItemType1:
                    try:
                        if not isinstance(data, str):
                            raise TypeError()
                        month_days_item_type_1 = TaskMonthDaysItemType1(data)

                        return month_days_item_type_1
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    return cast(int | TaskMonthDaysItemType1, data)

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

        def _parse_run_at(data: object) -> datetime.datetime | None | Unset:
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
            return cast(datetime.datetime | None | Unset, data)

        run_at = _parse_run_at(d.pop("run_at", UNSET))

        timezone = d.pop("timezone", UNSET)

        def _parse_start_at(data: object) -> datetime.datetime | None | Unset:
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
            return cast(datetime.datetime | None | Unset, data)

        start_at = _parse_start_at(d.pop("start_at", UNSET))

        def _parse_end_at(data: object) -> datetime.datetime | None | Unset:
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
            return cast(datetime.datetime | None | Unset, data)

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

        def _parse_run_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

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

        def _parse_day_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        day_cost_limit = _parse_day_cost_limit(d.pop("day_cost_limit", UNSET))

        def _parse_month_cost_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

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
        parents: list[Parent] | Unset = UNSET
        if _parents is not UNSET:
            parents = []
            for parents_item_data in _parents:
                parents_item = Parent.from_dict(parents_item_data)

                parents.append(parents_item)

        tags = cast(list[str], d.pop("tags", UNSET))

        _webhooks = d.pop("webhooks", UNSET)
        webhooks: list[Webhook] | Unset = UNSET
        if _webhooks is not UNSET:
            webhooks = []
            for webhooks_item_data in _webhooks:
                webhooks_item = Webhook.from_dict(webhooks_item_data)

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

        task = cls(
            name=name,
            agent_id=agent_id,
            owner=owner,
            input_message=input_message,
            schedule_type=schedule_type,
            event_triggers=event_triggers,
            version=version,
            paused_at=paused_at,
            paused_by=paused_by,
            pause_note=pause_note,
            resume_at=resume_at,
            next_run_at=next_run_at,
            next_run_local=next_run_local,
            schedule_in_words=schedule_in_words,
            schedule_error=schedule_error,
            last_run_at=last_run_at,
            last_status=last_status,
            scheduled_runs=scheduled_runs,
            late_since=late_since,
            run_count=run_count,
            failure_count=failure_count,
            consecutive_failures=consecutive_failures,
            created_at=created_at,
            updated_at=updated_at,
            id=id,
            active=active,
            agent_options=agent_options,
            target_user_id=target_user_id,
            system_prompt_override=system_prompt_override,
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

        task.additional_properties = d
        return task

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
