"""A task as JSON, with the names of CONTRACTS A0."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from rest_framework import serializers

from scheduling.agents import is_staff_only
from scheduling.api.fields import (
    ClockField,
    DayOfMonthField,
    DayOfWeekField,
    DaysField,
    MomentField,
    MonthDayField,
    TagsField,
)
from scheduling.api.permissions import owns
from scheduling.api.webhooks import WebhookSerializer
from scheduling.describe import describe
from scheduling.models import Agent, ScheduledTask
from scheduling.models.task import default_timezone
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone
from signals.api.strict import IdField, StrictSerializer

MAX_INT = 2_147_483_647
_MOMENTS = ("run_at", "start_at", "end_at")


class TaskSerializer(StrictSerializer):
    """A task. On create `id` may be left out; then one is made from the name."""

    id = serializers.SlugField(required=False, max_length=100)
    name = serializers.CharField(max_length=200)
    active = serializers.BooleanField(required=False)
    agent_id = serializers.CharField(max_length=100)
    owner = serializers.CharField(
        source="owner.username", read_only=True, default=None, allow_null=True
    )
    target_user_id = IdField(
        required=False, allow_blank=True, max_length=100,
        help_text="The user whose inbox shows the result.",
    )  # fmt: skip
    input_message = serializers.CharField(trim_whitespace=False)
    system_prompt_override = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False
    )

    schedule_type = serializers.ChoiceField(ScheduledTask.Type.choices)
    schedule_time = ClockField(required=False, allow_null=True)
    weekdays = DaysField(
        child=serializers.IntegerField(), required=False, help_text="1=Mon … 7=Sun"
    )
    day_of_week = DayOfWeekField()
    month_days = DaysField(child=MonthDayField(), required=False)
    day_of_month = DayOfMonthField()
    cron_expression = serializers.CharField(
        required=False, allow_blank=True, max_length=200
    )
    interval_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_INT
    )
    run_at = MomentField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, max_length=64)
    start_at = MomentField(required=False, allow_null=True)
    end_at = MomentField(required=False, allow_null=True)

    overlap = serializers.ChoiceField(ScheduledTask.Overlap.choices, required=False)
    catch_up = serializers.ChoiceField(ScheduledTask.CatchUp.choices, required=False)
    deadline_seconds = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_INT
    )
    max_attempts = serializers.IntegerField(required=False, min_value=1, max_value=100)
    tags = TagsField(default=list, help_text="Made when they are first used.")
    webhooks = WebhookSerializer(many=True, required=False)

    next_run_at = serializers.DateTimeField(read_only=True, allow_null=True)
    next_run_local = serializers.SerializerMethodField()
    schedule_in_words = serializers.SerializerMethodField()
    schedule_error = serializers.CharField(read_only=True)
    last_run_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_status = serializers.CharField(read_only=True)
    run_count = serializers.IntegerField(read_only=True)
    failure_count = serializers.IntegerField(read_only=True)
    consecutive_failures = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_next_run_local(self, task: ScheduledTask) -> str | None:
        """The next slot in the task's own zone."""
        if task.next_run_at is None:
            return None
        try:
            zone = load_zone(task.timezone)
        except ScheduleError:
            return None
        return task.next_run_at.astimezone(zone).isoformat(timespec="seconds")

    def get_schedule_in_words(self, task: ScheduledTask) -> str:
        """The schedule in plain words, in the language that the client accepts."""
        try:
            return describe(task.schedule, get_language() or "en")
        except ScheduleError:
            return ""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not owns(self.context["request"].user, instance):
            for webhook in shown["webhooks"]:  # the owner's and staff's alone
                webhook |= {"body_template": None, "chat_id": ""}
        return shown

    def validate_id(self, value: str) -> str:
        if self.instance is not None and value != self.instance.pk:
            raise serializers.ValidationError(
                f"{value!r} is another task: an id stays; clone the task instead."
            )
        return value

    def validate_agent_id(self, value: str) -> str:
        agent = Agent.objects.filter(id=value).first()
        if agent is None:
            known = Agent.objects.filter(active=True).values_list("id", flat=True)
            raise serializers.ValidationError(
                f"There is no agent {value!r}; there are: {', '.join(known[:20]) or '–'}."
            )
        kept = self.instance is not None and value == self.instance.agent_id
        staff = self.context["request"].user.is_staff
        if not kept and not staff and is_staff_only(agent.backend):
            raise serializers.ValidationError(
                f"{value!r} is for staff only: its backend {agent.backend!r} reports on "
                "everybody's tasks. Choose another agent."
            )
        return value

    def validate_target_user_id(self, value: str) -> str:
        user = self.context["request"].user
        kept = self.instance is not None and value == self.instance.target_user_id
        if value and not kept and not user.is_staff and value != str(user.pk):
            raise serializers.ValidationError(
                f"{value!r} is another user: only staff write to other people's inboxes; "
                f"you are {str(user.pk)!r}."
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._refuse_two_answers("day_of_week", "weekdays", attrs)
        self._refuse_two_answers("day_of_month", "month_days", attrs)
        self._add_zone(attrs)
        return attrs

    def _refuse_two_answers(self, one: str, many: str, attrs: dict[str, Any]) -> None:
        """What was read holds both spellings and may be sent back; they must agree."""
        data: Any = self.initial_data
        if data.get(one) is None or many not in data:
            return
        spelled: Any = self.fields[one].run_validation(data[one])
        if spelled[many] != self.fields[many].run_validation(data[many]):
            message = f"Says something else than {many}: give one of the two."
            raise serializers.ValidationError({one: [message]})
        attrs |= spelled

    def _add_zone(self, attrs: dict[str, Any]) -> None:
        naive = [
            name
            for name in _MOMENTS
            if isinstance(attrs.get(name), datetime) and attrs[name].tzinfo is None
        ]
        if naive:
            zone = self._zone(attrs)
            attrs |= {name: attrs[name].replace(tzinfo=zone) for name in naive}

    def _zone(self, attrs: dict[str, Any]) -> ZoneInfo:
        kept = self.instance.timezone if self.instance else default_timezone()
        try:
            return load_zone(attrs.get("timezone", kept))
        except ScheduleError as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from error
