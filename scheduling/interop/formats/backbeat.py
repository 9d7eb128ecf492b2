"""Backbeat's own format: agents, calendars, webhooks of the address book and tasks, in YAML.

    backbeat: 1
    tasks:
      - id: morning-report
        name: Morning report
        agent_id: analyst
        input_message: Report.
        schedule_type: daily
        schedule_time: "07:00"

Names are those of the API. A file says all of a thing: what it leaves out has its default. Only
credentials, owner and the note of a pause stay as they are where nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.text import slugify

from notifications.models import Webhook
from scheduling.interop.formats.backbeat_columns import (
    AGENT,
    BOOK,
    CALENDAR,
    TASK,
    TRIGGER,
    WEBHOOK,
    Columns,
)
from scheduling.interop.formats.backbeat_text import book_of, text_of
from scheduling.interop.formats.base import (
    MAX_NOTES,
    Context,
    Document,
    Entry,
    Format,
    Note,
    Reading,
    TaskEntry,
)
from scheduling.models import Agent, Calendar, ImportedTask, ScheduledTask

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PARTS = ("tags", "parents", "webhooks", "shared_webhooks", "event_triggers")
_SPELLINGS = ("day_of_week", "day_of_month")
_LISTS = ("agents", "calendars", "webhooks", "tasks")


class BackbeatFormat(Format):
    name = ImportedTask.Format.BACKBEAT.value
    label = ImportedTask.Format.BACKBEAT.label

    def recognises(self, document: object) -> bool:
        return isinstance(document, Mapping) and "backbeat" in document

    def read(self, document: Document, context: Context) -> Reading:
        return _Reader(document, context).reading()

    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """Write them with their agents, calendars and webhooks of the address book."""
        agents = {task.agent_id: task.agent for task in tasks}
        calendars = {task.calendar_id: task.calendar for task in tasks if task.calendar}
        book = {hook.pk: hook for task in tasks for hook in book_of(task)}
        return self.write_all(agents.values(), calendars.values(), book.values(), tasks)

    def write_all(
        self,
        agents: Iterable[Agent],
        calendars: Iterable[Calendar],
        book: Iterable[Webhook],
        tasks: Iterable[ScheduledTask],
    ) -> str:
        """Write all of these. Raises `ValueError` for webhooks that no name tells apart."""
        return text_of(agents, calendars, book, tasks)


class _Reader:
    def __init__(self, document: Document, context: Context) -> None:
        self.document, self.context = document, context
        self.faults: list[Note] = []

    def reading(self) -> Reading:
        value = self.document.value
        if not isinstance(value, Mapping) or value.get("backbeat") != 1:
            self._fault("backbeat", "expected “backbeat: 1” at the top, the version of this format.")  # fmt: skip
            return Reading(faults=self.faults)
        for name in value:
            if name not in ("backbeat", *_LISTS):
                self._fault(name, f"is unknown; there are: {', '.join(_LISTS)}.")
        read: dict[str, list[Any]] = {
            name: [
                made
                for at, entry in self._mappings(value.get(name), name)
                if len(self.faults) < MAX_NOTES
                and (made := make(at, entry)) is not None
            ]
            for name, make in (
                ("agents", self._agent),
                ("calendars", self._calendar),
                ("webhooks", self._of_book),
                ("tasks", self._task),
            )
        }
        return Reading(**read, faults=self.faults)

    def _mappings(self, value: Any, at: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The entries of a list with their paths; what is no mapping is a fault."""
        if value is None:
            return []
        if not isinstance(value, list):
            self._fault(at, "expected a list.")
            return []
        found = []
        for place, entry in enumerate(value):
            path = f"{at}[{place}]"
            if isinstance(entry, Mapping):
                found.append((path, entry))
            else:
                self._fault(path, f"{str(entry)[:40]!r}: expected names with values.")
        return found

    def _whole(
        self, at: str, entry: Mapping[str, Any], columns: Columns, *more: str
    ) -> dict[str, Any]:
        """The columns that an entry gives, with the defaults of the others."""
        known = {*columns.names, *more}
        for name in entry:
            if name not in known:
                self._fault(f"{at}.{name}", f"is unknown; there are: {', '.join(sorted(known))}.")  # fmt: skip
        for name in columns.required:
            if entry.get(name) in (None, ""):
                self._fault(at, f"{name} is missing.")
        given = {name: entry[name] for name in columns.names if name in entry}
        return columns.defaults() | given

    def _agent(self, at: str, entry: Mapping[str, Any]) -> Entry | None:
        return self._entry(at, entry, self._whole(at, entry, AGENT, "id"), "id")

    def _calendar(self, at: str, entry: Mapping[str, Any]) -> Entry | None:
        fields = self._whole(at, entry, CALENDAR, "id")
        return self._entry(at, entry, self._with_days(at, fields), "id")

    def _of_book(self, at: str, entry: Mapping[str, Any]) -> Entry | None:
        return self._entry(at, entry, self._whole(at, entry, BOOK), "name")

    def _entry(
        self, at: str, entry: Mapping[str, Any], fields: Mapping[str, Any], key: str
    ) -> Entry | None:
        name = entry.get(key)
        if not isinstance(name, str) or not name:
            self._fault(f"{at}.{key}" if key in entry else at, f"{key}: name it by a text.")  # fmt: skip
            return None
        return Entry(key=name, path=at, fields=fields)

    def _task(self, at: str, entry: Mapping[str, Any]) -> TaskEntry | None:
        if self.context.agent_id and not entry.get("agent_id"):
            entry = {**entry, "agent_id": self.context.agent_id}
        fields = self._whole(at, entry, TASK, "id", *_PARTS, *_SPELLINGS)
        if "timezone" not in entry and self.context.timezone:
            fields["timezone"] = self.context.timezone
        fields = self._with_days(at, fields | self._spelled(at, entry))
        key = entry.get("id") or slugify(str(entry.get("name") or ""))[:90]
        if not isinstance(key, str) or not key:
            self._fault(at, "id: name it by a text of letters, digits and dashes.")
            return None
        if entry.get("pause_note") and entry.get("active") is not False:
            self._fault(f"{at}.pause_note", "is for a task with “active: false”.")
        if "alert_webhook" in fields:
            fields["alert_webhook_id"] = fields.pop("alert_webhook")
        return TaskEntry(
            ref=key,
            path=at,
            fields=fields | {"id": key},
            tags=self._list(at, entry, "tags"),
            parents=self._parents(at, entry),
            webhooks=self._parts(at, entry, "webhooks", WEBHOOK),
            shared_webhooks=self._list(at, entry, "shared_webhooks"),
            event_triggers=self._parts(at, entry, "event_triggers", TRIGGER),
        )

    def _spelled(self, at: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The one day of a weekly or monthly task, as the API spells it too."""
        found: dict[str, Any] = {}
        for name, column, least, most in (
            ("day_of_week", "weekdays", 0, 6), ("day_of_month", "month_days", 1, 31),
        ):  # fmt: skip
            value = entry.get(name)
            if value is None:
                continue
            if type(value) is not int or not least <= value <= most:
                hint = "0=Sunday, 1=Monday … 6=Saturday" if least == 0 else "1 to 31"
                self._fault(f"{at}.{name}", f"{str(value)[:40]!r}: expected {hint}.")
            elif column in entry:
                self._fault(f"{at}.{name}", f"give it or {column}, not both.")
            else:
                found[column] = [value or 7]
        return found

    def _with_days(self, at: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Weekdays by number (1=Mon … 7=Sun) or by name."""
        days = fields.get("weekdays")
        if isinstance(days, list):
            names = [each.lower()[:3] if isinstance(each, str) else each for each in days]  # fmt: skip
            for place, each in enumerate(names):
                if isinstance(each, str) and each not in _DAYS:
                    self._fault(f"{at}.weekdays[{place}]", f"{days[place][:40]!r}: expected 1 (Monday) to 7 (Sunday), or mon to sun.")  # fmt: skip
            fields["weekdays"] = [_DAYS.index(each) + 1 if each in _DAYS else each for each in names]  # fmt: skip
        return fields

    def _list(self, at: str, entry: Mapping[str, Any], name: str) -> list[Any]:
        value = entry.get(name) or []
        if isinstance(value, list):
            return value
        self._fault(f"{at}.{name}", f"{str(value)[:40]!r}: expected a list.")
        return []

    def _parents(self, at: str, entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        given = self._list(at, entry, "parents")
        whole = [{"task_id": each} if isinstance(each, str) else each for each in given]
        found = self._mappings(whole, f"{at}.parents")
        for path, each in found:
            for name in {*each} - {"task_id", "when"}:
                self._fault(f"{path}.{name}", "is unknown; there are: task_id, when.")
        return [each for _path, each in found]

    def _parts(
        self, at: str, entry: Mapping[str, Any], name: str, columns: Columns
    ) -> list[dict[str, Any]]:
        found = self._mappings(entry.get(name), f"{at}.{name}")
        return [self._whole(path, each, columns) for path, each in found]

    def _fault(self, path: str, text: str) -> None:
        if len(self.faults) < MAX_NOTES:
            self.faults.append(
                Note(path=path, text=text, line=self.document.line_of(path))
            )
