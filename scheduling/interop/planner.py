"""Works out the plan of loading files: everything is read and judged, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from notifications.encryption import DecryptionError
from notifications.ssrf import looked_up
from scheduling.interop.circles import circles
from scheduling.interop.drafts import Surroundings, TaskDraft, draft_of
from scheduling.interop.files import Loaded, file_name, read_files
from scheduling.interop.formats.base import MAX_NOTES, Context, TaskEntry
from scheduling.interop.other_plan import OtherPlan, plan_others
from scheduling.interop.plan import Action, Item, Options, Plan, Said, Source
from scheduling.interop.stored import Named, Stored, loaded_from
from scheduling.models import Agent, ImportedTask, ScheduledTask
from scheduling.services.people import User

NATIVE = ImportedTask.Format.BACKBEAT


@dataclass(kw_only=True)
class _Placed:
    """An entry and the task that it is, or becomes."""

    loaded: Loaded
    entry: TaskEntry
    id: str
    old: ScheduledTask | None


@dataclass(kw_only=True)
class Write:
    """What `applying` needs of a task: its draft, and what is noted of where it came from."""

    draft: TaskDraft
    format: str
    source: str
    #: Whether that is noted anew; a task of another format stays one of that.
    is_noted: bool
    is_own_format: bool


def make_plan(
    sources: Sequence[Source], options: Options, *, user: User, look_up: bool = True
) -> Plan:
    """Return what loading `sources` would do, for `user` (None: the operator of this machine).

    Not `look_up`: the names of hosts have been looked up, or need not be.
    """
    known = frozenset(Agent.objects.values_list("pk", flat=True))
    context = Context(
        timezone=options.timezone, agent_id=options.agent_id, name=options.name,
        agents=known, staff=user is None or bool(getattr(user, "is_staff", False)),
    )  # fmt: skip
    loaded, faults = read_files(sources, context, options.format)
    try:
        with looked_up(_urls(loaded)) if look_up else nullcontext():
            return _Planner(loaded, faults, options, user).plan(sources)
    except DecryptionError as error:
        lost = Said(file="(database)", line=0, path="", text=str(error))
        return Plan(faults=[*faults, lost])


def urls_of(sources: Sequence[Source], options: Options) -> list[str]:
    """The addresses that the files name, to be looked up before a transaction."""
    loaded, _faults = read_files(sources, Context(timezone=""), options.format)
    return list(_urls(loaded))


def _urls(loaded: Sequence[Loaded]) -> Iterator[str]:
    named: list[Mapping[str, Any]] = []
    for each in loaded:
        named += [hook for task in each.reading.tasks for hook in task.webhooks or ()]
        named += [entry.fields for entry in each.reading.webhooks]
        named += [entry.fields.get("options") or {} for entry in each.reading.agents]
    for fields in named:
        if isinstance(fields, Mapping):
            found = (fields.get("url"), fields.get("base_url"))
            yield from (url for url in found if isinstance(url, str) and url)


class _Planner:
    def __init__(
        self, loaded: list[Loaded], faults: list[Said], options: Options, user: User
    ) -> None:
        self.loaded, self.faults, self.options, self.user = loaded, faults, options, user  # fmt: skip
        self.remarks: list[Said] = []
        self.stored = Stored(_named(loaded, options))
        for each in loaded:
            self.faults += map(each.said, each.reading.faults)
            self.remarks += map(each.said, each.reading.remarks)

    def plan(self, sources: Sequence[Source]) -> Plan:
        """Plan the other things first: tasks name them."""
        others = plan_others(self.loaded, self.stored, self.options)
        placed = list(self._placed())
        items = [*others.items, *self._tasks(placed, others)]
        items += self._gone(sources, {each.id for each in placed})
        self.faults += [*others.faults, *self._forbidden(items)]
        left_out = [
            each.said(note) for each in self.loaded for note in each.reading.left_out
        ]
        return Plan(
            items=items,
            remarks=_first(self.remarks),
            left_out=_first(left_out),
            faults=_first(sorted(self.faults, key=lambda each: (each.file, each.line))),
        )  # fmt: skip

    def _placed(self) -> Iterator[_Placed]:
        """Each entry with its id; one that is named twice is a fault."""
        refs: set[tuple[str, str]] = set()
        ids: set[str] = set()
        for loaded in self.loaded:
            for entry in loaded.reading.tasks:
                ref = (loaded.format, entry.ref)
                if ref in refs and not entry.is_sound:
                    continue
                if ref in refs:
                    self._fault(loaded, entry, "", f"{entry.ref!r} stands there twice; leave one of them out.")  # fmt: skip
                    continue
                refs.add(ref)
                old = self._old(loaded, entry)
                key = old.pk if old else self._new_id(entry, ids)
                if key in ids:
                    self._fault(loaded, entry, "id", f"{key!r} is the id of another task of these files.")  # fmt: skip
                elif not old and key in self.stored.tasks:
                    self._fault(loaded, entry, "id", f"{key!r} is a task that was not loaded from there: choose another id.")  # fmt: skip
                else:
                    ids.add(key)
                    yield _Placed(loaded=loaded, entry=entry, id=key, old=old)

    def _old(self, loaded: Loaded, entry: TaskEntry) -> ScheduledTask | None:
        row = self.stored.imported.get((loaded.format, entry.ref))
        if row is not None:
            return self.stored.tasks.get(row.task_id)
        given = entry.fields.get("id")
        if loaded.format == NATIVE and isinstance(given, str):
            return self.stored.tasks.get(given)
        return None

    def _new_id(self, entry: TaskEntry, taken: set[str]) -> str:
        given = entry.fields.get("id")
        if isinstance(given, str) and given:
            return given
        name = str(entry.fields.get("name") or entry.ref)
        parts = dict.fromkeys((self.options.name, entry.group, name))
        return self.stored.free_id(" ".join(filter(None, parts)), taken)

    def _tasks(self, placed: list[_Placed], others: OtherPlan) -> list[Item]:
        by_ref = {(each.loaded.format, each.entry.ref): each.id for each in placed}
        ids = {each.id for each in placed} | {*self.stored.tasks}

        def find(kind: str, name: str) -> str | None:
            return by_ref.get((kind, name)) or (name if name in ids else None)

        around = {
            kind: Surroundings(
                stored=self.stored, options=self.options, agents=others.agents,
                calendars=others.calendars, book=others.book, find_task=partial(find, kind),
            )
            for kind in {each.loaded.format for each in placed}
        }  # fmt: skip
        drafts = [
            draft_of(each.entry, each.id, each.old, around[each.loaded.format])
            for each in placed
        ]
        self._leave_pauses(placed, drafts)
        for each, draft in zip(placed, drafts, strict=True):
            for name, text in draft.errors:
                if each.entry.answers_for(name):
                    self._fault(each.loaded, each.entry, name, text)
        self._circles(placed, drafts)
        return [self._item(each, draft) for each, draft in zip(placed, drafts, strict=True)]  # fmt: skip

    def _leave_pauses(self, placed: list[_Placed], drafts: list[TaskDraft]) -> None:
        """What failures paused since it was loaded stays paused: a file is no reason to go on."""
        resumed = [
            (each, draft)
            for each, draft in zip(placed, drafts, strict=True)
            if draft.fields.get("active") and each.old and not self.options.force
        ]
        if not resumed:
            return
        versions = self.stored.versions("task", [draft.id for _each, draft in resumed])
        for each, draft in resumed:
            version = versions.get(draft.id)
            if version and version.data.get("active"):
                del draft.fields["active"]
                draft.changed.remove("active")
                self._remark(each, "active", "was paused since, not by a person: it stays paused; --force resumes it.")  # fmt: skip

    def _circles(self, placed: list[_Placed], drafts: list[TaskDraft]) -> None:
        if not any(draft.parents for draft in drafts):
            return
        edges = dict(self.stored.edges)
        edges |= {draft.id: {*draft.parents} for draft in drafts if draft.parents is not None}  # fmt: skip
        of = {each.id: each for each in placed}
        for circle in circles(edges):
            each = next((of[key] for key in circle if key in of), None)
            if each:
                text = f"these tasks would wait for each other: {' → '.join([*circle, circle[0]])}."  # fmt: skip
                self._fault(each.loaded, each.entry, "parents", text)

    def _item(self, each: _Placed, draft: TaskDraft) -> Item:
        imported = getattr(each.old, "imported", None)
        is_own = imported is None or imported.format == each.loaded.format
        source = self._source_name(each.loaded)
        is_noted = is_own and (
            imported is None
            or imported.source != source
            or imported.document != each.entry.document
        )
        action, note = self._action(each.old, imported, draft)
        write = Write(
            draft=draft, format=each.loaded.format, source=source,
            is_noted=is_noted, is_own_format=is_own,
        )  # fmt: skip
        return Item(
            kind="task", key=each.id, name=str(each.entry.fields.get("name") or each.id),
            action=action, note=note, fields=tuple(draft.changed), file=file_name(each.loaded.source),
            line=each.entry.line or each.loaded.document.line_of(each.entry.path),
            mark=str(each.old.version) if each.old else "", draft=write,
        )  # fmt: skip

    def _action(
        self, old: ScheduledTask | None, imported: Any, draft: TaskDraft
    ) -> tuple[Action, str]:
        if old is None:
            return Action.CREATE, ""
        if not draft.changed:
            return Action.UNCHANGED, ""
        if self.options.force or (imported and imported.version == old.version):
            return Action.CHANGE, ""
        if imported is None:
            return Action.KEPT, "was not loaded from a file"
        return Action.KEPT, f"changed by {_name(old.updated_by)} since"  # fmt: skip

    def _gone(self, sources: Sequence[Source], there: set[str]) -> list[Item]:
        """What came from these files and is no longer in them."""
        names = {self._named(each) for each in sources}
        gone = [task for task in loaded_from(names) if task.pk not in there]
        items = []
        for task in gone if self.options.prune else ():
            kept = task.imported.version != task.version and not self.options.force
            note = f"changed by {_name(task.updated_by)} since"
            items.append(
                Item(
                    kind="task", key=task.pk, name=task.name, note=note if kept else "",
                    action=Action.KEPT if kept else Action.DELETE,
                    file=task.imported.source, mark=str(task.version), draft=task,
                )
            )  # fmt: skip
        if gone and not self.options.prune:
            some = ", ".join(task.pk for task in gone[:5]) + (", …" if len(gone) > 5 else "")  # fmt: skip
            text = f"no longer in it: {some}; --prune deletes tasks that are no longer in their file."
            self.remarks.append(Said(file=gone[0].imported.source, line=0, path="", text=text))  # fmt: skip
        return items

    def _source_name(self, loaded: Loaded) -> str:
        return self._named(loaded.source)

    def _named(self, source: Source) -> str:
        """Files of the same name that lie elsewhere, or are loaded under another, are others."""
        if not source.name:
            return ""
        parts = (self.options.name, source.folder, source.name)
        return "/".join(each for each in parts if each)[-300:]

    def _forbidden(self, items: list[Item]) -> Iterator[Said]:
        """What `user` may not do by hand either."""
        verbs = {Action.CREATE: "add", Action.CHANGE: "change", Action.DELETE: "delete"}
        models = {"task": "scheduling.%s_scheduledtask", "webhook": "notifications.%s_webhook"}  # fmt: skip
        for item in items if self.user is not None else ():
            verb = verbs.get(item.action)
            right = models.get(item.kind, f"scheduling.%s_{item.kind}") % verb
            if verb and not self.user.has_perm(right):  # type: ignore[union-attr] # a person
                text = f"you may not {verb} {item.kind}s, such as {item.key!r}."
                yield Said(file=item.file, line=item.line, path="", text=text)

    def _fault(self, loaded: Loaded, entry: TaskEntry, name: str, text: str) -> None:
        self.faults.append(loaded.fault(entry, name, text))

    def _remark(self, each: _Placed, name: str, text: str) -> None:
        self.remarks.append(each.loaded.fault(each.entry, name, text))


def _first(said: Sequence[Said]) -> Sequence[Said]:
    """As many as somebody reads; the last says that there are more."""
    if len(said) <= MAX_NOTES:
        return said
    more = Said(file=said[MAX_NOTES].file, line=0, path="", text=f"and {len(said) - MAX_NOTES} more like these.")  # fmt: skip
    return [*said[:MAX_NOTES], more]


def _name(user: Any) -> str:
    return user.get_username() if user else "somebody"


def _named(loaded: Sequence[Loaded], options: Options) -> Named:
    """All names in the files behind which there may be a row."""
    entries = [(each, task) for each in loaded for task in each.reading.tasks]
    readings = [each.reading for each in loaded]

    def texts(name: str) -> set[str]:
        values = (task.fields.get(name) for _each, task in entries)
        return {value for value in values if isinstance(value, str)}

    parents = {
        parent.get("task_id")
        for _each, task in entries
        for parent in task.parents or ()
    }
    return Named(
        refs={(each.format, task.ref) for each, task in entries},
        tasks=texts("id") | {key for key in parents if isinstance(key, str)},
        agents=texts("agent_id") | {entry.key for each in readings for entry in each.agents},
        calendars=texts("calendar_id") | {entry.key for each in readings for entry in each.calendars},
        owners=texts("owner"),
    )  # fmt: skip
