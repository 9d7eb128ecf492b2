"""Tickets sorted by rules that people can read: the first that fits decides."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scheduling.functions import FunctionContext

_HERE = Path(__file__).parent
#: Words of a ticket -> its queue and its priority.
RULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("down", "outage", "cannot log in", "hacked"), "operations", "high"),
    (("refund", "invoice", "charged"), "billing", "normal"),
    (("how do i", "where is", "question"), "first level", "low"),
)
_OTHERS = ("first level", "normal")
HOURS = {"high": 4.0, "normal": 24.0, "low": 72.0}


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket as its file has it, with what the rules make of it."""

    id: str
    subject: str
    is_open: bool
    opened_at: datetime
    queue: str
    priority: str


def triage_tickets(file: str) -> dict[str, Any]:
    """Return the open tickets by queue, the urgent ones first."""
    tickets = [each for each in read_tickets(file) if each.is_open]
    tickets.sort(key=lambda each: (list(HOURS).index(each.priority), each.id))
    queues: dict[str, list[str]] = {}
    for each in tickets:
        queues.setdefault(each.queue, []).append(f"{each.id} [{each.priority}] {each.subject}")  # fmt: skip
    return {"open": len(tickets), "queues": queues}


def find_overdue(file: str, context: FunctionContext, hours: Mapping[str, float] | None = None) -> str:  # fmt: skip
    """Name the open tickets that have waited longer than their priority allows."""
    allowed, now = {**HOURS, **(hours or {})}, context.scheduled_for
    waited = [(each, (now - each.opened_at).total_seconds() / 3600) for each in read_tickets(file) if each.is_open]  # fmt: skip
    late = [(each, age) for each, age in waited if age > allowed[each.priority]]
    late.sort(key=lambda pair: -pair[1])
    lines = [f"- {each.id} {each.subject}: {age:.0f} h, allowed {allowed[each.priority]:g}" for each, age in late]  # fmt: skip
    return "\n".join(
        [f"{len(late)} of {len(waited)} open tickets are overdue.", *lines]
    )


def weekly_summary(file: str) -> str:
    """Count the tickets by state and queue."""
    tickets = list(read_tickets(file))
    states = Counter("open" if each.is_open else "closed" for each in tickets)
    queues = Counter(each.queue for each in tickets)
    return "\n".join(
        [
            f"{len(tickets)} tickets: {states['open']} open, {states['closed']} closed.",
            *(f"- {queue}: {count}" for queue, count in sorted(queues.items())),
        ]
    )


def read_tickets(file: str) -> list[Ticket]:
    """Read a CSV or JSON file; a relative path begins beside this module."""
    place = _HERE / file
    text = place.read_text(encoding="utf-8")
    rows = json.loads(text) if place.suffix == ".json" else csv.DictReader(text.splitlines())  # fmt: skip
    return [_ticket(row) for row in rows]


def _ticket(row: Mapping[str, str]) -> Ticket:
    subject = row["subject"]
    words = f"{subject} {row.get('text', '')}".casefold()
    fitting = ((queue, priority) for needles, queue, priority in RULES if any(each in words for each in needles))  # fmt: skip
    queue, priority = next(fitting, _OTHERS)
    opened = datetime.fromisoformat(row["opened_at"])
    return Ticket(
        id=str(row["id"]),
        subject=subject,
        is_open=row.get("status", "open") != "closed",
        opened_at=opened if opened.tzinfo else opened.replace(tzinfo=UTC),
        queue=queue,
        priority=priority,
    )
