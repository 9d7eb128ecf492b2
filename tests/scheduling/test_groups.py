"""The groups that the migrations ship."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

pytestmark = pytest.mark.django_db
ships = import_module("scheduling.migrations.0004_groups")


def ship():
    ships.create(apps, SimpleNamespace(connection=connection))


@pytest.fixture
def shipped():
    """The groups as an installation gets them, whatever other tests emptied."""
    Group.objects.all().delete()
    ship()


def granted(group):
    found = Permission.objects.filter(group__name=group)
    return {
        f"{app}.{name}"
        for app, name in found.values_list("content_type__app_label", "codename")
    }


@pytest.mark.usefixtures("shipped")
def test_each_group_may_all_that_the_smaller_one_may():
    assert granted("viewers") < granted("operators") < granted("editors")


@pytest.mark.usefixtures("shipped")
def test_operators_may_do_four_things_more():
    assert granted("operators") - granted("viewers") == {
        "scheduling.operate_scheduledtask", "scheduling.operate_run",
        "notifications.replay_delivery", "signals.consume_signaloutput",
    }  # fmt: skip


@pytest.mark.usefixtures("shipped")
def test_editors_write_what_people_own_and_no_history():
    assert granted("editors") - granted("operators") == {
        f"{app}.{verb}_{model}"
        for app, model in (
            ("scheduling", "agent"), ("scheduling", "scheduledtask"),
            ("scheduling", "taskwebhook"), ("scheduling", "tag"),
            ("notifications", "webhook"),
        )
        for verb in ("add", "change", "delete")
    }  # fmt: skip


@pytest.mark.usefixtures("shipped")
def test_viewers_look_at_every_model_and_at_no_users():
    labels = ("scheduling", "notifications", "signals", "django_celery_beat", "django_celery_results")  # fmt: skip
    every = {
        f"{label}.view_{model._meta.model_name}"
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if model._meta.default_permissions
    }
    tokens = {f"knox.{verb}_authtoken" for verb in ("add", "delete", "view")}
    assert granted("viewers") == every | tokens


@pytest.mark.usefixtures("shipped")
def test_a_group_that_somebody_filled_is_left_alone():
    mine = Group.objects.get(name="viewers")
    mine.permissions.set(Permission.objects.filter(codename="view_run"))
    ship()
    assert granted("viewers") == {"scheduling.view_run"}


@pytest.mark.usefixtures("shipped")
def test_shipping_twice_changes_nothing():
    before = {name: granted(name) for name in ("viewers", "operators", "editors")}
    ship()
    assert {name: granted(name) for name in before} == before
    assert Group.objects.count() == 3
