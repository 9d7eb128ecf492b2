"""What changed from the run before to this one, for people who look at it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from notifications.diffs import Diff, diff
from notifications.rules import compared, words
from pages.translation import translated
from scheduling.models import Run
from scheduling.previous import compared_with, content_of


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The run that another is compared with, and the difference of their outputs."""

    before: Run
    changed: bool
    diff: Diff


@dataclass(frozen=True, kw_only=True)
class NotTold:
    """A webhook whose rule refused the result of a run."""

    webhook_id: int
    name: str
    why: str
    reason: str
    """`why` in the reader's language."""


def comparison_of(run: Run, among: QuerySet[Run]) -> Comparison | None:
    """Compare the output of `run` with the one before it, if that is `among` the runs one may see.

    None: there is none before, it has not succeeded, or its agent compares by itself and says
    what has changed in its output, as `watch` does.
    """
    if run.status != Run.Status.SUCCEEDED or run.is_reply:
        return None
    if isinstance(run.metadata.get("changed"), bool):
        return None
    before = compared_with(run, among)
    if before is None:
        return None
    old, new = content_of(before), content_of(run)
    changed = bool(compared(old, []) != compared(new, []))
    return Comparison(before=before, changed=changed, diff=diff(old, new))


def not_told(run: Run) -> list[NotTold]:
    """The webhooks that were not told of `run`, each with the reason."""
    return [
        NotTold(
            webhook_id=each["webhook"],
            name=each["name"],
            why=each["why"],
            reason=translated(words(each["why"], each.get("note", ""))),
        )
        for each in run.untold
    ]
