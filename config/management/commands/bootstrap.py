"""`manage.py bootstrap`: the first admin and the first tasks, made once."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from pages.commands import Command as BaseCommand
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.services import create_task, run_now

_DIGEST = "installation-health"
_WATCHER = "page-watcher"


class Command(BaseCommand):
    """Prints the first admin's login, once. What a person deleted later is not made again.

    The admin is made where there is no superuser, the tasks where there is no agent.
    """

    help = "Make the first admin and the first tasks, on an empty installation."
    examples = ("manage.py bootstrap",)

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            users = get_user_model().objects
            admin = users.filter(is_superuser=True).order_by("pk").first()
            if admin is None:
                password = secrets.token_urlsafe(12)
                taken = users.filter(username="admin").exists()
                name = "backbeat-admin" if taken else "admin"
                admin = users.create_superuser(name, password=password)
                self.stdout.write(f"Login        {name} / {password}")
                self.stdout.write("             Shown this once: keep it.")
            if not Agent.objects.exists():
                self._first_tasks(admin)

    def _first_tasks(self, admin: Any) -> None:
        """Tasks that need no key: the digest of this installation, and a page watcher."""
        health = Agent.objects.create(
            id="health", name="Installation health", backend="health"
        )
        digest = create_task(
            fields={
                "id": _DIGEST,
                "name": "Installation health",
                "agent_id": health.id,
                "owner": admin,
                "target_user_id": str(admin.pk),
                "input_message": "Report on this installation.",
                "schedule_type": ScheduledTask.Type.CRON,
                "cron_expression": "0 * * * *",
            },
            webhooks=[{"name": "Signal table", "format": "signal_output"}],
            user=admin,
        )
        run_now(digest, user=admin, trigger=Run.Trigger.MANUAL)
        watch = Agent.objects.create(
            id="page-watch",
            name="Page watcher",
            backend="watch",
            options={"url": "https://www.example.com/"},
        )
        create_task(
            fields={
                "id": _WATCHER,
                "name": "Watch a page",
                "active": False,
                "agent_id": watch.id,
                "owner": admin,
                "target_user_id": str(admin.pk),
                "input_message": "Say what has changed on the page.",
                "schedule_type": ScheduledTask.Type.DAILY,
                "schedule_time": "08:00",
            },
            user=admin,
        )
