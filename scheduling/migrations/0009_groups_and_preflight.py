"""The groups may do with the new models what fits their work; blocked agents are looked at again."""

from importlib import import_module

from django.db import migrations

groups = import_module("scheduling.migrations.0004_groups")

LOOKED_AT = (
    "memory", "memoryversion", "step", "approval", "agentact", "spending", "ownerbudget",
)  # fmt: skip
#: Whoever runs tasks decides on what they say.
OPERATED = ("decide_approval",)
EDITED = ("edit_memory", "add_ownerbudget", "change_ownerbudget", "delete_ownerbudget")
CHECK = "Check blocked agents"


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    groups._create_permissions(apps, "scheduling", alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    ours = permissions.filter(content_type__app_label="scheduling")
    look = ours.filter(codename__in=[f"view_{each}" for each in LOOKED_AT])
    operate = ours.filter(codename__in=OPERATED)
    edit = ours.filter(codename__in=EDITED)
    for name, granted in {
        "viewers": look,
        "operators": look | operate,
        "editors": look | operate | edit,
    }.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*granted)


def check(apps, schema_editor):
    alias = schema_editor.connection.alias
    model = apps.get_model
    every, _ = model("django_celery_beat", "IntervalSchedule").objects.using(
        alias
    ).get_or_create(every=300, period="seconds")
    model("django_celery_beat", "PeriodicTask").objects.using(alias).get_or_create(
        name=CHECK,
        defaults={
            "task": "scheduling.check_agents", "interval": every, "expire_seconds": 600,
        },
    )  # fmt: skip


def uncheck(apps, schema_editor):
    alias = schema_editor.connection.alias
    periodic = apps.get_model("django_celery_beat", "PeriodicTask").objects
    periodic.using(alias).filter(name=CHECK).delete()


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_agents_of_every_kind")]

    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunPython(check, uncheck),
    ]
