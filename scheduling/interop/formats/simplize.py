"""Simplize's task JSON (CONTRACTS A0): the fields of its API, weekdays counted from 0=Sunday."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scheduling.interop.cron_lines import croniter
from scheduling.interop.formats.base import Context, Document, Format, Reading
from scheduling.interop.formats.foreign import (
    agent_of,
    cron_line,
    kept_entry,
    own_id,
    refuse,
    refuse_unsaid,
    say_cron,
)
from scheduling.interop.formats.markers import kind_of
from scheduling.interop.formats.reading import Item, Reader, entries, kept, shown
from scheduling.models import ScheduledTask
from scheduling.schedule import ScheduleError, parse_time

ZONE = "Asia/Ho_Chi_Minh"
_TYPES = ("daily", "weekly", "monthly", "cron")
_LISTS = ("tasks", "results", "items", "data")
_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WEBHOOK = ("name", "url", "format", "headers", "body_template", "chat_id")
_ACTIVE = ("active", "enabled", "is_active")
_CRON = ("cron_expression", "cron")
_HISTORY = ("created_at", "updated_at", "last_run_at", "next_run_at", "last_status", "run_count", "runs")  # fmt: skip


class SimplizeFormat(Format):
    """One task, a list of them, or `{"tasks": […]}`."""

    name = "simplize"
    label = "Simplize"

    def recognises(self, document: object) -> bool:
        """See `Format.recognises`."""
        return kind_of(document) == self.name

    def read(self, document: Document, context: Context) -> Reading:
        """See `Format.read`."""
        reader = Reader(document)
        for item in entries(reader, document.value, *_LISTS):
            _read_task(item, context)
        return reader.reading()

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """See `Format.write`."""
        written = [_written(task) for task in tasks]
        found = written[0] if len(written) == 1 else written
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _read_task(item: Item, context: Context) -> None:
    name = item.text("name", needed="a task needs a name.").strip()
    ref = item.text("id").strip()
    agent = agent_of(item, "agent_id", item.text("agent_id"), context)
    fields: dict[str, Any] = {
        **(own_id(item, "id", ref) if ref else {}),
        "name": name,
        "active": item.flag(*_ACTIVE, default=True),
        "agent_id": agent,
        "target_user_id": item.text("target_user_id"),
        "input_message": item.text("input_message", needed="a task needs a prompt."),
        "system_prompt_override": item.text("system_prompt_override"),
        **_timing(item, context),
    }
    webhooks = _webhooks(item)
    item.ignore(_HISTORY, "what has been stays there.")
    item.leave_out_others()
    document = kept(item, agent_id=agent, timezone=fields["timezone"])
    item.reader.add(item, ref or name, fields, webhooks=webhooks, document=document)


def _timing(item: Item, context: Context) -> dict[str, Any]:
    said = item.text("timezone")
    zone = item.zone(context.timezone, ZONE, said=said)
    if not said:
        item.remark("timezone", f"not given: its times are read in {zone}.")
    kind = item.choice("schedule_type", _TYPES, "")
    fields: dict[str, Any] = {"schedule_type": kind, "timezone": zone}
    if kind == "cron":
        return fields | _cron(item)
    if not kind:
        if item.value.get("schedule_type") is None:
            item.fault("schedule_type", f"a task needs one: {', '.join(_TYPES)}.")
        return fields
    item.get(*_CRON)  # of another type: there is nothing to carry over
    fields["schedule_time"] = _time(item)
    if kind == "weekly" and (day := _needed(item, "day_of_week", 0, 6)) is not None:
        item.remark("day_of_week", f"{day} read as {_NAMES[day]} (0=Sunday there).")
        fields["weekdays"] = [day or 7]
    if kind == "monthly" and (day := _needed(item, "day_of_month", 1, 31)) is not None:
        fields["month_days"] = [day]
    return fields


def _needed(item: Item, name: str, least: int, most: int) -> int | None:
    number = item.number(name, least=least, most=most)
    if number is None and item.value.get(name) is None:
        item.fault(name, f"a {item.value['schedule_type']} task needs it: {least} to {most}.")  # fmt: skip
    return number


def _time(item: Item) -> str:
    written = item.text("schedule_time", needed="a task needs a time of day, such as 07:00.")  # fmt: skip
    try:
        return parse_time(written).isoformat().removesuffix(":00") if written else ""
    except ScheduleError as error:
        item.fault("schedule_time", error.at_the_field)
        return ""


def _cron(item: Item) -> dict[str, Any]:
    for name in ("schedule_time", "day_of_week", "day_of_month"):
        item.get(name)  # not looked at there either
    name = item.name_of(*_CRON)
    line = item.text(*_CRON, needed="a cron task needs a line of five fields, such as `0 7 * * 1-5`.")  # fmt: skip
    try:
        columns = croniter(line) if line.strip() else {}
    except ScheduleError as error:
        item.fault(name, error.at_the_field)
        return {}
    say_cron(item, name, line, columns)
    return columns


def _webhooks(item: Item) -> list[dict[str, Any]]:
    listed = item.get("webhooks") or []
    if not isinstance(listed, list):
        item.fault("webhooks", f"{shown(listed)}: expected a list.")
        return []
    found = []
    for number, entry in enumerate(listed):
        if not isinstance(entry, dict):
            item.fault(f"webhooks[{number}]", f"{shown(entry)}: expected names with values.")  # fmt: skip
            continue
        webhook = Item(item.reader, item.at(f"webhooks[{number}]"), entry)
        found.append(_webhook(webhook))
        webhook.leave_out_others()
    return found


def _webhook(webhook: Item) -> dict[str, Any]:
    template = webhook.get("body_template")
    if isinstance(template, str):
        template = _json_of(webhook, template)
    given: dict[str, Any] = {
        "name": webhook.text("name"),
        "url": webhook.text("url"),
        "format": webhook.text("format") or "raw",
        "headers": webhook.mapping("headers"),
        "body_template": template,
        "chat_id": webhook.text("chat_id"),
    }
    return {name: value for name, value in given.items() if value}


def _json_of(webhook: Item, text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        webhook.fault("body_template", f"{shown(text)} is no JSON object.")
        return None


def _written(task: ScheduledTask) -> dict[str, Any]:
    entry, read_as = kept_entry(task, SimplizeFormat.name)
    refuse_unsaid(task, "Simplize")
    kept_fields = {name: value for name, value in entry.items() if name not in _OWN}
    agent = task.agent_id
    if read_as.get("agent_id") == agent:  # it has another name there
        agent = str(entry.get("agent_id") or agent)
    ids = {"id": entry.get("id") or task.id} if "id" in entry or not entry else {}
    return {
        **ids,
        "name": task.name,
        next((name for name in _ACTIVE if name in entry), "active"): task.active,
        "agent_id": agent,
        "target_user_id": task.target_user_id,
        "input_message": task.input_message,
        "system_prompt_override": task.system_prompt_override,
        **_schedule(task),
        "timezone": task.timezone,
        "webhooks": [_webhook_of(webhook) for webhook in task.webhooks.all()],
        **kept_fields,
    }


#: What is written from the task, so that it is not taken from the kept entry.
_OWN = frozenset({
    "id", "name", *_ACTIVE, "agent_id", "target_user_id", "input_message", "system_prompt_override",
    "schedule_type", "schedule_time", "day_of_week", "day_of_month", *_CRON, "timezone", "webhooks", *_HISTORY,
})  # fmt: skip


def _schedule(task: ScheduledTask) -> dict[str, Any]:
    kind, time = task.schedule_type, task.schedule_time
    if time and time.second:
        raise refuse(task, "Simplize knows no seconds.")
    if task.start_at or task.end_at or task.max_runs:
        raise refuse(task, "Simplize knows neither a first nor a last run.")
    if kind == "daily":
        return {"schedule_type": kind, "schedule_time": f"{time:%H:%M}"}
    if kind == "weekly" and len(task.weekdays) == 1:
        return {"schedule_type": kind, "schedule_time": f"{time:%H:%M}", "day_of_week": task.weekdays[0] % 7}  # fmt: skip
    if kind == "monthly" and len(task.month_days) == 1 and task.month_days[0] != "last":
        return {"schedule_type": kind, "schedule_time": f"{time:%H:%M}", "day_of_month": task.month_days[0]}  # fmt: skip
    return {"schedule_type": "cron", "cron_expression": cron_line(task, "Simplize")}


def _webhook_of(webhook: Any) -> dict[str, Any]:
    given = {name: getattr(webhook, name) for name in _WEBHOOK}
    return {name: value for name, value in given.items() if value}
