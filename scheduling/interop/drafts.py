"""A task as a file wants it, beside the one that is there: what differs, and what is wrong with it.

Judged by the models' own checks, without a query and without writing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone

from notifications.services import MAX_WEBHOOKS
from scheduling import planning
from scheduling.interop.formats.base import TaskEntry
from scheduling.interop.plan import Options
from scheduling.interop.stored import Stored
from scheduling.interop.values import read_columns, shown, some_of, with_value
from scheduling.interop.webhook_drafts import SECRET, drafted_webhook, pairs
from scheduling.models import Agent, Calendar, EventTrigger, ScheduledTask, TaskWebhook
from scheduling.models.defaults import default_timezone
from scheduling.schedule import ScheduleError
from scheduling.services.event_triggers import MOST_TRIGGERS
from scheduling.services.saving import refuse_what_is_over
from scheduling.tags import check_tags
from scheduling.wall_clock import load_zone

_LINKS = ("agent", "owner", "calendar", "alert_webhook", "paused_by", "updated_by")
_LINKED = ("agent_id", "calendar_id", "alert_webhook_id")
_MAY_BE_NULL = {"calendar_id"}
_API_NAMES = {"agent": "agent_id", "calendar": "calendar_id", "owner_id": "owner", "alert_webhook_id": "alert_webhook"}  # fmt: skip


@dataclass(kw_only=True)
class TaskDraft:
    """What `create_task` or `update_task` is to be called with; None leaves a part alone."""

    id: str
    old: ScheduledTask | None
    entry: TaskEntry
    fields: dict[str, Any] = field(default_factory=dict)
    tags: list[str] | None = None
    parents: dict[str, str] | None = None
    webhooks: list[dict[str, Any]] | None = None
    #: Keys of the address book; a text is the name of one that the same files bring.
    shared: list[int | str] | None = None
    event_triggers: list[dict[str, Any]] | None = None
    #: Names of what differs from `old`, in the words of the API.
    changed: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)

    def put(self, name: str, text: str, value: object = None) -> None:
        """Note that the field is wrong, with its value where that is no secret."""
        name = _API_NAMES.get(name, name)
        self.errors.append((name, text if value is None else with_value(value, text)))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a draft is judged by: the rows that are there, and those that the files bring."""

    stored: Stored
    options: Options
    agents: Mapping[str, Agent]
    calendars: Mapping[str, Calendar]
    #: Of the address book by name: its key, or the name itself where the files bring it.
    book: Mapping[str, int | str]
    #: The id that the task of a name in a format has or gets; a plain id stands for itself.
    find_task: Callable[[str], str | None]

    @cached_property
    def known(self) -> Mapping[str, str]:
        """The first names there are, for errors: of thousands of tasks all may need them."""
        there = {
            "agent_id": {*self.agents, *self.stored.all_ids(Agent)},
            "calendar_id": {*self.calendars, *self.stored.all_ids(Calendar)},
            "book": [*map(repr, self.book)],
        }
        return {name: some_of(names) for name, names in there.items()}


def draft_of(
    entry: TaskEntry, task_id: str, old: ScheduledTask | None, around: Surroundings
) -> TaskDraft:
    """Return the draft of an entry, its errors included."""
    draft = TaskDraft(id=task_id, old=old, entry=entry)
    task = _task(draft, around)
    _check(draft, task, around)
    _tags(draft)
    _parents(draft, around)
    _webhooks(draft)
    _shared(draft, around)
    _event_triggers(draft)
    return draft


def _task(draft: TaskDraft, around: Surroundings) -> ScheduledTask:
    """The row as it is to be; what cannot be read stays as it is."""
    given, old = dict(draft.entry.fields), draft.old
    given.pop("id", None)
    owner = given.pop("owner", None)
    given |= {"timezone": around.options.timezone or default_timezone()} if not old and "timezone" not in given else {}  # fmt: skip
    zone = _zone(given.get("timezone") or (old.timezone if old else ""))
    links: dict[str, Any] = {name: given.pop(name) for name in _LINKED if name in given}
    values, errors = read_columns(ScheduledTask, given, zone)
    for name, text in errors.items():
        draft.put(name, text)
    values |= _resolved(draft, links, owner, around)
    if old is None and around.options.paused:
        values["active"] = False
    if old is None:
        draft.fields = {"id": draft.id, **values}
        draft.changed = [_API_NAMES.get(name, name) for name in values]
        return ScheduledTask(**{k: v for k, v in draft.fields.items() if k != "alert_webhook_id"})  # fmt: skip
    draft.fields = {name: value for name, value in values.items() if getattr(old, name) != value}  # fmt: skip
    draft.changed = [_API_NAMES.get(name, name) for name in draft.fields]
    task = copy.copy(old)
    for name, value in draft.fields.items():
        if name != "alert_webhook_id":
            setattr(task, name, value)
    return task


