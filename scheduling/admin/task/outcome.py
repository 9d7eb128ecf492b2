"""One verb done to several tasks, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask

MOST_TOLD = 5


@dataclass
class Outcome:
    """How many tasks it was done to, and why not to the others."""

    count: int = 0
    refused: list[str] = field(default_factory=list)


def each(
    tasks: Iterable[ScheduledTask], verb: Callable[..., Any], user: Any
) -> Outcome:
    """Call the service `verb` on every task; one that refuses does not stop the others."""
    outcome = Outcome()
    for task in tasks:
        try:
            verb(task, user=user)
            outcome.count += 1
        except Conflict as error:
            outcome.refused.append(f"{task}: {error}")
        except ValidationError as error:
            outcome.refused.append(f"{task}: {' '.join(error.messages)}")
    return outcome


def tell(request: HttpRequest, outcome: Outcome, done: Any) -> None:
    """Say it on the next page; `done` is a lazy `ngettext` of `count`."""
    for reason in outcome.refused[:MOST_TOLD]:
        messages.warning(request, reason)
    if rest := len(outcome.refused[MOST_TOLD:]):
        text = ngettext(
            "%(count)d more task was refused.",
            "%(count)d more tasks were refused.",
            rest,
        )
        messages.warning(request, text % {"count": rest})
    if outcome.count:
        messages.success(request, done % {"count": outcome.count})
    elif not outcome.refused:
        messages.warning(request, _("There was nothing to do."))
