"""What a client of the RQ scheduler says of a task, as columns of Backbeat."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from scheduling import services
from scheduling.agents.child.permits import function_refusal
from scheduling.api.task_json import TaskSerializer
from scheduling.exceptions import Conflict
from scheduling.gateways.rq.shapes import function_of, names_of
from scheduling.interop import rq_schedule
from scheduling.models import Agent, ScheduledTask
from scheduling.models.task import MAX_PROMPT_CHARS
from scheduling.wall_clock import ScheduleError
from signals.api.strict import CleanJSONField, StrictSerializer

#: What a column is called there.
WORDS = {
    "cron_expression": "schedule",
    "interval_seconds": "schedule",
    "schedule_type": "task_type",
    "input_message": "description",
    "agent_options": "args",
    "agent": "function_path",
    "options": "function_path",
    "name": "task_name",
    "active": "enabled",
}


class TaskBody(StrictSerializer):
    """A ScheduledTask of the RQ scheduler; what is left out of a change stays as it is."""

    agent_name = serializers.RegexField(
        r"^[^:/]+$", max_length=100,
        error_messages={"invalid": "Expected a name without ':' and '/', such as aiops-bot."},
    )  # fmt: skip
    task_name = serializers.RegexField(
        r"^[^/]+$", max_length=190,
        error_messages={"invalid": "Expected a name without '/', such as check_alerts."},
    )  # fmt: skip
    description = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=MAX_PROMPT_CHARS
    )
    enabled = serializers.BooleanField(required=False)
    schedule = serializers.CharField(max_length=200, allow_blank=True)
    task_type = serializers.CharField(required=False, max_length=20)
    timezone = serializers.CharField(required=False, max_length=64)
    function_path = serializers.CharField(max_length=200)
    args = CleanJSONField(required=False, allow_null=True)
    kwargs = CleanJSONField(required=False, allow_null=True)

    id = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def validate_kwargs(self, value: Any) -> Any:
        if value is None or isinstance(value, dict):
            return value
        raise serializers.ValidationError(f"{str(value)[:80]!r} is no JSON object.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            return attrs
        for name, kept in zip(("agent_name", "task_name"), names_of(self.instance), strict=True):  # fmt: skip
            if attrs.get(name, kept) != kept:
                message = f"{attrs[name]!r} is another task: the id {kept!r} stays."
                raise serializers.ValidationError({name: [message]})
        return attrs


def columns_of(
    said: dict[str, Any], task: ScheduledTask | None, request: Request
) -> dict[str, Any]:
    """Return the columns that a valid body sets, of a new task or of `task`.

    Raises DRF's errors under the names of the body. May make the agent of a function, so it is
    for inside the transaction that writes the task.
    """
    fields = _timing(said, task) | _prompt(said, task) | _options(said, task, request)
    if "enabled" in said:
        fields["active"] = said["enabled"]
    function = said.get("function_path")
    if function and (task is None or function != function_of(task.agent)):
        fields["agent_id"] = _agent_of(function, request).id
    return fields


def _timing(said: dict[str, Any], task: ScheduledTask | None) -> dict[str, Any]:
    fields = {"timezone": said["timezone"]} if "timezone" in said else {}
    kept = rq_schedule.words(task) if task else ("", rq_schedule.CRON)
    wanted = (said.get("schedule", kept[0]), said.get("task_type", kept[1]))
    if task is not None and wanted == kept:
        return fields
    try:
        fields |= rq_schedule.parse(*wanted)
    except ScheduleError as error:
        raise serializers.ValidationError({"schedule": [str(error.at_the_field)]}) from error  # fmt: skip
    except ValueError as error:
        name = "schedule" if wanted[1] in rq_schedule.TYPES else "task_type"
        raise serializers.ValidationError({name: [str(error)]}) from error
    return fields if task else {"timezone": rq_schedule.ZONE, **fields}


def _prompt(said: dict[str, Any], task: ScheduledTask | None) -> dict[str, Any]:
    """A task without a description has its name for a prompt: some prompt it must have."""
    if "description" not in said and task is not None:
        return {}
    name = said["task_name"] if task is None else names_of(task)[1]
    return {"input_message": said.get("description") or name}


def _options(
    said: dict[str, Any], task: ScheduledTask | None, request: Request
) -> dict[str, Any]:
    given = {name: said[name] for name in ("args", "kwargs") if name in said}
    if not given:
        return {}
    options = {**(task.agent_options if task else {}), **given}
    options = {name: value for name, value in options.items() if value is not None}
    if task is not None:
        rules = TaskSerializer(task, context={"request": request})
        options = rules.validate_agent_options(options)
    return {"agent_options": options}


def require_staff(request: Request) -> None:
    """Raise `PermissionDenied` for who may not say which function a task calls."""
    if not request.user.is_staff:
        raise PermissionDenied("Only staff say which function a task calls.")


def _agent_of(function: str, request: Request) -> Agent:
    """Return the agent that calls `function`; made when there is none and the user may."""
    require_staff(request)
    user: Any = request.user
    if refusal := function_refusal(function):
        raise serializers.ValidationError({"function_path": [str(refusal)]})
    name = rq_schedule.agent_id(function)
    agent = Agent.objects.filter(id=name).first()
    if agent is not None:
        if function_of(agent) != function:
            raise Conflict(f"The agent {name!r} does not call {function}.")
        return agent
    if not user.has_perm("scheduling.add_agent"):
        raise PermissionDenied("You need the permission scheduling.add_agent.")
    fields = {
        "id": name,
        "name": function,
        "backend": "function",
        "options": {"function": function},
    }
    try:
        return services.create_agent(fields=fields, user=user)
    except ValidationError as error:
        if "id" not in error.message_dict:
            raise
        raise Conflict(
            f"The agent {name!r} was made at this moment; try again."
        ) from error