def _zone(name: object) -> ZoneInfo:
    try:
        return load_zone(str(name))
    except ScheduleError:  # said at its own field
        return ZoneInfo("UTC")


def _resolved(
    draft: TaskDraft, links: Mapping[str, Any], owner: object, around: Surroundings
) -> dict[str, Any]:
    """The foreign keys that names of the file stand for."""
    values: dict[str, Any] = {}
    for name, there in (("agent_id", around.agents), ("calendar_id", around.calendars)):
        key = links.get(name)
        if (isinstance(key, str) and key in there) or (key is None and name in _MAY_BE_NULL & {*links}):  # fmt: skip
            values[name] = key
        elif name in links:
            kind = name.removesuffix("_id")
            draft.put(name, f"there is no {kind} {shown(key)}; there are: {around.known[name]}.")  # fmt: skip
    if "agent_id" not in links and draft.old is None:
        draft.put("agent_id", "is missing: name an agent.")
    if "alert_webhook_id" in links:
        values["alert_webhook_id"] = _from_book(draft, "alert_webhook", links["alert_webhook_id"], around)  # fmt: skip
    return values | _owner(draft, owner, around)


def _owner(draft: TaskDraft, name: object, around: Surroundings) -> dict[str, Any]:
    if isinstance(name, str) and name in around.stored.owners:
        return {"owner_id": around.stored.owners[name]}
    if name is not None:
        draft.put("owner", f"there is no user {shown(name)}; make it first, or leave it out.")  # fmt: skip
    return {} if draft.old else {"owner_id": around.options.owner_id}


def _from_book(draft: TaskDraft, name: str, key: Any, around: Surroundings) -> Any:
    if key is None or (type(key) is int and key in around.stored.book):
        return key
    if isinstance(key, str) and key in around.book:
        return around.book[key]
    if isinstance(key, str) and len(around.stored.book_by_name.get(key, ())) > 1:
        draft.put(name, f"several webhooks of the address book are called {shown(key)}: give its number.")  # fmt: skip
    else:
        draft.put(name, f"the address book has no webhook {shown(key)}; there are: {around.known['book']}.")  # fmt: skip
    return None


def _check(draft: TaskDraft, task: ScheduledTask, around: Surroundings) -> None:
    """The checks of the models, and that its time is still to come."""
    bad = {name for name, _text in draft.errors}
    task.calendar = around.calendars.get(task.calendar_id or "")
    try:
        task.clean_fields(exclude={*_LINKS, *bad})
    except ValidationError as error:
        _put_all(draft, task, error.message_dict)
    bad |= {name for name, _text in draft.errors}
    found = task.errors_with(around.agents.get(task.agent_id))
    _put_all(draft, task, {name: text for name, text in found.items() if name not in bad})  # fmt: skip
    if draft.errors or not {"run_at", "end_at"} & {*draft.changed}:
        return
    try:
        if draft.old is None:
            planning.plan_first(task, timezone.now())
        else:
            planning.plan(task, timezone.now())
        if draft.old is None or "run_at" in draft.fields:
            refuse_what_is_over(task)
    except ValidationError as error:
        _put_all(draft, task, error.message_dict)
    except ScheduleError as error:
        draft.put(error.field, str(error.at_the_field))


def _put_all(draft: TaskDraft, row: Any, errors: Mapping[str, Any]) -> None:
    for name, texts in errors.items():
        value = None if name in SECRET else getattr(row, name, None)
        for text in [texts] if isinstance(texts, str) else texts:
            draft.put(name, str(text), value)


def _tags(draft: TaskDraft) -> None:
    wanted = draft.entry.tags
    if wanted is None:
        return
    if not all(isinstance(each, str) for each in wanted):
        draft.put("tags", f"{shown(list(wanted))}: expected texts.")
        return
    try:
        names = check_tags(wanted)
    except ValidationError as error:
        _put_all(draft, None, error.message_dict)
        return
    there = {tag.name for tag in draft.old.tags.all()} if draft.old else set()
    if there != {*names}:
        draft.tags = names
        draft.changed.append("tags")


