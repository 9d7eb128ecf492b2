"""What the page of a signal output shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from signals.admin.links import RUN_PAGE, TASK_PAGE, links_to
from signals.admin.reading import as_json, is_empty, readable
from signals.lifecycle import BY_HAND
from signals.models import SignalOutput

LAYERS = ("layer1_result", "layer2_result", "layer3_result", "signal_factors")
WHOLE = ("content", "metadata", *LAYERS, "result")


def page_of(
    request: HttpRequest, signal: SignalOutput, *, may_move: bool
) -> dict[str, Any]:
    """Return the context of `admin/signals/signaloutput/page.html`."""
    lease_end = signal.lease_expires_at
    return {
        "signal": signal,
        "text": signal.content if isinstance(signal.content, str) else "",
        "layers": _layers(signal),
        "whole": [
            (_name(name), as_json(value))
            for name in WHOLE
            if not is_empty(value := getattr(signal, name))
        ],
        "moves": list(signal.moves.all()),
        "task_url": links_to(request, TASK_PAGE, [signal.task_id]).get(signal.task_id),
        "run_url": links_to(request, RUN_PAGE, [signal.run_id]).get(signal.run_id),
        "lease_is_over": lease_end is not None and lease_end < timezone.now(),
        "seen": seen_mark(signal),
        "moves_by_hand": _moves_by_hand(signal) if may_move else [],
    }


def seen_mark(signal: SignalOutput) -> str:
    """How a person saw the signal; another mark means that it has moved since."""
    return f"{signal.status}-{signal.claims}"


def _layers(signal: SignalOutput) -> list[tuple[str, Any]]:
    """What there is to read, by name; a content that is JSON is one of them."""
    names: tuple[str, ...] = LAYERS
    if not isinstance(signal.content, str):
        names = ("content", *LAYERS)
    return [
        (_name(name), readable(value))
        for name in names
        if not is_empty(value := getattr(signal, name))
    ]


def _name(field: str) -> str:
    return str(SignalOutput._meta.get_field(field).verbose_name)  # type: ignore[union-attr] # noqa: SLF001 -- a column of our own


def _moves_by_hand(signal: SignalOutput) -> list[dict[str, str]]:
    words = {
        "new": (
            _("Put back to new"),
            _("It waits for a consumer again, with all its tries. Who holds it now loses it."),
        ),
        "completed": (
            _("Mark as completed"),
            _("No consumer gets it any more, and it counts as done."),
        ),
        "failed": (
            _("Mark as failed"),
            _("No consumer gets it any more. Your note is kept as the error."),
        ),
    }  # fmt: skip
    return [
        {"status": status, "title": words[status][0], "means": words[status][1]}
        for status, sources in BY_HAND.items()
        if signal.status in sources
    ]
