"""What the end of a run sets free: the runs after it in its cycle, and the one waiting its turn.

Called wherever runs become final, inside that transaction, so that no end goes unheard.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scheduling import cycles, waiting
from scheduling.models import Run


def settle(ended: Sequence[Run], now: datetime) -> None:
    """Let go on what waited for `ended`, runs whose final status is already written.

    The caller's transaction must be open; ringing happens after its commit.
    """
    if ended:
        skipped = cycles.advance(ended, now)
        waiting.release([*ended, *skipped], now)
