"""APFlow's task dicts (CONTRACTS A2): six schedule types in UTC, trees by parent and dependency.

A child without a schedule runs after what it depends on, else after its parent. An interval is
counted from the end of a run there; here it has fixed points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scheduling.interop import apflow_schedule
from scheduling.interop.cron_lines import named_days
from scheduling.interop.formats.base import Context, Document, Format, Reading
from scheduling.interop.formats.foreign import (
    agent_of,
    kept_entry,
    moment,
    own_id,
    refuse,
    refuse_other_zone,
    refuse_unsaid,
    rest_if_over,
    same,
    say_cron,
)
from scheduling.interop.formats.markers import kind_of
from scheduling.interop.formats.reading import Item, Reader, entries, kept, shown
from scheduling.models import ScheduledTask
from scheduling.models.timing import MAX_RUNS

_SPOKEN = ("prompt", "message", "text", "input_message")
_HISTORY = (
    "status", "result", "error", "progress", "created_at", "updated_at", "started_at", "completed_at",
    "next_run_at", "last_run_at", "has_children", "token_usage", "original_task_id", "task_tree_id",
    "origin_type",
)  # fmt: skip
_MOST_DEPTH = 50


class ApflowFormat(Format):
    """One task dict, a list of them, or `{"tasks": […]}`; trees nested or by `parent_id`."""

    name = "apflow"
    label = "APFlow"

    def recognises(self, document: object) -> bool:
        """See `Format.recognises`."""
        return kind_of(document) == self.name

    def read(self, document: Document, context: Context) -> Reading:
        """See `Format.read`."""
        reader = Reader(document)
        for root in entries(reader, document.value, "tasks", "items"):
            for item, parent in _with_children(root, "", 0):
                _read_task(item, parent, context)
        return reader.reading()

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """See `Format.write`."""
        written = [_written(task) for task in tasks]
        found = written[0] if len(written) == 1 else written
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _with_children(item: Item, parent: str, depth: int) -> Iterator[tuple[Item, str]]:
    """The item and, nested in it, its children, each with the id of its parent."""
    children = item.get("children") or []
    yield item, parent
    if not isinstance(children, list) or depth > _MOST_DEPTH:
        item.fault("children", f"{shown(children)}: expected a list, at most {_MOST_DEPTH} deep.")  # fmt: skip
        return
    for number, child in enumerate(children):
        path = item.at(f"children[{number}]")
        if isinstance(child, Mapping):
            own = str(item.value.get("id") or "")
            yield from _with_children(Item(item.reader, path, child), own, depth + 1)
        else:
            item.reader.fault(path, f"{shown(child)}: expected names with values.")


def _read_task(item: Item, nested_in: str, context: Context) -> None:
    name = item.text("name", needed="a task needs a name.").strip()
    ref = item.text("id").strip()
    asked = _executor(item)
    parents = _parents(item, nested_in)
    agent = agent_of(item, "schemas", asked, context)
    fields: dict[str, Any] = {
        **(own_id(item, "id", ref) if ref else {}),
        "name": name,
        "agent_id": agent,
        "target_user_id": item.text("user_id"),
        "input_message": _prompt(item) or name,
        **_timing(item, context, is_child=bool(parents)),
    }
    item.ignore(_HISTORY, "what has been stays there.")
    item.leave_out_others()
    document = kept(item, agent_id=agent, timezone=fields["timezone"])
    document.pop("children", None)  # they are entries of their own
    document |= {"parent_id": nested_in} if nested_in else {}
    item.reader.add(item, ref or name, fields, parents=parents, document=document)


def _executor(item: Item) -> str:
    """The executor that does it: `schemas.method`, `params.executor_id` or `executor`."""
    schemas, params = item.mapping("schemas"), item.mapping("params")
    asked = schemas.get("method") or params.get("executor_id") or item.text("executor")
    return asked if isinstance(asked, str) else ""


def _prompt(item: Item) -> str:
    """The inputs as a prompt: the text when they are one text, else all of them as JSON."""
    inputs = item.mapping("inputs")
    if len(inputs) == 1 and (name := next(iter(inputs))) in _SPOKEN:
        value = inputs[name]
        if isinstance(value, str):
            return value
    return _as_json(inputs) if inputs else ""


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)


def _parents(item: Item, nested_in: str) -> list[dict[str, str]]:
    listed = item.get("dependencies") or []
    if not isinstance(listed, list):
        item.fault("dependencies", f"{shown(listed)}: expected a list of tasks.")
        return []
    found: dict[str, str] = {}
    for number, each in enumerate(listed):
        ref, needed = (each.get("id"), each.get("required", True)) if isinstance(each, Mapping) else (each, True)  # fmt: skip
        if not isinstance(ref, str) or not ref:
            item.fault(f"dependencies[{number}]", f"{shown(each)} names no task.")
        else:
            found[ref] = "succeeded" if needed else "finished"
    parent = item.text("parent_id") or nested_in
    if parent and not found:
        item.remark("parent_id" if item.value.get("parent_id") else "id", f"runs after its parent {parent}, when that succeeded.")  # fmt: skip
        found[parent] = "succeeded"
    return [{"task_id": ref, "when": when} for ref, when in found.items()]


def _timing(item: Item, context: Context, *, is_child: bool) -> dict[str, Any]:
    zone = item.zone(context.timezone, apflow_schedule.ZONE)
    kind, expression = item.text("schedule_type"), item.text("schedule_expression")
    bounds = _bounds(item)
    fields: dict[str, Any] = {"timezone": zone, **bounds}
    if not kind and not expression:
        item.get("schedule_enabled")
        if not is_child:
            item.remark("schedule_type", "has no schedule: it is run by hand.")
        return {**fields, "schedule_type": "none", "active": True}
    try:
        fields |= apflow_schedule.parse(kind, expression)
    except ValueError as error:
        item.fault("schedule_expression" if kind in apflow_schedule.TYPES else "schedule_type", str(error))  # fmt: skip
        return fields
    _say(item, kind, expression, fields)
    fields["active"] = item.flag("schedule_enabled", default=False)
    if "schedule_enabled" not in item.value:
        item.remark("schedule_type", "schedule_enabled is not given, which is false there: it comes paused.")  # fmt: skip
    if _is_used_up(item):
        fields["active"] = False
    rest_if_over(item, "schedule_expression" if kind == "once" else "schedule_end_at", fields)  # fmt: skip
    return fields


def _say(item: Item, kind: str, expression: str, fields: Mapping[str, Any]) -> None:
    where = "schedule_expression"
    if kind == "once" and apflow_schedule.is_naive(expression):
        item.remark(where, f"`{expression.strip()}` has no offset: read as UTC.")
    elif kind == "interval":
        item.remark(where, f"every {expression.strip()} seconds from a fixed beginning; there the end of each run was the beginning of the next wait.")  # fmt: skip
    elif kind == "weekly":
        days = named_days(fields["weekdays"])
        item.remark(where, f"`{expression.strip()}` read as {days} at {fields['schedule_time']}, in the time zone {fields['timezone']}.")  # fmt: skip
    elif kind != "once":
        item.remark(where, f"`{expression.strip()}` is read in the time zone {fields['timezone']}.")  # fmt: skip
    say_cron(item, where, expression, fields)


def _bounds(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in (("schedule_start_at", "start_at"), ("schedule_end_at", "end_at")):  # fmt: skip
        if at := moment(item, name):
            found[column] = at.isoformat()
    most = item.number("max_runs", least=1, most=MAX_RUNS)
    done = item.number("run_count", least=0, most=10**12) or 0
    if most is not None:
        found["max_runs"] = most - done if done < most else most
        if 0 < done < most:
            item.remark("max_runs", f"{done} of {most} runs are done: {most - done} are left.")  # fmt: skip
    return found


def _is_used_up(item: Item) -> bool:
    most, done = item.value.get("max_runs"), item.value.get("run_count")
    used = isinstance(most, int) and isinstance(done, int) and done >= most
    if used:
        item.remark("run_count", f"all {most} runs are done: it comes paused.")
    return used


def _written(task: ScheduledTask) -> dict[str, Any]:
    entry, read_as = kept_entry(task, ApflowFormat.name)
    refuse_unsaid(task, "APFlow")
    refuse_other_zone(task, read_as, "APFlow")
    entry = {name: value for name, value in entry.items() if name not in _HISTORY}
    done = _done(entry)
    written: dict[str, Any] = {
        **entry,
        "id": entry.get("id") or task.id,
        "name": task.name,
        "user_id": task.target_user_id or None,
        **_executor_of(task, entry, read_as),
        **_dependencies_of(task, entry),
        "inputs": _inputs_of(task, entry),
        **_schedule_of(task, entry),
        "schedule_start_at": _text(task.start_at),
        "schedule_end_at": _text(task.end_at),
        "max_runs": _most(task, entry, done),
        "run_count": done + task.scheduled_runs,
    }
    return {name: value for name, value in written.items() if value is not None}


def _done(entry: Mapping[str, Any]) -> int:
    done = entry.get("run_count")
    return done if isinstance(done, int) else 0


def _most(task: ScheduledTask, entry: Mapping[str, Any], done: int) -> int | None:
    """Its runs at most, those among them that were done before it came here."""
    before = entry.get("max_runs")
    used_up = isinstance(before, int) and done >= before
    return task.max_runs and task.max_runs + (0 if used_up else done)


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _executor_of(task: ScheduledTask, entry: Mapping[str, Any], read_as: Mapping[str, str]) -> dict[str, Any]:  # fmt: skip
    """The executor as it was written, while the agent is the one that it was read for."""
    if read_as.get("agent_id") == task.agent_id:
        return {}
    found: dict[str, Any] = {"schemas": {**(entry.get("schemas") or {}), "method": task.agent_id}}  # fmt: skip
    if "params" in entry:
        found["params"] = {name: value for name, value in entry["params"].items() if name != "executor_id"}  # fmt: skip
    return found


def _dependencies_of(task: ScheduledTask, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What it depends on, unless that is what was written."""
    parents = {each.parent_id: each.when for each in task.dependencies.all()}
    written = _parents(Item(Reader(Document(value=entry)), "", entry), "")
    if parents == {each["task_id"]: each["when"] for each in written}:
        return {}
    if "failed" in parents.values():
        raise refuse(task, "APFlow runs nothing after a task that failed.")
    listed = [{"id": ref, "required": when == "succeeded"} for ref, when in parents.items()]  # fmt: skip
    return {"parent_id": None, "dependencies": listed}


def _inputs_of(task: ScheduledTask, entry: Mapping[str, Any]) -> Any:
    """The inputs as they were written, while they make the same prompt."""
    if "inputs" in entry and _as_json(entry["inputs"]) == task.input_message:
        return entry["inputs"]
    for name in _SPOKEN:
        if name in (entry.get("inputs") or {}):
            return {name: task.input_message}
    if task.input_message == task.name:
        return entry.get("inputs")
    return _object_of(task.input_message) or {"prompt": task.input_message}


def _object_of(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _schedule_of(task: ScheduledTask, entry: Mapping[str, Any]) -> dict[str, Any]:
    if task.schedule_type == "none":
        return {"schedule_type": None, "schedule_expression": None, "schedule_enabled": None}  # fmt: skip
    kind, expression = str(entry.get("schedule_type")), str(entry.get("schedule_expression"))  # fmt: skip
    try:
        if not same(task, apflow_schedule.parse(kind, expression)):
            kind, expression = apflow_schedule.words(task)
    except ValueError:
        try:
            kind, expression = apflow_schedule.words(task)
        except ValueError as error:
            raise refuse(task, str(error)) from error
    return {"schedule_type": kind, "schedule_expression": expression, "schedule_enabled": task.active}  # fmt: skip
