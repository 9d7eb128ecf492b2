"""`manage.py bootstrap`: the first admin and the first tasks, once."""

from __future__ import annotations

import importlib
import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from scheduling.models import Agent, Run, ScheduledTask
from tests.factories import make_agent, make_user

pytestmark = pytest.mark.django_db


def bootstrap() -> str:
    said = StringIO()
    call_command("bootstrap", stdout=said)
    return said.getvalue()


def test_an_empty_installation_gets_an_admin_who_can_log_in():
    name, password = re.findall(r"Login +(\S+) / (\S+)", bootstrap())[0]
    user = authenticate(username=name, password=password)
    assert user is not None
    assert user.is_superuser
    assert len(password) >= 16


def test_an_empty_installation_gets_tasks_that_need_no_key():
    bootstrap()
    digest, watcher = ScheduledTask.objects.order_by("id")
    assert (digest.active, digest.cron_expression) == (True, "0 * * * *")
    assert digest.next_run_at is not None
    assert watcher.active is False
    assert digest.webhooks.get().format == "signal_output"
    assert Run.objects.get().task == digest
    for agent in Agent.objects.all():
        agent.full_clean()


def test_a_second_time_makes_nothing_and_says_nothing():
    bootstrap()
    ScheduledTask.objects.all().delete()
    assert bootstrap() == ""
    assert not ScheduledTask.objects.exists()
    assert get_user_model().objects.count() == 1


def test_an_installation_that_has_agents_gets_no_tasks():
    make_agent()
    bootstrap()
    assert not ScheduledTask.objects.exists()


def test_a_superuser_that_is_there_is_kept():
    make_user(is_superuser=True, username="root")
    assert bootstrap() == ""
    assert ScheduledTask.objects.first().owner.username == "root"


def test_a_plain_user_called_admin_is_not_in_the_way():
    make_user(username="admin")
    assert "backbeat-admin / " in bootstrap()
    assert not get_user_model().objects.get(username="admin").is_superuser


def migration() -> Any:
    return importlib.import_module("scheduling.migrations.0002_housekeeping")


def test_housekeeping_is_there_as_periodic_tasks_whose_celery_tasks_exist():
    from config.celery import app

    PeriodicTask.objects.all().delete()
    migration().create(apps, None)
    migration().create(apps, None)
    app.loader.import_default_modules()
    rows = PeriodicTask.objects.all()
    assert len(rows) == 4
    for row in rows:
        row.full_clean()
        assert row.task in app.tasks
    migration().remove(apps, None)
    assert not PeriodicTask.objects.exists()
