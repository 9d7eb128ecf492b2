"""How one try of a run ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from scheduling.agents.base import Usage
from scheduling.models import Run
from scheduling.recording import Record
from signals.sanitise import clean_text

#: What the columns hold.
MOST_COUNT = 2**31 - 1
MOST_COST = Decimal(999_999)
_MODEL_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one try of a run ended. `lease_token` fences it: a stale one changes nothing.

    `status` is final, or `queued` for another try at `next_attempt_at`. With `expired_before`
    it counts only if the lease ended before that instant (a rescue).
    """

    run_id: uuid.UUID
    lease_token: uuid.UUID
    status: Run.Status
    failure_reason: str = ""
    error: str = ""
    error_trace: str = ""
    next_attempt_at: datetime | None = None
    output: str = ""
    output_type: str = ""
    output_data: Any = None
    output_truncated: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: What this try took; that of earlier tries is on the run already.
    usage: Usage = field(default_factory=Usage)
    state: Mapping[str, Any] | None = None
    #: What the agent remembers from now on; None leaves that.
    memory: str | None = None
    #: The agent cannot run as it is set up: why. Its tasks are blocked with it.
    blocked: str = ""
    #: What the try did on its way and is not written yet.
    steps: Sequence[Record] = ()
    expired_before: datetime | None = None


def bounded(usage: Usage) -> Usage:
    """Return `usage` as it can be stored: agents may claim anything, and what they took counts."""

    def count(number: int) -> int:
        return min(max(number, 0), MOST_COUNT)

    return replace(
        usage,
        model=clean_text(usage.model)[:_MODEL_CHARS],
        requests=count(usage.requests),
        input_tokens=count(usage.input_tokens),
        output_tokens=count(usage.output_tokens),
        tool_calls=count(usage.tool_calls),
        cost=None if usage.cost is None else min(usage.cost, MOST_COST),
    )
