"""The methods of APFlow's JSON-RPC (CONTRACTS A2), in the name of a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.interop import apflow_schedule
from scheduling.interop.apflow_json import task_json, with_status
from scheduling.interop.apflow_params import (
    Complete,
    Due,
    Export,
    History,
    Init,
    Listed,
    Set,
    Trigger,
    TriggerAndWait,
)
from scheduling.interop.json_rpc import (
    INVALID_PARAMS,
    Method,
    Params,
    RpcError,
    checked,
)
from scheduling.interop.trigger import running
from scheduling.interop.trigger.caller import Caller as Triggerer
from scheduling.models import Run, ScheduledTask
from scheduling.selectors import owns, tasks_visible_to

#: Codes of our own, in the range that the specification leaves to applications.
NOT_FOUND, FORBIDDEN, CONFLICT, BUSY = -32001, -32002, -32003, -32004
_SCHEDULE = ~Q(schedule_type=ScheduledTask.Type.NONE)
_ENABLED = Q(active=True) | Q(resume_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and until when (monotonic) all that one request asks for may wait for runs."""

    user: Any
    until: float = field(
        default_factory=lambda: time.monotonic() + settings.SCHEDULING.trigger_sync_seconds
    )  # fmt: skip


def list_tasks(caller: Caller, given: Listed) -> list[dict[str, Any]]:
    rows = _listed(caller, given.user_id, given.schedule_type, given.enabled_only)
    if given.status:
        rows = rows.filter(apflow_status=given.status)
    ordered = rows.order_by(F("next_run_at").asc(nulls_last=True), "id")
    return [task_json(each) for each in ordered[given.offset : given.offset + given.limit]]  # fmt: skip


def due_tasks(caller: Caller, given: Due) -> list[dict[str, Any]]:
    rows = _tasks(caller, given.user_id).exclude(apflow_status="in_progress")
    due = rows.filter(active=True, next_run_at__lte=given.before or timezone.now())
    return [task_json(each) for each in due.order_by("next_run_at", "id")[: given.limit]]  # fmt: skip


def init(caller: Caller, given: Init) -> dict[str, Any]:
    task = _own(caller, given.task_id)
    services.plan_next(task, user=caller.user, after=given.from_time)
    return _shown(task.id)


def set_schedule(caller: Caller, given: Set) -> dict[str, Any]:
    task = _own(caller, given.task_id, "scheduling.change_scheduledtask")
    fields: dict[str, Any] = {}
    if given.schedule_type is not None and given.schedule_expression is not None:
        try:
            fields = apflow_schedule.parse(given.schedule_type, given.schedule_expression)  # fmt: skip
        except ValueError as error:
            raise RpcError(INVALID_PARAMS, str(error), {"task_id": task.id}) from error
        fields["timezone"] = given.timezone
    asked = {
        "active": given.schedule_enabled,
        "start_at": given.schedule_start_at,
        "end_at": given.schedule_end_at,
        "max_runs": given.max_runs,
    }
    fields |= {name: value for name, value in asked.items() if value is not None}
    services.update_task(task, fields=fields, user=caller.user)
    return _shown(task.id)


def complete(caller: Caller, given: Complete) -> dict[str, Any]:
    task = _own(caller, given.task_id)
    work = services.OutsideWork(success=given.success, error=given.error or "")
    services.complete_slot(task, work, user=caller.user, plan=given.calculate_next_run)
    return _shown(task.id)


def export_ical(caller: Caller, given: Export) -> dict[str, Any]:
    rows = _listed(caller, given.user_id, given.schedule_type, given.enabled_only)
    tasks = list(rows.select_related("calendar").order_by(F("next_run_at").asc(nulls_last=True), "id")[: given.limit])  # fmt: skip
    # Imported on use: the calendar library takes its time, and few ask for one.
    write = import_module("scheduling.interop.ical").export_ical
    base_url = given.base_url or settings.SCHEDULING.public_url
    return {
        "ical_content": write(tasks, given.calendar_name, base_url),
        "task_count": len(tasks),
    }


def trigger(caller: Caller, given: Trigger) -> dict[str, Any]:
    task = _own(caller, given.task_id)
    triggerer = Triggerer(name=f"user:{caller.user.pk}", user=caller.user)
    if given.async_execution:
        return running.triggered(running.begin(task, triggerer))
    try:
        with running.place_to_wait():
            run = running.begin(task, triggerer)
            seconds = max(0.0, caller.until - time.monotonic())
            if running.wait_for(run, seconds):
                return running.result_of(run)
            return running.still_running(run, seconds)
    except running.TooManyWaiting as error:
        said = "Too many wait for results at the same time; try again, or trigger it async."
        raise RpcError(BUSY, said) from error


def history(caller: Caller, given: History) -> dict[str, Any]:
    task = _visible(caller, given.task_id)
    if caller.user.is_staff:
        _require(caller, "scheduling.view_run")
    runs = task.runs.defer("system_prompt", "input_message", "error_trace", "event")
    told = [_run_json(each) for each in runs.order_by("-created_at", "-id")[: given.limit]]  # fmt: skip
    return {"runs": told, "count": len(told)}


