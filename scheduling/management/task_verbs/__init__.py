"""The verbs of `manage.py tasks`, a module for those that belong together."""

from __future__ import annotations

from scheduling.management.task_verbs.acts import Clone, Delete, Pause, Resume
from scheduling.management.task_verbs.edit import Create, Update
from scheduling.management.task_verbs.lists import Due, List, Next
from scheduling.management.task_verbs.run import Run
from scheduling.management.task_verbs.scheduled import Scheduled
from scheduling.management.task_verbs.show import History, Show

__all__ = ["VERBS", "List", "Run"]

VERBS = (
    Create, Update, List, Show, Delete, Clone, Run, Pause, Resume, Due, Next, History, Scheduled,
)  # fmt: skip