def _parents(draft: TaskDraft, around: Surroundings) -> None:
    if draft.entry.parents is None:
        return
    wanted: dict[str, str] = {}
    for place, entry in enumerate(draft.entry.parents):
        name, when = entry.get("task_id"), entry.get("when") or "succeeded"
        parent = around.find_task(name) if isinstance(name, str) else None
        at = f"parents[{place}].task_id"
        if parent is None:
            draft.put(at, f"there is no task {shown(name)}, here or in the files.")
        elif parent == draft.id:
            draft.put(at, f"{shown(name)}: a task cannot run after itself.")
        elif parent in wanted:
            draft.put(at, f"{shown(name)} is named twice.")
        elif when not in ("succeeded", "failed", "finished"):
            draft.put(f"parents[{place}].when", f"{shown(when)} is unknown; there are: succeeded, failed, finished.")  # fmt: skip
        else:
            wanted[parent] = when
    there = {each.parent_id: each.when for each in draft.old.dependencies.all()} if draft.old else {}  # fmt: skip
    if there != wanted:
        draft.parents = wanted
        draft.changed.append("parents")


def _webhooks(draft: TaskDraft) -> None:
    entries = draft.entry.webhooks
    if entries is None:
        return
    if len(entries) > MAX_WEBHOOKS:
        draft.put("webhooks", f"{len(entries)} are too many: at most {MAX_WEBHOOKS}.")
        return
    there = list(draft.old.webhooks.all()) if draft.old else []
    wanted, differs = [], False
    for place, (entry, old) in enumerate(zip(entries, pairs(entries, there), strict=True)):  # fmt: skip
        values, changed, errors = drafted_webhook(TaskWebhook, entry, old)
        for name, text in errors:
            draft.put(f"webhooks[{place}].{name}", text)
        wanted.append(values | ({"id": old.pk} if old else {}))
        differs = differs or bool(changed)
    if differs or len(there) != len(wanted):
        draft.webhooks = wanted
        draft.changed.append("webhooks")


def _shared(draft: TaskDraft, around: Surroundings) -> None:
    wanted = draft.entry.shared_webhooks
    if wanted is None:
        return
    keys = {_from_book(draft, f"shared_webhooks[{place}]", key, around) for place, key in enumerate(wanted)}  # fmt: skip
    there = {hook.pk for hook in draft.old.shared_webhooks.all()} if draft.old else set()  # fmt: skip
    if keys - {None} != there:
        draft.shared = sorted(keys - {None}, key=str)
        draft.changed.append("shared_webhooks")


def _event_triggers(draft: TaskDraft) -> None:
    entries = draft.entry.event_triggers
    if entries is None:
        return
    if len(entries) > MOST_TRIGGERS:
        draft.put("event_triggers", f"{len(entries)} are too many: at most {MOST_TRIGGERS}.")  # fmt: skip
        return
    left = sorted(draft.old.event_triggers.all(), key=lambda each: each.pk) if draft.old else []  # fmt: skip
    differs, wanted = len(left) != len(entries), []
    for place, entry in enumerate(entries):
        old = next((each for each in left if _is_same(each, entry)), None)
        trigger = _trigger(draft, f"event_triggers[{place}]", entry)
        values = {name: getattr(trigger, name) for name in EventTrigger.EDITABLE}
        if old is not None:
            left.remove(old)
            differs = differs or any(getattr(old, name) != value for name, value in values.items())  # fmt: skip
        differs = differs or old is None
        wanted.append(values | ({"id": old.pk} if old else {}))
    if differs:
        draft.event_triggers = wanted
        draft.changed.append("event_triggers")


def _is_same(trigger: EventTrigger, entry: Mapping[str, Any]) -> bool:
    names = ("event_type", "source_agent", "filter")
    return all(getattr(trigger, name) == entry.get(name, "") for name in names)


def _trigger(draft: TaskDraft, at: str, entry: Mapping[str, Any]) -> EventTrigger:
    values, errors = read_columns(EventTrigger, entry, ZoneInfo("UTC"))
    for name in set(values) - set(EventTrigger.EDITABLE):
        errors[name] = f"is unknown; there are: {', '.join(EventTrigger.EDITABLE)}."
        del values[name]
    trigger = EventTrigger(**values)
    try:
        trigger.clean_fields(exclude={"task", *errors})
        trigger.clean()
    except ValidationError as error:
        errors |= {name: " ".join(texts) for name, texts in error.message_dict.items()}
    for name, text in errors.items():
        draft.put(f"{at}.{name}", text, getattr(trigger, name, None))
    return trigger
