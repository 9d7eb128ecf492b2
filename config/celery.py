"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("backbeat")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Leave logging as Django's LOGGING has set it up (a receiver is what Celery asks for)."""


@task_prerun.connect
def drop_dead_connections(**_: Any) -> None:
    """Check the kept connection once a task, so that a database restart costs no task."""
    close_old_connections()
