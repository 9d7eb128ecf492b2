"""omniagent's cron jobs as JSON (CONTRACTS A3): six-field cron, Go durations, three actions.

Also the dump of its store, `{"cron:job:<id>": {…}}`. An interval is counted from the end of a
run there; here it has fixed points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.utils.text import slugify

from notifications.models import ChatSession
from scheduling.interop.cron_lines import robfig
from scheduling.interop.formats.actions import (
    Action,
    read_action,
    session_id,
    written_action,
)
from scheduling.interop.formats.base import Context, Document, Entry, Format, Reading
from scheduling.interop.formats.foreign import (
    cron_line,
    kept_entry,
    own_id,
    refuse,
    refuse_unsaid,
    rest_if_over,
    same,
    say_cron,
)
from scheduling.interop.formats.markers import JOB_KEY, kind_of
from scheduling.interop.formats.reading import Item, Reader, entries, kept, shown
from scheduling.models import ScheduledTask
from scheduling.models.defaults import default_timezone
from scheduling.schedule_fields import check_interval, check_moment
from scheduling.tools.durations import NANOSECONDS, format_duration, parse_duration
from scheduling.wall_clock import ScheduleError

_SYSTEM = "omniagent"
_STATUSES = ("enabled", "disabled", "running")
_SCHEDULES = ("cron", "once", "interval")
_NONE = "schedule is required (cron, once, or interval)"
_SEVERAL = "only one schedule type allowed (cron, once, or interval)"
_RFC3339 = "RFC 3339, such as 2027-01-31T07:00:00+07:00"
_HISTORY = ("created_at", "updated_at", "last_run_at", "next_run_at", "run_count", "last_error")  # fmt: skip


class OmniagentFormat(Format):
    """One job, a list of them, `{"jobs": […]}`, or what its key-value store holds."""

    name = "omniagent"
    label = "omniagent"

    def recognises(self, document: object) -> bool:
        """See `Format.recognises`."""
        return kind_of(document) == self.name

    def read(self, document: Document, context: Context) -> Reading:
        """See `Format.read`."""
        reader = Reader(document)
        agents: dict[str, Entry] = {}
        jobs = list(_jobs(reader, document.value))
        sessions = _sessions(jobs)
        for item in jobs:
            _read_job(item, context, sessions, agents)
        return reader.reading(agents=list(agents.values()))

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """See `Format.write`."""
        written = [_written(task) for task in tasks]
        found = written[0] if len(written) == 1 else written
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _jobs(reader: Reader, document: object) -> Iterator[Item]:
    stored = isinstance(document, Mapping) and any(str(key).startswith(JOB_KEY) for key in document)  # fmt: skip
    if not stored:
        yield from entries(reader, document, "jobs", "items", "data")
        return
    assert isinstance(document, Mapping)  # noqa: S101 -- for mypy: `stored` says so
    for key, value in document.items():
        try:
            job = json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            job = value
        if isinstance(job, Mapping):
            yield Item(reader, str(key), job)
        else:
            reader.fault(str(key), f"{shown(value)}: expected a job.")


def _sessions(jobs: Sequence[Item]) -> dict[str, str]:
    """Which of the chat sessions that jobs name are here, and whose they are. One query."""
    actions = (job.value.get("action") for job in jobs)
    asked = {session_id(each.get("session_id")) for each in actions if isinstance(each, Mapping)}  # fmt: skip
    rows = ChatSession.objects.filter(pk__in=asked - {""}) if asked - {""} else ()
    return {str(row.pk): row.user_id for row in rows}


def _read_job(item: Item, context: Context, sessions: Mapping[str, str], agents: dict[str, Entry]) -> None:  # fmt: skip
    ref = item.text("id").strip()
    name = item.text("name", needed="name is required").strip()
    item.text("description")
    ids = own_id(item, "id", ref) if ref else {}
    action = read_action(item, ids.get("id") or slugify(name) or "job", context)
    fields: dict[str, Any] = {
        **ids,
        "name": name,
        "active": _status(item) != "disabled",
        "target_user_id": item.text("owner_principal"),
        **_timing(item, context),
    }
    item.get("metadata")  # goes out again as it came in
    rest_if_over(item, "schedule", fields)
    item.ignore(_HISTORY, "what has been stays there.")
    item.leave_out_others()
    if action is None:
        return
    action = _in_session(item, action, fields["target_user_id"], sessions)
    agents.setdefault(action.agent.key, action.agent)
    fields |= {"agent_id": action.agent.key, "agent_options": action.options, "input_message": action.message}  # fmt: skip
    document = kept(item, timezone=fields["timezone"])
    item.reader.add(item, ref or name, fields, document=document)


def _status(item: Item) -> str:
    status = item.choice("status", _STATUSES, "enabled")
    if status == "running":
        item.remark("status", "running read as enabled: the run under way stays there.")
    return status


def _in_session(item: Item, action: Action, user: str, sessions: Mapping[str, str]) -> Action:  # fmt: skip
    """Name the chat session if it is here, and say so if it is not."""
    if action.agent.fields["backend"] != "message":
        return action
    if action.session and sessions.get(action.session) == user:
        return replace(action, options={**action.options, "session_id": action.session})
    where = item.at("action.session_id")
    item.reader.leave_out(where, "its user has no such chat session here: the first run opens one.")  # fmt: skip
    if not user:
        item.reader.leave_out(item.at("owner_principal"), "a chat session belongs to somebody: give the task a target user before it runs.")  # fmt: skip
    return action


def _timing(item: Item, context: Context) -> dict[str, Any]:
    zone = item.zone(context.timezone, default_timezone(), said=_own_zone(item))
    schedule = Item(item.reader, item.at("schedule"), item.mapping("schedule"))
    given = [name for name in _SCHEDULES if schedule.get(name)]
    schedule.leave_out_others()
    if len(given) != 1:
        item.fault("schedule", _SEVERAL if given else _NONE)
        return {"timezone": zone}
    try:
        columns = _columns(given[0], schedule.get(given[0]), zone)
    except (ValueError, OverflowError) as error:
        words = getattr(error, "at_the_field", str(error))
        schedule.fault(given[0], f"invalid {'once time' if given[0] == 'once' else given[0]}: {words}")  # fmt: skip
        return {"timezone": zone}
    _say(schedule, given[0], columns)
    return {"timezone": zone, **columns}


def _own_zone(item: Item) -> str:
    """The zone that a job of `cron_get` names in its metadata."""
    zone = (item.value.get("metadata") or {}) if isinstance(item.value.get("metadata"), Mapping) else {}  # fmt: skip
    return zone["timezone"] if isinstance(zone.get("timezone"), str) else ""


def _say(schedule: Item, name: str, columns: Mapping[str, Any]) -> None:
    written = str(schedule.value[name])
    if columns["schedule_type"] == "interval":
        schedule.remark(name, f"`{written}` read as every {format_duration(columns['interval_seconds'])} from a fixed beginning; there each wait began when a run ended.")  # fmt: skip
    elif name == "cron":
        schedule.remark(name, f"`{written}` is read in the time zone {columns['timezone']}, seconds first.")  # fmt: skip
        say_cron(schedule, name, written, columns)


def _columns(name: str, value: Any, zone: str) -> dict[str, Any]:
    """The columns of one of the three schedules. Raises `ValueError`."""
    if name == "cron":
        if not isinstance(value, str):
            raise ValueError(f"{shown(value)} is no text.")
        return robfig(value, zone, seconds=True)
    if name == "once":
        return {"schedule_type": "once", "run_at": _rfc3339(value)}
    seconds, rest = divmod(parse_duration(value), NANOSECONDS)
    if rest:
        raise ValueError(f"{shown(value)}: expected whole seconds.")
    try:
        check_interval(seconds)
    except ScheduleError as error:
        raise ValueError(f"{shown(value)}: {error.advice}") from error
    return {"schedule_type": "interval", "interval_seconds": seconds}


def _rfc3339(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{shown(value)}: expected {_RFC3339}.") from None
    if moment.tzinfo is None:
        raise ValueError(f"{shown(value)} has no offset: expected {_RFC3339}.")
    moment = moment.astimezone(UTC)
    check_moment("run_at", moment)
    return moment.isoformat()


def _written(task: ScheduledTask) -> dict[str, Any]:
    entry, read_as = kept_entry(task, OmniagentFormat.name)
    refuse_unsaid(task, _SYSTEM)
    kept_action = (
        entry.get("action") if isinstance(entry.get("action"), Mapping) else {}
    )
    action = written_action(task, kept_action or {})
    if action is None:
        raise refuse(task, f"its agent {task.agent_id} is of the backend {task.agent.backend}: {_SYSTEM} sends messages, calls webhooks and tools.")  # fmt: skip
    entry = {name: value for name, value in entry.items() if name not in _HISTORY}
    written: dict[str, Any] = {
        **entry,
        "id": entry.get("id") or task.id,
        "name": task.name,
        "schedule": _schedule(task, entry.get("schedule") or {}, read_as),
        "action": action,
        "status": "enabled" if task.active else "disabled",
    }
    if task.target_user_id or "owner_principal" in entry:
        written["owner_principal"] = task.target_user_id
    if action["type"] != "send_message":
        written["description"] = task.input_message
    return _without_zone(written)


def _without_zone(job: dict[str, Any]) -> dict[str, Any]:
    """The zone that Backbeat's own `cron_get` names; the line names it now."""
    metadata = job.get("metadata")
    if not isinstance(metadata, Mapping) or "timezone" not in metadata:
        return job
    return {**job, "metadata": {name: each for name, each in metadata.items() if name != "timezone"}}  # fmt: skip


def _schedule(task: ScheduledTask, written: Mapping[str, Any], read_as: Mapping[str, str]) -> dict[str, Any]:  # fmt: skip
    """The schedule as it was written, while it is still that one; else with its zone named."""
    for name in _SCHEDULES:
        try:
            zone = read_as.get("timezone", "")
            if written.get(name) and same(task, _columns(name, written[name], zone)):
                return dict(written)
        except (ValueError, OverflowError):
            continue  # of another version of the file
    match task.schedule_type:
        case "interval":
            return {"interval": format_duration(task.interval_seconds or 0)}
        case "once" if task.run_at:
            return {"once": task.run_at.astimezone(UTC).isoformat()}
    return {"cron": _line(task)}


def _line(task: ScheduledTask) -> str:
    line = f"CRON_TZ={task.timezone} {cron_line(task, _SYSTEM, seconds=True)}"
    try:
        robfig(line, "UTC", seconds=True)
    except ValueError as error:
        raise refuse(task, str(error)) from error
    return line
