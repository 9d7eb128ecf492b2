"""What was planned stays planned; the groups may do with the new models what they may with the old."""

from importlib import import_module

from django.db import migrations
from django.db.models import F

groups = import_module("scheduling.migrations.0004_groups")

LOOKED_AT = ("calendar", "blackout", "backfill", "event", "version", "dependency")
EDITED = ("calendar", "blackout", "dependency")
#: Whoever may pause a task or bring a run about may do it for all of them, and for the past.
OPERATED = ("operate_blackout",)
WATCH = "Look for late tasks"


def plan(apps, schema_editor):
    tasks = apps.get_model("scheduling", "ScheduledTask").objects
    tasks.using(schema_editor.connection.alias).filter(
        active=True, next_run_at__isnull=False
    ).update(next_slot=F("next_run_at"), due_at=F("next_run_at"))


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    groups._create_permissions(apps, "scheduling", alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    ours = permissions.filter(content_type__app_label="scheduling")
    look = ours.filter(codename__in=[f"view_{each}" for each in LOOKED_AT])
    operate = ours.filter(codename__in=OPERATED)
    edit = ours.filter(
        codename__in=[
            f"{verb}_{model}" for verb in ("add", "change", "delete") for model in EDITED
        ]
    )
    for name, granted in {
        "viewers": look,
        "operators": look | operate,
        "editors": look | operate | edit,
    }.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*granted)


def watch(apps, schema_editor):
    alias = schema_editor.connection.alias
    model = apps.get_model
    every, _ = model("django_celery_beat", "IntervalSchedule").objects.using(
        alias
    ).get_or_create(every=20, period="seconds")
    model("django_celery_beat", "PeriodicTask").objects.using(alias).get_or_create(
        name=WATCH,
        defaults={"task": "scheduling.watch", "interval": every, "expire_seconds": 40},
    )


def unwatch(apps, schema_editor):
    alias = schema_editor.connection.alias
    periodic = apps.get_model("django_celery_beat", "PeriodicTask").objects
    periodic.using(alias).filter(name=WATCH).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0006_schedules_that_never_lie"),
        ("scheduling", "0002_housekeeping"),
        ("scheduling", "0004_groups"),
    ]

    operations = [
        migrations.RunPython(plan, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(watch, unwatch),
    ]
