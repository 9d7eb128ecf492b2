"""Acts of agents: each in one transaction under the lock of its root, and in the audit trail.

An accepted act is written with what it did. A refused one is written in a transaction of its
own, because that of the act was rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from notifications.ssrf import safe_origin
from scheduling import events
from scheduling.agents.base import ToolError
from scheduling.exceptions import Conflict
from scheduling.lineage import TASK, USER, root_of
from scheduling.models import AgentAct, Event, Run, ScheduledTask
from scheduling.toolbox import Caller, require_lease
from signals.sanitise import cap_text, clean_json, clean_text

#: Refusals of one run, or of one agent outside in an hour, after which nothing is looked at.
MAX_REFUSALS = 20
_HOUR = timedelta(hours=1)
#: No run takes longer, or it has its refusals anew.
_DAY = timedelta(days=1)
_MAX_ARGUMENT_CHARS = 2000
_MAX_ARGUMENTS = 50
_MAX_WORDS = 2000
_SECRET_NAMES = ("key", "token", "secret", "password", "authorization", "cookie")
#: The one row that counts the calls after `MAX_REFUSALS`.
_FURTHER = "further"


class Refused(ToolError):
    """A guard refused: it is told to people too. `guard` names it."""

    def __init__(self, guard: str, words: str) -> None:
        super().__init__(words)
        self.guard = guard


class _Hushed(Refused):
    """Refused without a look, after too many refusals."""


@dataclass(frozen=True, kw_only=True)
class Root:
    """What stands at the root of a lineage, locked: a task of a person, or the person."""

    #: Of an agent outside: None, it has no task.
    task: ScheduledTask | None
    #: In whose name the agent acts; None: nobody's.
    user: Any


@dataclass(frozen=True, kw_only=True)
class Done:
    """What an accepted act came to."""

    answer: Any
    task_ref: str


def act(
    caller: Caller,
    tool: str,
    action: str,
    arguments: Mapping[str, Any],
    work: Callable[[Root], Done],
) -> Any:
    """Do `work` under the lock of the root and write it down; returns its answer.

    Raises `ToolError` with the words for the agent, which are written down too.
    """
    row = AgentAct(
        lineage=caller.lineage[:120],
        run_id=caller.run_id,
        tool=tool,
        action=clean_text(action)[:50],
        task_ref=clean_text(str(arguments.get("id") or ""))[:100],
        arguments=_shown(arguments),
    )
    try:
        # What agents are told is English, whoever's request this is.
        with translation.override("en"), transaction.atomic():
            root = _lock(caller)
            row.user_id = root.user.pk if root.user else None
            require_lease(caller)
            _check_refusals(caller)
            done = _in_words(work, root)
            row.task_ref = done.task_ref
            row.words = _cut(_words_of(done.answer))
            row.save()
    except ToolError as error:
        _write_refusal(caller, row, error)
        raise
    except IntegrityError as error:  # PostgreSQL notices at the commit
        gone = ToolError("a person changed or deleted it at this moment: try again")
        _write_refusal(caller, row, gone)
        raise gone from error
    return done.answer


def _lock(caller: Caller) -> Root:
    """Lock what stands at the root. Raises `Refused` when it is gone, or allows nothing."""
    kind, ref = root_of(caller.lineage)
    if kind == USER:
        people = get_user_model().objects.select_for_update(no_key=True)
        user = people.filter(pk=ref, is_active=True).first()
        if user is None:
            raise Refused("root", "the person you act for may not sign in any more")
        return Root(task=None, user=user)
    tasks = ScheduledTask.objects.select_for_update(of=("self",), no_key=True)
    task = tasks.select_related("agent", "owner").filter(pk=ref).first()
    if kind != TASK or task is None:
        raise Refused("root", "the task that all this began with was deleted")
    if not task.may_schedule:
        raise Refused("root", f"the task {task.id} does not let its agent make schedules any more")  # fmt: skip
    return Root(task=task, user=task.owner)


def _in_words(work: Callable[[Root], Done], root: Root) -> Done:
    try:
        return work(root)
    except ValidationError as error:
        raise ToolError(" ".join(_messages(error))) from error
    except Conflict as error:
        raise ToolError(str(error)) from error


def _messages(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return error.messages
    return [
        f"{field}: {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    ]


def _refusals(caller: Caller) -> QuerySet[AgentAct]:
    """Those that count: of this run, or of the last hour outside. Old acts are not gone through."""
    since = timezone.now() - (_HOUR if caller.run_id is None else _DAY)
    refused = AgentAct.objects.filter(lineage=caller.lineage, at__gte=since)
    return refused.filter(run_id=caller.run_id, accepted=False)


def _check_refusals(caller: Caller) -> None:
    if _refusals(caller).count() >= MAX_REFUSALS:
        what = "in an hour" if caller.run_id is None else "in this run"
        words = f"{MAX_REFUSALS} calls were refused {what}: no other is looked at"
        raise _Hushed("refusals", words)


def _write_refusal(caller: Caller, row: AgentAct, error: ToolError) -> None:
    """Write `row` down as refused; it may carry an id from the transaction that was rolled back."""
    row.pk, row.accepted, row.words = None, False, _cut(str(error))
    with transaction.atomic():
        _lock_row(caller)
        if isinstance(error, _Hushed):
            _count_further(caller, row)
        else:
            row.save()
        if isinstance(error, Refused):
            _tell_people(caller, row, error)


def _lock_row(caller: Caller) -> None:
    """Two refusals at once are told of once."""
    kind, ref = root_of(caller.lineage)
    if kind == USER:
        people = get_user_model().objects.select_for_update(no_key=True)
        people.filter(pk=ref).first()
    else:
        tasks = ScheduledTask.objects.select_for_update(no_key=True)
        tasks.filter(pk=ref).first()


def _count_further(caller: Caller, row: AgentAct) -> None:
    known = _refusals(caller).filter(action=_FURTHER).first()
    if known is None:
        row.action, row.task_ref, row.arguments = _FURTHER, "", {"calls": 1}
        row.save()
    else:
        known.arguments = {"calls": known.arguments.get("calls", 0) + 1}
        known.save(update_fields=["arguments"])


def _tell_people(caller: Caller, row: AgentAct, error: Refused) -> None:
    """Write an event, once for each lineage, guard and hour."""
    now = timezone.now()
    kind, ref = root_of(caller.lineage)
    task = ScheduledTask.objects.filter(pk=ref).first() if kind == TASK else None
    latest = Event.objects.filter(
        kind=Event.Kind.REFUSED,
        at__gte=now.replace(minute=0, second=0, microsecond=0),
        data__lineage=caller.lineage,
        data__guard=error.guard,
    )
    latest = latest.filter(task=task) if task else latest
    if latest.exists():
        return
    event = Event(
        kind=Event.Kind.REFUSED,
        task=task,
        task_ref=task.id if task else "",
        task_name=task.name if task else "",
        run=Run.objects.filter(pk=caller.run_id).first() if caller.run_id else None,
        at=now,
        note=_cut(f"{row.tool}: {error}"),
        data={"lineage": caller.lineage, "guard": error.guard},
    )
    events.record([event])


def _shown(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they may be kept: storable, short, and without what looks secret."""
    cleaned = clean_json(dict(list(arguments.items())[:_MAX_ARGUMENTS]))
    shown = _blotted(cleaned)
    return shown if isinstance(shown, dict) else {}


def _blotted(value: Any, name: str = "") -> Any:
    if any(each in name.lower() for each in _SECRET_NAMES):
        return "***"
    if isinstance(value, dict):
        pairs = list(value.items())[:_MAX_ARGUMENTS]
        return {key[:100]: _blotted(item, key) for key, item in pairs}
    if isinstance(value, list):
        return [_blotted(each) for each in value[:_MAX_ARGUMENTS]]
    if not isinstance(value, str):
        return value
    if "://" in value and name.endswith("url"):
        return safe_origin(value)  # the path of a webhook is its password
    return cap_text(value, _MAX_ARGUMENT_CHARS)[0]


def _words_of(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    return ", ".join(f"{key}: {value}" for key, value in dict(answer).items())


def _cut(words: str) -> str:
    return cap_text(clean_text(words), _MAX_WORDS)[0]
