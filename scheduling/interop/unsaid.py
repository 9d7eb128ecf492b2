"""What another system's file does not say of a task: seen by reading the file as it was written."""

from __future__ import annotations

from scheduling.interop.documents import BadFile, read_documents
from scheduling.interop.formats.backbeat_columns import TASK
from scheduling.interop.formats.backbeat_text import entry_of
from scheduling.interop.formats.base import Context, Format
from scheduling.models import ScheduledTask

#: When it runs may be said in other words; what cannot be said is refused by the format itself.
_PATTERN = frozenset(
    {
        "schedule_type", "schedule_time", "weekdays", "month_days", "cron_expression", "cron_seconds",
        "interval_seconds", "run_at", "timezone",
    }
)  # fmt: skip
#: Of this installation, not of the task.
_HERE = frozenset({"id", "owner", "agent_id"})
_PARTS = ("tags", "parents", "webhooks", "shared_webhooks", "event_triggers")


def left_out(kind: Format, task: ScheduledTask) -> list[str]:
    """Names of what this task has beyond the defaults and `kind` has no place for.

    The task is one that `kind` writes, with all that belongs to it loaded. Nothing is known of what
    cannot be read here, such as a function that agents may not call: then it is none.
    """
    context = Context(
        timezone=task.timezone, agent_id=task.agent_id, name="x", agents=frozenset({task.agent_id})
    )  # fmt: skip
    try:
        documents, _faults = read_documents(kind.write([task]))
    except BadFile:
        return []
    entries = [entry for each in documents for entry in kind.read(each, context).tasks]
    if not entries:
        return []
    told = {name for entry in entries for name in entry.fields}
    told |= {name for entry in entries for name in _PARTS if getattr(entry, name)}
    usual = TASK.defaults()
    return [
        name
        for name, value in entry_of(task).items()
        if name not in told | _PATTERN | _HERE and value != usual.get(name)
    ]
