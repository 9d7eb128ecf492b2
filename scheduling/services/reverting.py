"""Setting a task or an agent back to what a version of it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scheduling.agents import is_staff_only
from scheduling.credentials import carried_elsewhere
from scheduling.models import Agent, Calendar, ScheduledTask, TaskWebhook, Version
from scheduling.services.agents import update_agent
from scheduling.services.comparing import readable
from scheduling.services.people import User
from scheduling.services.saving import Pause
from scheduling.services.shared_webhooks import address_book
from scheduling.services.tasks import update_task
from scheduling.services.version_data import agent_data, columns
from scheduling.services.versions import REVERTED

Data = Mapping[str, Any]


def revert_task(task: ScheduledTask, version: Version, *, user: User) -> ScheduledTask:
    """Set everything that people own of `task` back to `version`, which makes a new version.

    Raises `ValidationError` by field for what cannot be as it was (an agent, a calendar, an
    owner or a parent that is gone, what this user may not give), `Conflict` for a version that
    no key reads. Nothing is half-written.
    """
    data = readable(version)
    if errors := _gone(data) or _not_for(user, task, data):
        raise ValidationError(errors)
    fields = _fields(ScheduledTask, data)
    note = fields.pop("pause_note", "")
    return update_task(
        task,
        fields=fields,
        webhooks=_entries(task, data),
        tags=data["tags"],
        parents=data["parents"],
        shared_webhooks=data.get("shared_webhooks"),
        event_triggers=data.get("event_triggers"),
        user=user,
        pause=None if data["active"] else Pause(note=note),
        note=REVERTED % {"number": version.number},
    )


def revert_agent(agent: Agent, version: Version, *, user: User) -> Agent:
    """Set `agent` back to `version`, which makes a new version. Its credentials stay.

    Raises `ValidationError` when they would go where they were not given for.
    """
    data = readable(version)
    fields = _fields(Agent, data)
    now, before = agent_data(agent.pk)[1], (agent.backend, agent.options)
    kept = [
        name
        for name, mark in now["credentials"].items()
        if data["credentials"].get(name) != mark  # the same one went there then
    ]
    after = (fields["backend"], fields["options"])
    if message := carried_elsewhere(before, after, kept):
        raise ValidationError({"credentials": message})
    note = REVERTED % {"number": version.number}
    return update_agent(agent, fields=fields, user=user, note=note)


def _fields(model: Any, data: Data) -> dict[str, Any]:
    """The columns of `data` as Python; those that an upgrade took away are left out."""
    fields = {}
    for name, field in columns(model).items():
        if name in data:
            target = getattr(field, "target_field", field)
            fields[field.attname] = target.to_python(data[name])
    return fields


def _entries(task: ScheduledTask, data: Data) -> list[dict[str, Any]]:
    """The webhooks as `check_webhooks` takes them; one that was deleted is made anew."""
    there = set(TaskWebhook.objects.filter(task=task).values_list("pk", flat=True))
    return [
        {name: value for name, value in entry.items() if name != "id" or value in there}
        for entry in data["webhooks"]
    ]


def _gone(data: Data) -> dict[str, str]:
    """What the version names and is not there any more, by field."""
    named = {
        "agent": (Agent, data["agent"], _("The agent %(id)r is not there any more.")),
        "calendar": (
            Calendar, data.get("calendar"), _("The calendar %(id)r is not there any more."),
        ),
        "owner": (
            get_user_model(), data.get("owner"), _("Its owner of then (%(id)r) is not there any more."),
        ),
    }  # fmt: skip
    errors = {
        field: text % {"id": key}
        for field, (model, key, text) in named.items()
        if key is not None and not model._default_manager.filter(pk=key).exists()  # type: ignore[attr-defined] # noqa: SLF001
    }
    errors |= _gone_from_the_book(data)
    parents = {each["task_id"] for each in data["parents"]}
    there = ScheduledTask.objects.filter(pk__in=parents).values_list("pk", flat=True)
    if lost := sorted(parents - set(there)):
        text = _("Not there any more: %(names)s.")
        errors["parents"] = text % {"names": ", ".join(lost)}
    return errors


def _gone_from_the_book(data: Data) -> dict[str, str]:
    channel = data.get("alert_webhook")
    named = {
        "alert_webhook": [] if channel is None else [channel],
        "shared_webhooks": data.get("shared_webhooks") or [],
    }
    asked = {key for keys in named.values() for key in keys}
    there = set(address_book().filter(pk__in=asked).values_list("pk", flat=True))
    text = _("Not in the address book any more: %(ids)s.")
    return {
        field: text % {"ids": ", ".join(map(str, lost))}
        for field, keys in named.items()
        if (lost := sorted({*keys} - there))
    }


def _not_for(user: User, task: ScheduledTask, data: Data) -> dict[str, str]:
    """What only staff may give to a task, where `user` is none: the rules of the API."""
    if user is None or getattr(user, "is_staff", False):
        return {}
    errors = {}
    staff_only = _("Only staff may set this back to what it was.")
    backend = Agent.objects.get(pk=data["agent"]).backend
    if is_staff_only(backend):
        if data["agent"] != task.agent_id:
            errors["agent"] = staff_only
        if data.get("agent_options", {}) != task.agent_options:
            errors["agent_options"] = staff_only
    shared = ScheduledTask.MemoryScope.AGENT
    if data.get("memory_scope") == shared != task.memory_scope:
        errors["memory_scope"] = staff_only
    if data["target_user_id"] not in ("", task.target_user_id, str(user.pk)):
        errors["target_user_id"] = staff_only
    if data["owner"] != task.owner_id:
        errors["owner"] = staff_only
    return errors
