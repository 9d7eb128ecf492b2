"""Rows for tests: valid, and as small as can be."""

from __future__ import annotations

import uuid
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from notifications.models import Delivery, Incident, Webhook
from scheduling.models import (
    Agent,
    AgentAct,
    Approval,
    Backfill,
    Blackout,
    Event,
    ImportedTask,
    Memory,
    Run,
    ScheduledTask,
    TaskWebhook,
)


def make_agent(**fields: Any) -> Agent:
    fields = {"id": "echo", "name": "Echo", "backend": "echo"} | fields
    agent: Agent = Agent.objects.get_or_create(id=fields.pop("id"), defaults=fields)[0]
    return agent


def make_task(**fields: Any) -> ScheduledTask:
    """An active task, daily at 07:00 in Ho Chi Minh, written without the services."""
    if "agent" not in fields and "agent_id" not in fields:
        fields["agent"] = make_agent()
    fields = {
        "id": f"task-{uuid.uuid4().hex[:8]}",
        "name": "Morning report",
        "input_message": "Report.",
        "schedule_type": "daily",
        "schedule_time": "07:00",
    } | fields
    if due := fields.get("next_run_at"):
        fields = {"next_slot": due, "due_at": due} | fields
    task: ScheduledTask = ScheduledTask.objects.create(**fields)
    task.refresh_from_db()
    return task


def make_webhook(task: ScheduledTask, **fields: Any) -> TaskWebhook:
    fields = {
        "name": "hook",
        "url": "https://example.com/hook",
        "format": "raw",
    } | fields
    webhook: TaskWebhook = TaskWebhook.objects.create(task=task, **fields)
    return webhook


def make_run(task: ScheduledTask | None = None, **fields: Any) -> Run:
    """A queued manual run; give `status` and what belongs to it for another."""
    task = task or make_task()
    fields = {
        "task": task,
        "task_ref": task.id,
        "task_name": task.name,
        "agent_id": task.agent_id,
        "user_id": task.target_user_id,
        "trigger": "manual",
        "max_attempts": 3,
    } | fields
    run: Run = Run.objects.create(**fields)
    return run


def make_backfill(task: ScheduledTask, **fields: Any) -> Backfill:
    """A backfill with one slot, whose run is queued."""
    now = timezone.now()
    fields = {"from_at": now, "until_at": now, "made": 1} | fields
    backfill: Backfill = Backfill.objects.create(
        task=task, task_ref=task.id, task_name=task.name, **fields
    )
    make_run(task, trigger="backfill", backfill=backfill, scheduled_for=now)
    return backfill


def make_blackout(**fields: Any) -> Blackout:
    """A window that is on, without an end."""
    made: Blackout = Blackout.objects.create(**({"name": "Tết"} | fields))
    made.refresh_from_db()
    return made


def make_event(task: ScheduledTask | None = None, **fields: Any) -> Event:
    """An event of `task`, or of the whole installation."""
    named = {"task": task, "task_ref": task.id, "task_name": task.name} if task else {}
    kind = "late" if task else "blackout"
    event: Event = Event.objects.create(**({"kind": kind} | named | fields))
    return event


def make_shared_webhook(**fields: Any) -> Webhook:
    """A webhook of the address book."""
    fields = {
        "name": "ops",
        "url": "https://example.com/ops",
        "format": "raw",
    } | fields
    webhook: Webhook = Webhook.objects.create(**fields)
    return webhook


def make_incident(**fields: Any) -> Incident:
    """An open incident of a task whose runs fail."""
    fields = {
        "kind": "failing",
        "key": "task:morning-report",
        "task_id": "morning-report",
        "title": "Morning report fails",
    } | fields
    incident: Incident = Incident.objects.create(**fields)
    return incident


def make_delivery(webhook: Any, **fields: Any) -> Delivery:
    run_id = fields.pop("run_id", None) or uuid.uuid4()
    fields = {
        "run_id": run_id,
        "task_id": "morning-report",
        "webhook": webhook,
        "webhook_name": webhook.name,
        "format": webhook.format,
        "payload": {
            "task_id": "morning-report",
            "task_name": "Morning report",
            "run_id": str(run_id),
            "user_id": "45",
            "output_type": "text",
            "content": "VN-Index +1.2 %",
            "metadata": {"status": "succeeded"},
        },
        "next_attempt_at": timezone.now(),
    } | fields
    delivery: Delivery = Delivery.objects.create(**fields)
    return delivery


def make_user(**fields: Any) -> User:
    fields = {"username": f"user-{uuid.uuid4().hex[:8]}"} | fields
    password = fields.pop("password", "pass-word-123")
    user: User = get_user_model().objects.create_user(password=password, **fields)
    return user


def make_member(group: str, **fields: Any) -> User:
    """Somebody of the staff, in `viewers`, `operators` or `editors`."""
    if not Group.objects.filter(name=group).exists():
        # A test that commits has emptied the tables that the migration had filled.
        editor = SimpleNamespace(connection=connection)
        import_module("scheduling.migrations.0004_groups").create(apps, editor)
        later = import_module("scheduling.migrations.0007_plans_and_groups")
        later.grant(apps, editor)
        for name in ("0009_groups_and_preflight", "0011_groups_and_alerts", "0013_groups_and_keys"):  # fmt: skip
            import_module(f"scheduling.migrations.{name}").grant(apps, editor)
    user = make_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


def make_approval(task: ScheduledTask | None = None, **fields: Any) -> Approval:
    """A run that has succeeded and waits for approval, with the row that says so."""
    of_run = {"output": fields.pop("output", "Draft."), "approval": fields.pop("approval", "waiting")}  # fmt: skip
    now = timezone.now()
    run = make_run(
        task, status="succeeded", attempt=1, started_at=now, finished_at=now, **of_run
    )
    fields = {"run": run, "original_output": run.output} | fields
    approval: Approval = Approval.objects.create(**fields)
    return approval


def make_agent_act(task: ScheduledTask | None = None, **fields: Any) -> AgentAct:
    """An act that was accepted, in the lineage of `task`."""
    ref = task.id if task else "brief"
    fields = {
        "lineage": f"task:{ref}",
        "tool": "schedule_task",
        "action": "create",
        "task_ref": ref,
        "words": "Schedule 'check' created.",
    } | fields
    act: AgentAct = AgentAct.objects.create(**fields)
    return act


def make_imported(task: ScheduledTask, **fields: Any) -> ImportedTask:
    """What `task` is called in the format `rq`, or in another."""
    fields = {
        "format": "rq",
        "ref": f"bot:{task.id}",
        "version": task.version,
        "loaded_at": timezone.now(),
    } | fields
    imported: ImportedTask = ImportedTask.objects.create(task=task, **fields)
    return imported


def make_memory(thing: Agent | ScheduledTask, content: str = "Seen: FPT") -> Memory:
    """What this agent or task remembers, written once."""
    kind = "agent" if isinstance(thing, Agent) else "task"
    fields: dict[str, Any] = {kind: thing}
    memory: Memory = Memory.objects.create(content=content, version=1, **fields)
    memory.versions.create(number=1, content=content)
    return memory
