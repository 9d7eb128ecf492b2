"""A run as JSON, short for lists and whole by itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left, Length
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications.api.results import NotificationResultSerializer, results_of
from scheduling.api.permissions import owns
from scheduling.approvals import UNAPPROVED
from scheduling.comparison import not_told
from scheduling.cycle_view import cycle_of
from scheduling.memory_text import without_memory
from scheduling.models import Approval, Run, ScheduledTask
from scheduling.selectors import runs_visible_to

LIST_OUTPUT_CHARS = 10_000
"""More of an output than this only the run by itself shows."""
_FIELDS = [
    "id", "run_id", "task_id", "task_name", "agent_id", "user_id", "status", "trigger",
    "attempt", "max_attempts", "scheduled_for", "slots", "created_at", "started_at",
    "finished_at", "duration_ms", "output", "output_type", "output_truncated", "error",
    "failure_reason", "skip_reason", "note", "usage", "cost", "rerun_of", "root_id", "waits_for",
    "approval", "caught_up", "notification_results",
]  # fmt: skip
_LONG_COLUMNS = (
    "output", "output_data", "system_prompt", "input_message", "metadata", "error_trace",
    "event",
)  # fmt: skip


_WITHHELD: dict[str, Any] = {"output": "", "output_data": None, "metadata": {}}
"""Of an output that nobody has approved, for those who are only to be told of it."""


class UsageSerializer(serializers.Serializer[Any]):
    """What a run took."""

    model = serializers.CharField()
    requests = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    tool_calls = serializers.IntegerField()


class CycleParentSerializer(serializers.Serializer[Any]):
    """A task that another comes after, and on which condition."""

    task_id = serializers.CharField(source="run.task_ref")
    when = serializers.CharField()


class CycleMemberSerializer(serializers.Serializer[Any]):
    """The run of one task in a cycle: the last one, if it ran several times."""

    run_id = serializers.UUIDField(source="run.id")
    task_id = serializers.CharField(source="run.task_ref")
    status = serializers.CharField(source="run.status")
    waits_for = serializers.CharField(source="run.waits_for")
    skip_reason = serializers.CharField(source="run.skip_reason")
    parents = CycleParentSerializer(many=True)


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run. In lists `output` is its beginning; `output_truncated` says so."""

    run_id = serializers.UUIDField(source="id", read_only=True)
    task_id = serializers.CharField(source="task_ref", read_only=True)
    agent_id = serializers.CharField(allow_null=True, read_only=True)
    rerun_of = serializers.UUIDField(
        source="rerun_of_id", allow_null=True, read_only=True
    )
    root_id = serializers.UUIDField(allow_null=True, read_only=True)
    waits_for = serializers.CharField(read_only=True)
    approval = serializers.CharField(
        read_only=True,
        help_text="`waiting`, `approved`, `rejected`; empty: not asked for.",
    )
    duration_ms = serializers.SerializerMethodField()
    output = serializers.SerializerMethodField()
    output_truncated = serializers.SerializerMethodField()
    usage = UsageSerializer(source="*", read_only=True)
    notification_results = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = _FIELDS
        read_only_fields = _FIELDS

    def get_duration_ms(self, run: Run) -> int | None:
        return (
            None if run.duration is None else round(run.duration.total_seconds() * 1000)
        )

    def get_output(self, run: Run) -> str:
        head: str = getattr(run, "output_head", None) or ""
        return head if hasattr(run, "output_head") else run.output

    def get_output_truncated(self, run: Run) -> bool:
        return bool(
            run.output_truncated or getattr(run, "output_chars", 0) > LIST_OUTPUT_CHARS
        )

    def to_representation(self, instance: Run) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.id in self.context["withheld"]:
            shown |= {key: _WITHHELD[key] for key in _WITHHELD if key in shown}
        return shown

    @extend_schema_field(NotificationResultSerializer(many=True))
    def get_notification_results(self, run: Run) -> Any:
        results = self.context["results"].get(run.id, [])
        return NotificationResultSerializer(results, many=True).data


class NotToldSerializer(serializers.Serializer[Any]):
    """A webhook whose rule refused the result: `why` is status, streak, silent, condition or unchanged."""

    webhook_id = serializers.IntegerField()
    name = serializers.CharField()
    why = serializers.CharField()
    reason = serializers.CharField()


