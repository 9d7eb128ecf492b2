"""What a finished run has to say, as far as the outside world is concerned."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Previous:
    """What a run is compared with. Without an earlier run it is empty."""

    status: str = ""
    """How the run before it ended: `succeeded` or `failed`; "" when there is none."""
    has_output: bool = False
    """Whether there is an output to compare with: of the last one that succeeded."""
    content: Any = None
    """That output: the typed one where there is one, else the text."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a finished run has to say, as far as the outside world is concerned."""

    run_id: uuid.UUID
    status: str
    task_id: str
    task_name: str
    user_id: str
    output_type: str
    content: Any
    text: str
    prompt: str
    metadata: Mapping[str, Any]
    #: The chat session that it belongs to; None: one of its own.
    session_id: uuid.UUID | None = None
    #: Answers somebody there: what they said stands there already, and nobody else is told.
    is_reply: bool = False
    #: None: it was not looked up, since none of its webhooks asks.
    previous: Previous | None = None

    def payload(self, **metadata: Any) -> dict[str, Any]:
        """The seven keys of CONTRACTS A0's NotificationPayload; `metadata` is added to its own."""
        return {
            "task_id": self.task_id,
            "task_name": self.task_name,
            "run_id": str(self.run_id),
            "user_id": self.user_id,
            "output_type": self.output_type,
            "content": self.content,
            "metadata": {**self.metadata, **metadata},
        }
