"""`manage.py scheduler`: Backbeat without its web side, and what APFlow's command of that name does."""

from __future__ import annotations

from config.management.scheduler_verbs import VERBS
from pages.commands import VerbCommand


class Command(VerbCommand):
    help = "Start, stop and watch the scheduler without the web side; VERB --help says more of each."
    verbs = VERBS
    # `start` makes the secrets that the checks would ask for.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False
