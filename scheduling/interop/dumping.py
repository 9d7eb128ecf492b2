"""Tasks as the text of a file; secrets only where somebody asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from scheduling import services
from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.backbeat import BackbeatFormat
from scheduling.interop.formats.base import Format
from scheduling.interop.masks import MASK, masked_credentials, masked_webhook
from scheduling.interop.unsaid import left_out
from scheduling.models import Agent, Calendar, ScheduledTask

_SECRET_KEYS = frozenset(
    {
        "url", "webhook_url", "headers", "authorization", "token", "secret", "password",
        "api_key", "apikey", "signing_secret", "credentials",
    }
)  # fmt: skip


class Unsaid(ValueError):
    """What a format cannot say of the tasks; `told` is a sentence for each."""

    def __init__(self, told: Sequence[str]) -> None:
        super().__init__("; ".join(told))
        self.told = told


class UnknownTask(LookupError):
    """A task that is to be written and is not there."""


@dataclass(frozen=True, kw_only=True)
class Dumped:
    """The text of a file, and a sentence for each task of which it does not say everything."""

    text: str
    left_out: Sequence[str] = ()


def dump(task_ids: Collection[str], format_name: str, *, secrets: bool) -> Dumped:
    """Return these tasks in that format; none named: all, and of Backbeat's own format everything.

    Without `secrets` the mark `***` stands for each of them. Raises `UnknownTask`, `Unsaid` for what the format
    cannot say, `DecryptionError` for a secret that no key reads.
    """
    tasks = _tasks(task_ids)
    if missing := sorted({*task_ids} - {task.pk for task in tasks}):
        raise UnknownTask(f"There is no task {missing[0]!r}.")
    kind = FORMATS[format_name]
    everything = isinstance(kind, BackbeatFormat) and not task_ids
    agents = list(Agent.objects.defer(None)) if everything else []
    book = list(services.address_book().defer(None)) if everything else []
    if not secrets:
        _mask(tasks, agents, book)
    if isinstance(kind, BackbeatFormat) and everything:
        return Dumped(text=kind.write_all(agents, Calendar.objects.all(), book, tasks))
    try:
        text = kind.write(tasks)
    except ValueError as error:
        raise Unsaid([*_unsaid(kind, tasks)] or [str(error)]) from error
    if isinstance(kind, BackbeatFormat):
        return Dumped(text=text)
    return Dumped(text=text, left_out=[*_left_out(kind, tasks)])


def _left_out(kind: Format, tasks: list[ScheduledTask]) -> Iterator[str]:
    for task in tasks:
        if names := left_out(kind, task):
            yield f"{task.pk}: {kind.label} has no place for {', '.join(names)}."


def _unsaid(kind: Format, tasks: list[ScheduledTask]) -> Iterator[str]:
    for task in tasks:
        try:
            kind.write([task])
        except ValueError as error:
            yield str(error)


def _tasks(task_ids: Collection[str]) -> list[ScheduledTask]:
    rows = ScheduledTask.objects.filter(pk__in=task_ids) if task_ids else ScheduledTask.objects.all()  # fmt: skip
    rows = rows.select_related("owner", "calendar", "alert_webhook", "imported")
    whole = Agent.objects.defer(None)
    return list(
        rows.prefetch_related(
            Prefetch("agent", whole), "tags", "dependencies", "event_triggers", "shared_webhooks", "webhooks"
        ).order_by("pk")
    )  # fmt: skip


def _mask(tasks: list[ScheduledTask], agents: list[Agent], book: list[Any]) -> None:
    """Put the mark in the place of each secret; these rows are never saved."""
    for task in tasks:
        for hook in (*task.webhooks.all(), *task.shared_webhooks.all(), task.alert_webhook):  # fmt: skip
            _mask_webhook(hook)
        if imported := getattr(task, "imported", None):
            imported.document = _masked(imported.document)
    for hook in book:
        _mask_webhook(hook)
    for agent in (*agents, *(task.agent for task in tasks)):
        agent.credentials = masked_credentials(agent.credentials)


def _mask_webhook(hook: Any) -> None:
    if hook is not None:
        secrets = {name: getattr(hook, name) for name in hook.SECRETS}
        for name, value in masked_webhook(secrets).items():
            setattr(hook, name, value)


def _masked(value: Any, *, is_secret: bool = False) -> Any:
    """A document as another system wrote it, with the mark for what looks like a secret."""
    if isinstance(value, Mapping):
        return {
            name: _masked(each, is_secret=is_secret or name.lower() in _SECRET_KEYS)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked(each, is_secret=is_secret) for each in value]
    return MASK if is_secret and isinstance(value, str) and value else value
