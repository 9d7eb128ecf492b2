"""A task as JSON, with the names of CONTRACTS A0."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers

from scheduling.agents import is_staff_only
from scheduling.api.event_triggers import EventTriggerSerializer
from scheduling.api.fields import (
    CostField,
    MomentField,
    SharedWebhooksField,
    TagsField,
)
from scheduling.api.permissions import owns
from scheduling.api.schedule_json import ScheduleSerializer
from scheduling.api.webhooks import WebhookSerializer
from scheduling.describe import describe
from scheduling.models import Agent, Dependency, ScheduledTask
from scheduling.models.policies import LIMITS
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone
from signals.api.strict import CleanObjectField, IdField, StrictSerializer

MAX_NOTE_CHARS = 2000
MOST = 2_147_483_647  # what a column holds


def _limited(name: str, **options: Any) -> serializers.IntegerField:
    """A field for the number `name` of `scheduling.models.policies`, with its limits."""
    least, most = LIMITS[name]
    return serializers.IntegerField(
        required=False, min_value=least, max_value=most, **options
    )


def _cost(words: str) -> serializers.DecimalField:
    return CostField(help_text=f"US dollars; {words}; null: no limit.")


def _count(words: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST,
        help_text=f"{words}; null: no limit.",
    )  # fmt: skip


class PauseSerializer(StrictSerializer):
    """Why a task is paused, and when it goes on by itself."""

    note = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NOTE_CHARS
    )
    resume_at = MomentField(
        required=False, allow_null=True,
        help_text="Without an offset it is meant in the task's `timezone`.",
    )  # fmt: skip

    def validate_resume_at(self, value: Any) -> Any:
        if value is None or value.tzinfo is not None:
            return value
        try:
            return value.replace(tzinfo=load_zone(self.context["task"].timezone))
        except ScheduleError as error:
            raise serializers.ValidationError(str(error)) from error


class ParentSerializer(StrictSerializer):
    """A task that goes before, and how its run must have ended."""

    task_id = serializers.CharField(source="parent_id", max_length=100)
    when = serializers.ChoiceField(
        Dependency.When.choices, default=Dependency.When.SUCCEEDED
    )


class _Head(StrictSerializer):
    """What a task is; it comes first."""

    id = serializers.SlugField(required=False, max_length=100)
    name = serializers.CharField(max_length=200)
    active = serializers.BooleanField(required=False)
    agent_id = serializers.CharField(max_length=100)
    agent_options = CleanObjectField(
        required=False,
        help_text="Options of this task over those of its agent, as far as the "
        "backend lets tasks have some.",
    )  # fmt: skip
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


class _Freedom(StrictSerializer):
    """What the agent may use and do by itself, and what a person is to see first."""

    run_cost_limit = _cost("of one run, its tries together")
    run_tokens_limit = _count("In and out together, of one run")
    run_tool_calls_limit = _count("Of one run")
    day_cost_limit = _cost("of a day")
    month_cost_limit = _cost("of a month")
    include_memory = serializers.BooleanField(
        required=False, help_text="The agent is shown what it remembers, and may write it anew."
    )  # fmt: skip
    memory_scope = serializers.ChoiceField(
        ScheduledTask.MemoryScope.choices, required=False,
        help_text="Whose memory its runs write.",
    )  # fmt: skip
    needs_approval = serializers.BooleanField(
        required=False, help_text="Nobody is told of an output before a person has approved it."
    )  # fmt: skip
    approval_seconds = _limited(
        "approval_seconds", allow_null=True,
        help_text="How long an output waits for that; null: until somebody decides.",
    )  # fmt: skip
    approval_expiry = serializers.ChoiceField(
        ScheduledTask.OnExpiry.choices, required=False, help_text="What comes then."
    )
    may_schedule = serializers.BooleanField(
        required=False, help_text="Its agent may make schedules in the runs of this task."
    )  # fmt: skip


class TaskSerializer(_Head, ScheduleSerializer, _Freedom):
    """A task. On create `id` may be left out; then one is made from the name."""

    overlap = serializers.ChoiceField(ScheduledTask.Overlap.choices, required=False)
    catch_up = serializers.ChoiceField(ScheduledTask.CatchUp.choices, required=False)
    catch_up_window_seconds = _limited("catch_up_window_seconds", allow_null=True)
    catch_up_cap = _limited("catch_up_cap")
    catch_up_spread_seconds = _limited("catch_up_spread_seconds")
    grace_seconds = _limited("grace_seconds", allow_null=True)
    expected_seconds = _limited("expected_seconds", allow_null=True)
    pause_after_failures = _limited("pause_after_failures", allow_null=True)
    deadline_seconds = _limited("deadline_seconds")
    max_attempts = _limited("max_attempts")
    parents = ParentSerializer(
        source="dependencies",
        many=True,
        required=False,
        help_text="The tasks that it runs after.",
    )
    tags = TagsField(default=list, help_text="Made when they are first used.")
    webhooks = WebhookSerializer(many=True, required=False)
    shared_webhooks = SharedWebhooksField(
        required=False, help_text="Ids of the address book; only staff add some."
    )  # fmt: skip
    alert_webhook = serializers.IntegerField(
        source="alert_webhook_id", required=False, allow_null=True, min_value=1, max_value=MOST,
        help_text="Which one of the address book is told of its incidents; only staff choose it.",
    )  # fmt: skip
    alert_after_failures = _limited("alert_after_failures")

    event_triggers = EventTriggerSerializer(many=True, read_only=True)
    version = serializers.IntegerField(read_only=True)
    paused_at = serializers.DateTimeField(read_only=True, allow_null=True)
    paused_by = serializers.CharField(
        source="paused_by.username", read_only=True, default=None, allow_null=True
    )
    pause_note = serializers.CharField(read_only=True)
    resume_at = serializers.DateTimeField(read_only=True, allow_null=True)
    next_run_at = serializers.DateTimeField(read_only=True, allow_null=True)
    next_run_local = serializers.SerializerMethodField()
    schedule_in_words = serializers.SerializerMethodField()
    schedule_error = serializers.CharField(read_only=True)
    last_run_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_status = serializers.CharField(read_only=True)
    scheduled_runs = serializers.IntegerField(read_only=True)
    late_since = serializers.DateTimeField(read_only=True, allow_null=True)
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
                f"{value!r} is for staff only, as all with the backend {agent.backend!r}. "
                "Choose another agent."
            )
        return value

    def validate_agent_options(self, value: Any) -> Any:
        task, staff = self.instance, self.context["request"].user.is_staff
        if task is None or staff or value == task.agent_options:
            return value
        if is_staff_only(task.agent.backend):
            raise serializers.ValidationError(
                f"Only staff say what an agent with the backend {task.agent.backend!r} is given."
            )
        return value

    def validate_memory_scope(self, value: str) -> str:
        kept = self.instance is not None and value == self.instance.memory_scope
        staff = self.context["request"].user.is_staff
        if value == ScheduledTask.MemoryScope.AGENT and not kept and not staff:
            raise serializers.ValidationError(
                "Only staff let a task write the memory that all tasks of its agent share; "
                "choose 'task'."
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
