"""One verb done to several tasks: what is asked before, and what is said after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask

TOLD = "admin/scheduling/scheduledtask/told.html"
MOST_TOLD = 5
MOST_NAMED = 20
_BIG = ("input_message", "system_prompt_override", "state", "agent__options", "agent__system_prompt")  # fmt: skip


@dataclass
class Outcome:
    """The tasks it was done to, the runs that came of it, and why not to the others."""

    done: list[ScheduledTask] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    idle: int = 0
    """How many needed nothing."""
    refused: list[str] = field(default_factory=list)


def chosen(request: HttpRequest, tasks: QuerySet[ScheduledTask]) -> dict[str, Any]:
    """Return the context of `chosen.html`: the first tasks, and what its answer sends back."""
    count = tasks.count()
    named = list(tasks.defer(*_BIG)[:MOST_NAMED])
    return {
        "count": count,
        "tasks": named,
        "rest": count - len(named),
        "box": ACTION_CHECKBOX_NAME,
        # All that the filters find are not named one by one: the address holds the filters.
        "across": request.POST.get("select_across") == "1",
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
    }


def each(
    tasks: Iterable[ScheduledTask],
    verb: Callable[..., ScheduledTask | Run],
    user: Any,
    needless: Callable[[ScheduledTask], bool] = lambda task: False,
) -> Outcome:
    """Call the service `verb` on every task that it is not `needless` for.

    One that refuses does not stop the others.
    """
    outcome = Outcome()
    for task in tasks:
        if needless(task):
            outcome.idle += 1
            continue
        try:
            made = verb(task, user=user)
        except Conflict as error:
            outcome.refused.append(f"{task}: {error}")
        except ValidationError as error:
            outcome.refused.append(f"{task}: {' '.join(error.messages)}")
        else:
            outcome.done.append(task)
            outcome.runs += [made] if isinstance(made, Run) else []
    return outcome


def tell(
    request: HttpRequest, outcome: Outcome, done: Any, needless: Any = None
) -> None:
    """Say it on the next page; `done` and `needless` are lazy `ngettext`s of `count`."""
    for reason in outcome.refused[:MOST_TOLD]:
        messages.warning(request, reason)
    if rest := len(outcome.refused[MOST_TOLD:]):
        text = ngettext(
            "%(count)d more task was refused.",
            "%(count)d more tasks were refused.",
            rest,
        )
        messages.warning(request, text % {"count": rest})
    idle = needless % {"count": outcome.idle} if outcome.idle else ""
    if outcome.done:
        said = done % {"count": len(outcome.done)}
        messages.success(request, _with_links(request, outcome, f"{said} {idle}"))
    elif idle:
        messages.info(request, idle)
    elif not outcome.refused:
        messages.warning(request, _("There was nothing to do."))


def _with_links(request: HttpRequest, outcome: Outcome, said: str) -> str:
    """`said` and, for who may look at them, links to the runs."""
    may = request.user.has_perm("scheduling.view_run")
    context = {
        "said": said.strip(),
        "runs": outcome.runs[:MOST_TOLD] if may else [],
        "more": len(outcome.runs) > MOST_TOLD,
    }
    return render_to_string(TOLD, context)
