"""`scheduler list` and `trigger`: two verbs of `manage.py tasks` under APFlow's names."""

from __future__ import annotations

from scheduling.management.task_verbs import List, Run


class Listing(List):
    """As `tasks list`."""

    examples = ("manage.py scheduler list --all -f json",)


class Trigger(Run):
    """As `tasks run`."""

    name = "trigger"
    examples = ("manage.py scheduler trigger morning-report-vn --wait",)