class ApprovalRecordSerializer(serializers.ModelSerializer[Approval]):
    """What was decided about an output; `original_output` as the agent gave it."""

    decided_by = serializers.CharField(
        source="decided_by.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Approval
        fields = [
            "asked_at", "expires_at", "on_expiry", "decided_at", "decided_by", "note",
            "was_edited", "original_output", "original_data",
        ]  # fmt: skip
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A whole run, with the exact prompt that the agent got."""

    # Plain, as everywhere that a set of choices comes up again: OpenAPI's enum of it would
    # otherwise need a name by hand.
    status = serializers.CharField(read_only=True)
    trigger = serializers.CharField(read_only=True)
    failure_reason = serializers.CharField(read_only=True)
    skip_reason = serializers.CharField(read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.username", default=None, allow_null=True, read_only=True
    )

    backfill_id = serializers.UUIDField(allow_null=True, read_only=True)
    cycle = serializers.SerializerMethodField()
    approval_record = serializers.SerializerMethodField()
    not_told = serializers.SerializerMethodField()

    @extend_schema_field(ApprovalRecordSerializer(allow_null=True))
    def get_approval_record(self, run: Run) -> Any:
        """For the owner of its task and staff alone; null when no approval was asked for."""
        if not run.approval or not owns(self.context["user"], run.task):
            return None
        rows = Approval.objects.select_related("decided_by")
        return ApprovalRecordSerializer(rows.get(run=run)).data

    @extend_schema_field(NotToldSerializer(many=True))
    def get_not_told(self, run: Run) -> Any:
        """The webhooks whose rule refused it; for the owner of its task and staff alone."""
        if not owns(self.context["user"], run.task):
            return []
        return NotToldSerializer(not_told(run), many=True).data

    @extend_schema_field(CycleMemberSerializer(many=True))
    def get_cycle(self, run: Run) -> Any:
        """The runs of its cycle that the reader may see, in their order."""
        cycle = cycle_of(run, among=runs_visible_to(self.context["user"]))
        members = cycle.members if cycle else []
        return CycleMemberSerializer(members, many=True).data

    def to_representation(self, instance: Run) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not owns(self.context["user"], instance.task):
            # The owner's and staff's alone, as what it remembers is.
            message = without_memory(instance.input_message)
            shown |= {"system_prompt": "", "worker": "", "input_message": message}
        return shown

    class Meta(RunSerializer.Meta):
        fields = [
            *_FIELDS, "system_prompt", "input_message", "output_data", "metadata",
            "deadline_seconds", "next_attempt_at", "cancel_requested_at", "last_slot",
            "worker", "requested_by", "backfill_id", "task_version", "agent_version", "late_at", "session_id",
            "cycle", "approval_record", "not_told", "event", "hops",
        ]  # fmt: skip
        read_only_fields = fields


def in_short(rows: QuerySet[Run]) -> QuerySet[Run]:
    """Return `rows` without their long columns, and of the output the beginning."""
    return rows.defer(*_LONG_COLUMNS).annotate(
        output_head=Left("output", LIST_OUTPUT_CHARS), output_chars=Length("output")
    )


def show_run(run: Run, *, user: Any) -> dict[str, Any]:
    """Return a whole run as JSON, as `user` may see it."""
    withheld = _withheld([run], user)
    context = {"results": results_of([run.id]), "user": user, "withheld": withheld}
    return dict(RunDetailSerializer(run, context=context).data)


def show_runs(runs: Sequence[Run], *, user: Any) -> list[dict[str, Any]]:
    """Return runs as JSON for a list, as `user` may see them.

    One query more, however many they are; two for who is no staff and sees unapproved ones.
    """
    ids: list[uuid.UUID] = [run.id for run in runs]
    context = {"results": results_of(ids), "withheld": _withheld(runs, user)}
    return list(RunSerializer(runs, many=True, context=context).data)


def _withheld(runs: Sequence[Run], user: Any) -> set[uuid.UUID]:
    """The runs whose outputs `user` is only to see when they are approved."""
    asked = [run for run in runs if run.approval in UNAPPROVED]
    if not asked or user.is_staff:
        return set()
    tasks = ScheduledTask.objects.filter(id__in={run.task_id for run in asked})
    owned = set(tasks.filter(owner_id=user.pk).values_list("id", flat=True))
    return {run.id for run in asked if run.task_id not in owned}
