"""Does this result deserve a message? Pure.

`judge` asks in this order, and the first "no" is the answer: the status, the streak, the agent's
own silence, the condition, the change. A failure is asked the first two only: whatever it is
about, somebody has to hear of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from notifications import conditions
from notifications.conditions import ConditionError
from notifications.result import Previous, Result
from notifications.silence_words import is_silent
from pages.sentence import Sentence

WANTED: dict[str, frozenset[str]] = {
    "always": frozenset({"succeeded", "failed"}),
    "success": frozenset({"succeeded"}),
    "failure": frozenset({"failed"}),
    "change": frozenset({"succeeded", "failed"}),
}
"""By `notify_on`: the statuses of a run that it wants to hear of. No other status has a result."""


class Rule(Protocol):
    """What is asked of a webhook (`notifications.models.rule`)."""

    @property
    def notify_on(self) -> str: ...
    @property
    def first_of_streak(self) -> bool: ...
    @property
    def changed_fields(self) -> Any: ...
    @property
    def condition(self) -> str: ...
    @property
    def obeys_silence(self) -> bool: ...


class Why(StrEnum):
    """Why a result is not told. Stored with its run, so a name stays what it is."""

    STATUS = "status"
    STREAK = "streak"
    SILENT = "silent"
    CONDITION = "condition"
    UNCHANGED = "unchanged"


WORDS: dict[Why, str] = {
    Why.STATUS: "its rule does not ask for runs that ended so",
    Why.STREAK: "the run before it ended the same way, and only the first of a streak is told",
    Why.SILENT: "the agent said that there is nothing to say",
    Why.CONDITION: "its condition does not hold",
    Why.UNCHANGED: "the output has not changed",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a webhook is told; when not, why, with a note for people if there is more to say."""

    why: Why | None = None
    note: str = ""

    @property
    def tells(self) -> bool:
        return self.why is None


TOLD = Verdict()


def words(why: str, note: str = "") -> Sentence:
    """Say why a result was not told. `why` may be one that this version does not know."""
    reason = Sentence(WORDS[Why(why)]) if why in WORDS else Sentence(why)
    if not note:
        return reason
    return Sentence("%(reason)s (%(note)s)", reason=reason, note=note)


def judge(rule: Rule, result: Result) -> Verdict:
    """Whether a webhook with `rule` is told of `result`. Raises `ValueError` for an unknown rule.

    What the rule asks of the runs before stands in `result.previous`; a first run is told.
    """
    failed = result.status == "failed"
    previous = result.previous or Previous()
    if result.status not in _wanted(rule.notify_on):
        return Verdict(why=Why.STATUS)
    first_only = rule.first_of_streak or (failed and rule.notify_on == "change")
    if first_only and previous.status == result.status:
        return Verdict(why=Why.STREAK)
    if failed:
        return TOLD
    if rule.obeys_silence and is_silent(result.text):
        return Verdict(why=Why.SILENT)
    if rule.condition and (refused := _refused(rule.condition, result)):
        return refused
    if rule.notify_on == "change" and not _has_changed(rule, result, previous):
        return Verdict(why=Why.UNCHANGED)
    return TOLD


def asks_before(rule: Rule) -> bool:
    """Whether `judge` needs to know of the runs before."""
    return rule.first_of_streak or rule.notify_on == "change"


def facts(result: Result) -> dict[str, Any]:
    """What a condition is asked about: the fields of the typed output, and of the run.

    `output` is the whole output, `text`, `status` and `metadata` are the run's; a field of the
    output that is called the same wins.
    """
    return {
        "output": result.content,
        "text": result.text,
        "status": result.status,
        "metadata": dict(result.metadata),
        **(result.content if isinstance(result.content, dict) else {}),
    }


def _wanted(notify_on: str) -> frozenset[str]:
    try:
        return WANTED[notify_on]
    except KeyError:
        raise ValueError(
            f"notify_on: {notify_on!r} is not a rule; there are: {', '.join(WANTED)}"
        ) from None


def _refused(condition: str, result: Result) -> Verdict | None:
    try:
        held = conditions.is_true(conditions.find(condition, facts(result)))
    except ConditionError as error:
        return Verdict(why=Why.CONDITION, note=str(error))
    return None if held else Verdict(why=Why.CONDITION, note=condition[:200])


def _has_changed(rule: Rule, result: Result, previous: Previous) -> bool:
    if not previous.has_output:
        return True
    said = result.metadata.get("changed")
    by_fields = rule.changed_fields and not isinstance(result.content, str)
    if isinstance(said, bool) and not by_fields:
        return said  # the agent compares by itself, as `watch` does
    before = compared(previous.content, rule.changed_fields)
    return bool(compared(result.content, rule.changed_fields) != before)


def compared(content: Any, fields: Any) -> Any:
    """What of an output counts: of a typed one these fields (JMESPath), else all of it.

    White space at the ends of lines, and blank lines around a text, do not.
    """
    if isinstance(content, str):
        return "\n".join(line.rstrip() for line in content.strip().splitlines())
    if not fields or content is None:
        return content
    return [_found(path, content) for path in fields]


def _found(path: str, content: Any) -> Any:
    try:
        return conditions.find(path, content)
    except ConditionError:
        return None
