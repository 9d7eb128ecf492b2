"""The RQ scheduler's `tasks.yaml` (CONTRACTS A1): functions by cron lines and lenient intervals.

A cron line is read in UTC, where its workers run, unless the loader names a zone. An interval
begins at once there, and here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from scheduling.agents.child.permits import function_refusal
from scheduling.interop import rq_schedule
from scheduling.interop.formats.base import Context, Document, Entry, Format, Reading
from scheduling.interop.formats.foreign import (
    cron_line,
    kept_entry,
    ref_of,
    refuse,
    refuse_other_zone,
    refuse_unsaid,
    same,
    say_cron,
)
from scheduling.interop.formats.markers import kind_of
from scheduling.interop.formats.reading import Item, Reader, entries, kept, shown
from scheduling.models import ScheduledTask

_AGENT_NAMES = ("agent_name", "agent")


class RqFormat(Format):
    """`tasks: [{name, schedule, function, type, description, enabled, args, kwargs}]`."""

    name = "rq"
    label = "RQ tasks.yaml"

    def recognises(self, document: object) -> bool:
        """See `Format.recognises`."""
        return kind_of(document) == self.name

    def read(self, document: Document, context: Context) -> Reading:
        """See `Format.read`."""
        reader = Reader(document)
        agents: dict[str, Entry] = {}
        for item in entries(reader, document.value, "tasks"):
            _read_task(
                item, _agent_name(document.value, item, context), context, agents
            )
        if not context.staff and agents:
            reader.fault("", "only staff give tasks to functions.")
        return reader.reading(agents=list(agents.values()))

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """See `Format.write`. Each agent's tasks are a document, as it has a file of its own."""
        documents: dict[str, list[dict[str, Any]]] = {}
        for task in tasks:
            agent, _, _name = ref_of(task, self.name).partition(":")
            documents.setdefault(agent or task.agent_id, []).append(_written(task))
        found = [{"agent": agent, "tasks": rows} for agent, rows in documents.items()]
        return yaml.safe_dump_all(found, sort_keys=False, allow_unicode=True, width=100)


def _agent_name(document: Any, item: Item, context: Context) -> str:
    """Of the task, else of its file, else the name that the loader gives."""
    top = document if isinstance(document, dict) else {}
    file = next((top[name] for name in _AGENT_NAMES if isinstance(top.get(name), str)), "")  # fmt: skip
    return item.text(*_AGENT_NAMES) or file or context.name or "tasks"


def _read_task(
    item: Item, agent: str, context: Context, agents: dict[str, Entry]
) -> None:
    name = item.text("name", needed="a task needs a name.").strip()
    fields: dict[str, Any] = {
        "name": name,
        "active": item.flag("enabled", default=True),
        "input_message": item.text("description").strip() or name,
        **_timing(item, context),
        **_function(item, agents),
    }
    item.leave_out_others()
    document = kept(item, timezone=fields["timezone"])
    item.reader.add(item, f"{agent}:{name}", fields, document=document, group=agent)


def _timing(item: Item, context: Context) -> dict[str, Any]:
    zone = item.zone(context.timezone, rq_schedule.ZONE)
    kind = item.choice("type", rq_schedule.TYPES, rq_schedule.CRON)
    schedule = item.text("schedule", needed="a task needs a schedule: '0 7 * * 1-5', or '15 minutes' with type: interval.")  # fmt: skip
    if not schedule.strip():
        return {"timezone": zone}
    try:
        columns = rq_schedule.parse(schedule, kind)
    except ValueError as error:
        hint = "" if kind == rq_schedule.INTERVAL or not rq_schedule.is_interval(schedule) else "; an interval needs type: interval"  # fmt: skip
        item.fault("schedule", f"{getattr(error, 'at_the_field', error)}{hint}")
        return {"timezone": zone}
    if kind == rq_schedule.CRON:
        item.remark(
            "schedule", f"`{schedule.strip()}` is read in the time zone {zone}."
        )
        say_cron(item, "schedule", schedule, columns)
    elif rest := rq_schedule.unread(schedule):
        words, _ = rq_schedule.words(ScheduledTask(**columns))
        item.remark("schedule", f"`{schedule}` read as every {words}: {shown(rest)} does not count there either.")  # fmt: skip
    return {**columns, "timezone": zone}


def _function(item: Item, agents: dict[str, Entry]) -> dict[str, Any]:
    """The agent that calls the function, and what it is called with."""
    args, kwargs = _args(item), item.mapping("kwargs")
    path = item.text("function", needed="a task needs a function: module.path:callable.").strip()  # fmt: skip
    if not path:
        return {}
    refusal = _refusal(path)
    if refusal:
        item.fault("function", refusal)
        return {}
    key = rq_schedule.agent_id(path)
    agents.setdefault(path, _agent(item, key, path))
    return {"agent_id": key, "agent_options": {"args": args, "kwargs": kwargs}}


def _refusal(path: str) -> str:
    """Why an agent may not call this, "" when it may."""
    if ":" not in path:
        return f"{shown(path)}: expected module.path:callable."
    return function_refusal(path).removeprefix("function: ")


def _agent(item: Item, key: str, path: str) -> Entry:
    fields = {"id": key, "name": path, "backend": "function", "options": {"function": path}}  # fmt: skip
    where = item.at("function")
    line = item.reader.line_of(where)
    return Entry(key=key, path=where, fields=fields, line=line, only_if_missing=True)


def _args(item: Item) -> list[Any]:
    args = item.get("args")
    if args is None or isinstance(args, list):
        return list(args or [])
    if isinstance(args, dict):
        item.remark("args", "names with values stand for the values in their order, as there.")  # fmt: skip
        return list(args.values())
    item.remark("args", f"{shown(args)} is the only argument, as there.")
    return [args]


def _written(task: ScheduledTask) -> dict[str, Any]:
    options = {**task.agent.options, **task.agent_options}
    if task.agent.backend != "function":
        raise refuse(task, f"its agent {task.agent_id} is of the backend {task.agent.backend}, and RQ tasks call functions.")  # fmt: skip
    if ":" not in options.get("function", ""):
        raise refuse(task, "RQ calls functions by module.path:callable, not by a registered name.")  # fmt: skip
    entry, read_as = kept_entry(task, RqFormat.name)
    refuse_unsaid(task, "the RQ scheduler")
    refuse_other_zone(task, read_as, "the RQ scheduler")
    schedule, kind = _words(task, entry)
    changed: dict[str, Any] = {
        "name": task.name,
        "type": kind,
        "schedule": schedule,
        "function": options["function"],
        "enabled": task.active,
        "args": _spelled(entry, options.get("args") or []),
        "kwargs": options.get("kwargs") or {},
    }
    if task.input_message != task.name:
        changed["description"] = task.input_message
    entry.pop("description", None)
    return {**entry, **changed}


def _spelled(entry: dict[str, Any], args: list[Any]) -> Any:
    """The arguments as they were written, while they are still those."""
    written = entry.get("args")
    if isinstance(written, dict) and list(written.values()) == args:
        return written
    return written if written == args or [written] == args else args


def _words(task: ScheduledTask, entry: dict[str, Any]) -> tuple[str, str]:
    """The schedule as it was written, while it is still that one."""
    written, kind = str(entry.get("schedule") or ""), str(entry.get("type") or "cron")
    try:
        if written and same(task, rq_schedule.parse(written, kind)):
            return written, kind
    except ValueError:
        pass  # of another version of the file
    if task.schedule_type == "interval":
        return rq_schedule.words(task)
    return cron_line(task, "the RQ scheduler", last_day=True), rq_schedule.CRON
