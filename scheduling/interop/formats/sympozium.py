"""SympoziumSchedule in YAML (CONTRACTS A4): one or many documents, or a `List` of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from scheduling.interop import sympozium_spec as spec_columns
from scheduling.interop.cron_lines import robfig
from scheduling.interop.formats.base import Context, Document, Format, Reading
from scheduling.interop.formats.foreign import (
    agent_of,
    cron_line,
    kept_entry,
    own_id,
    ref_of,
    refuse,
    refuse_unsaid,
    same,
    say_cron,
)
from scheduling.interop.formats.markers import kind_of
from scheduling.interop.formats.reading import Item, Reader, entries, kept, shown
from scheduling.models import ScheduledTask
from scheduling.models.defaults import default_timezone
from scheduling.tools.durations import format_duration

DEFAULT_NAMESPACE = "default"
#: Holds the name that people gave the task here, which no Kubernetes name could be.
TITLE = "backbeat/title"
_SYSTEM = "Sympozium"
_NO_TASK = "a schedule needs a task: the prompt."
_TICKS = {first: tick for tick, first in spec_columns.FIRST_RUNS.items()}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", re.ASCII)
_MAX_NAME = 253


class SympoziumFormat(Format):
    """`kind: SympoziumSchedule`; what its `status` says is not read."""

    name = "sympozium"
    label = "SympoziumSchedule"

    def recognises(self, document: object) -> bool:
        """See `Format.recognises`."""
        return kind_of(document) == self.name

    def read(self, document: Document, context: Context) -> Reading:
        """See `Format.read`."""
        reader = Reader(document)
        for item in entries(reader, document.value, "items"):
            _read_schedule(item, context)
        return reader.reading()

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """See `Format.write`."""
        found = [_written(task) for task in tasks]
        return yaml.safe_dump_all(found, sort_keys=False, allow_unicode=True, width=100)


def _read_schedule(item: Item, context: Context) -> None:
    if item.get("kind") != spec_columns.KIND:
        item.fault("kind", f"{shown(item.get('kind'))}: expected {spec_columns.KIND}.")
        return
    group = item.text("apiVersion").partition("/")[0]
    if group != spec_columns.API_VERSION.partition("/")[0]:
        item.fault("apiVersion", f"{shown(item.get('apiVersion'))}: expected {spec_columns.API_VERSION}.")  # fmt: skip
    name, namespace, title = _names(item)
    fields: dict[str, Any] = {
        **_id(item, name, namespace),
        "name": title,
        "catch_up": "latest",
        "memory_scope": "agent",
        **_spec(item, context),
    }
    item.ignore(["status"], "what has been stays there.")
    item.leave_out_others()
    document = kept(item, agent_id=fields["agent_id"], timezone=fields["timezone"])
    item.reader.add(item, f"{namespace}/{name}", fields, document=document)


def _names(item: Item) -> tuple[str, str, str]:
    """Its name, its namespace and what people call it here."""
    metadata = Item(item.reader, item.at("metadata"), item.mapping("metadata"))
    name = metadata.text("name", needed="a schedule needs a name.")
    namespace = metadata.text("namespace") or DEFAULT_NAMESPACE
    for where, value in (("name", name), ("namespace", namespace)):
        if value and not (_NAME.fullmatch(value) and len(value) <= _MAX_NAME):
            metadata.fault(where, f"{shown(value)}: expected letters a-z, digits, - and .")  # fmt: skip
    title = metadata.mapping("annotations").get(TITLE)
    return name, namespace, title if isinstance(title, str) and title else name


def _id(item: Item, name: str, namespace: str) -> dict[str, str]:
    ref = name if namespace == DEFAULT_NAMESPACE else f"{namespace}-{name}"
    return own_id(item, "metadata", ref) if name else {}


def _spec(item: Item, context: Context) -> dict[str, Any]:
    spec = Item(item.reader, item.at("spec"), item.mapping("spec"))
    where, defaults = spec.name_of("agentRef", "instanceRef"), spec_columns.DEFAULTS
    asked = spec.get("agentRef", "instanceRef")
    asked = asked.get("name") if isinstance(asked, Mapping) else asked
    asked = asked if isinstance(asked, str) else ""
    kind = spec.choice("type", spec_columns.TYPES, defaults["type"])
    if kind != defaults["type"]:
        spec.remark("type", f"{kind} is kept for the export; all types run alike here.")
    policies, ticks = spec_columns.OVERLAPS, spec_columns.FIRST_RUNS
    policy = spec.choice("concurrencyPolicy", tuple(policies), defaults["concurrencyPolicy"])  # fmt: skip
    if policy == "Forbid":
        spec.remark("concurrencyPolicy", "Forbid: a slot that comes while a run is under way is skipped, there it waits.")  # fmt: skip
    if policy == "Replace":
        spec.remark("concurrencyPolicy", "Replace: the run under way is stopped; there it runs on.")  # fmt: skip
    tick = spec.choice("firstTick", tuple(ticks), defaults["firstTick"])
    suspended = spec.flag("suspend", default=False)
    fields = {
        "agent_id": agent_of(spec, where, asked, context),
        "input_message": spec.text("task", needed=_NO_TASK),
        "active": not suspended,
        "overlap": policies[policy],
        "include_memory": spec.flag("includeMemory", default=defaults["includeMemory"]),
        "first_run": ticks[tick],
        **_timing(spec, context),
    }
    spec.leave_out_others()
    return fields


def _timing(spec: Item, context: Context) -> dict[str, Any]:
    zone = spec.zone(context.timezone, default_timezone())
    line = spec.text("schedule", needed="a schedule needs a cron line of five fields.")
    try:
        columns = robfig(line, zone, seconds=False) if line.strip() else {}
    except ValueError as error:
        spec.fault("schedule", getattr(error, "at_the_field", str(error)))
        return {"timezone": zone}
    if not columns:
        return {"timezone": zone}
    if columns["schedule_type"] == "interval":
        spec.remark("schedule", f"`{line.strip()}` read as an interval with a fixed beginning.")  # fmt: skip
    else:
        spec.remark("schedule", f"`{line.strip()}` is read in the time zone {columns['timezone']}.")  # fmt: skip
    say_cron(spec, "schedule", line, columns)
    return columns


def _written(task: ScheduledTask) -> dict[str, Any]:
    entry, read_as = kept_entry(task, SympoziumFormat.name)
    refuse_unsaid(task, _SYSTEM)
    namespace, _, name = ref_of(task, SympoziumFormat.name).rpartition("/")
    spec = entry.get("spec") or {}
    entry.pop("status", None)
    written = {
        **_kept_spec(spec),
        **_agent(task, spec, read_as),
        "schedule": _line(task, str(spec.get("schedule") or ""), read_as),
        "task": task.input_message,
        "type": spec.get("type") or spec_columns.DEFAULTS["type"],
        "suspend": not task.active,
        "concurrencyPolicy": _policy(task),
        "includeMemory": task.include_memory,
        "firstTick": _TICKS[task.first_run],
    }
    metadata = _metadata(task, entry.get("metadata") or {}, name, namespace)
    head = {"apiVersion": spec_columns.API_VERSION, "kind": spec_columns.KIND}
    return {**head, **entry, "metadata": metadata, "spec": written}


def _kept_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in spec.items() if name not in ("agentRef", "instanceRef")}  # fmt: skip


def _agent(task: ScheduledTask, spec: Mapping[str, Any], read_as: Mapping[str, str]) -> dict[str, Any]:  # fmt: skip
    """The agent as it was written, while it is the one that it was read for."""
    if read_as.get("agent_id") != task.agent_id:
        return {"agentRef": task.agent_id}
    return {name: spec[name] for name in ("agentRef", "instanceRef") if name in spec}


def _policy(task: ScheduledTask) -> str:
    policies = {overlap: name for name, overlap in spec_columns.OVERLAPS.items()}
    if task.overlap not in policies:
        raise refuse(task, f"{_SYSTEM} lets no run wait ({task.overlap}): it knows {', '.join(policies.values())}.")  # fmt: skip
    return policies[task.overlap]


def _line(task: ScheduledTask, written: str, read_as: Mapping[str, str]) -> str:
    """The line as it was written, while it is still that one; else with its zone named."""
    try:
        if written and same(task, robfig(written, read_as.get("timezone", ""), seconds=False)):  # fmt: skip
            return written
    except ValueError:
        pass  # of another version of the file
    if task.schedule_type == "interval":
        return f"@every {format_duration(task.interval_seconds or 0)}"
    line = f"CRON_TZ={task.timezone} {cron_line(task, _SYSTEM)}"
    try:
        robfig(line, "UTC", seconds=False)
    except ValueError as error:
        raise refuse(task, str(error)) from error
    return line


def _metadata(task: ScheduledTask, kept_metadata: Mapping[str, Any], name: str, namespace: str) -> dict[str, Any]:  # fmt: skip
    """Its name there, with labels and annotations as they were; its title is an annotation."""
    name = name or re.sub(r"[^a-z0-9-]+", "-", task.id.lower()).strip("-") or "task"
    annotations = dict(kept_metadata.get("annotations") or {})
    annotations.pop(TITLE, None)
    if task.name != name:
        annotations[TITLE] = task.name
    metadata = {**kept_metadata, "name": name, "namespace": namespace or DEFAULT_NAMESPACE}  # fmt: skip
    metadata.pop("annotations", None)
    for owned in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):  # fmt: skip
        metadata.pop(owned, None)
    return metadata | ({"annotations": annotations} if annotations else {})
