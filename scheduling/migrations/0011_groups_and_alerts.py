"""The groups may do with incidents, the address book and event triggers what fits their work."""

from importlib import import_module

from django.db import migrations

groups = import_module("scheduling.migrations.0004_groups")

APPS = ("scheduling", "notifications")
LOOKED_AT = ("view_incident", "view_eventtrigger", "view_webhook")
#: Whoever runs tasks sees to what goes wrong with them.
OPERATED = ("acknowledge_incident", "test_webhook")
EDITED = ("add_eventtrigger", "change_eventtrigger", "delete_eventtrigger")


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    for label in APPS:
        groups._create_permissions(apps, label, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    ours = permissions.filter(content_type__app_label__in=APPS)
    look = ours.filter(codename__in=LOOKED_AT)
    operate = ours.filter(codename__in=OPERATED)
    edit = ours.filter(codename__in=EDITED)
    for name, granted in {
        "viewers": look,
        "operators": look | operate,
        "editors": look | operate | edit,
    }.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*granted)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0010_delivery_and_events"),
        ("notifications", "0003_delivery_people_rely_on"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
