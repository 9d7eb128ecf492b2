"""`manage.py tasks`: everything about tasks from the command line."""

from __future__ import annotations

from pages.commands import VerbCommand
from scheduling.management.task_verbs import VERBS
from scheduling.management.task_verbs.schedule_options import OPTION_OF


class Command(VerbCommand):
    help = "Make, change, list, run and pause tasks. VERB --help says more of each."
    verbs = VERBS
    option_of = OPTION_OF | {"input_message": "--prompt", "agent_id": "--agent", "webhooks": "--webhook", "tags": "--tag", "target_user_id": "--target-user"}  # fmt: skip