def _run_json(run: Run) -> dict[str, Any]:
    tokens = {"input_tokens": run.input_tokens, "output_tokens": run.output_tokens}
    return {
        "id": str(run.id),
        "status": running.status_of(run),
        "result": running.output_of(run),
        "error": run.error or run.note or None,
        "token_usage": tokens | {"total_tokens": sum(tokens.values())},
        "created_at": run.created_at.isoformat(),
        "started_at": run.started_at and run.started_at.isoformat(),
        "completed_at": run.finished_at and run.finished_at.isoformat(),
    }


def _listed(
    caller: Caller, user_id: str | None, schedule_type: str | None, enabled: bool  # noqa: FBT001 -- as it came
) -> QuerySet[Any]:  # fmt: skip
    rows = _tasks(caller, user_id).filter(_SCHEDULE)
    if schedule_type:
        rows = rows.filter(schedule_type=schedule_type)
    return rows.filter(_ENABLED) if enabled else rows


def _tasks(caller: Caller, user_id: str | None = None) -> QuerySet[Any]:
    """The tasks that the caller sees, those of `user_id` if it is given, with their status."""
    user = caller.user
    if user_id is not None and not user.is_staff and user_id != str(user.pk):
        raise RpcError(FORBIDDEN, "Non-admin may only use own user_id", {"user_id": user_id})  # fmt: skip
    rows = tasks_visible_to(user).defer("state")
    if user_id is not None:
        of_user = Q(target_user_id=user_id)
        if user_id.isascii() and user_id.isdigit() and len(user_id) < 19:
            of_user |= Q(owner_id=int(user_id), target_user_id="")
        rows = rows.filter(of_user) if user.is_staff else rows
    return with_status(rows)


def _visible(caller: Caller, task_id: str) -> ScheduledTask:
    rows = tasks_visible_to(caller.user).select_related("owner", "agent")
    task = rows.defer("agent__credentials").filter(id=task_id).first()
    if task is None:
        shown = task_id[:100]
        raise RpcError(NOT_FOUND, f"Task {shown} not found", {"task_id": shown})
    return task


def _own(
    caller: Caller, task_id: str, permission: str = "scheduling.operate_scheduledtask"
) -> ScheduledTask:
    """The task, if the caller may run it (or has another permission) as in our API."""
    if caller.user.is_staff:
        _require(caller, permission)
    task = _visible(caller, task_id)
    if not owns(caller.user, task):
        said = "This task belongs to somebody else: you may read it and not change or run it."
        raise RpcError(FORBIDDEN, said, {"task_id": task.id})
    return task


def _require(caller: Caller, permission: str) -> None:
    if not caller.user.has_perm(permission):
        raise RpcError(FORBIDDEN, f"You need the permission {permission}.")


def _shown(task_id: str) -> dict[str, Any]:
    return task_json(with_status(ScheduledTask.objects.defer("state")).get(id=task_id))


def _in_our_codes(method: Method) -> Method:
    """What services raise, as errors of JSON-RPC."""

    @wraps(method)
    def answer(caller: Any, params: Params) -> object:
        try:
            return method(caller, params)
        except Conflict as error:
            raise RpcError(CONFLICT, str(error)) from error
        except ValidationError as error:
            errors = error.message_dict if hasattr(error, "error_dict") else {"body": error.messages}  # fmt: skip
            name, said = next(iter(errors.items()))
            raise RpcError(INVALID_PARAMS, f"{name}: {said[0]}", {"errors": errors}) from error  # fmt: skip

    return answer


def _newer(method: Callable[[Caller, Any], Any], change: Callable[[Any], object]) -> Callable[[Caller, Any], object]:  # fmt: skip
    return lambda caller, given: change(method(caller, given))


def _few_columns(tasks: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("id", "name", "schedule_type", "schedule_expression", "next_run_at")
    return {"tasks": [{name: each[name] for name in names} for each in tasks], "count": len(tasks)}  # fmt: skip


def _calendar(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"ical": told["ical_content"], "format": "text/calendar"}


METHODS: dict[str, Method] = {
    name: _in_our_codes(method)
    for name, method in {
        "tasks.scheduled.list": checked(Listed, list_tasks),
        "tasks.scheduled.due": checked(Due, due_tasks),
        "tasks.scheduled.init": checked(Init, init),
        "tasks.scheduled.complete": checked(Complete, complete),
        "tasks.scheduled.export-ical": checked(Export, export_ical),
        "tasks.webhook.trigger": checked(Trigger, trigger),
        # The names and shapes of APFlow 0.24.
        "schedule.set": checked(Set, set_schedule),
        "schedule.due": checked(Due, _newer(due_tasks, _few_columns)),
        "schedule.complete": checked(Complete, complete),
        "schedule.trigger": checked(TriggerAndWait, trigger),
        "schedule.history": checked(History, history),
        "schedule.export_ical": checked(Export, _newer(export_ical, _calendar)),
    }.items()
}
