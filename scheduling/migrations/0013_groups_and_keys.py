"""The groups may make their own calendar feed keys; editors give keys to tasks."""

from importlib import import_module

from django.db import migrations

groups = import_module("scheduling.migrations.0004_groups")

OWN_KEYS = ("add_feedkey", "delete_feedkey", "view_feedkey")
LOOKED_AT = ("view_triggerkey",)
EDITED = ("add_triggerkey", "delete_triggerkey")


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    groups._create_permissions(apps, "scheduling", alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    ours = permissions.filter(content_type__app_label="scheduling")
    look = ours.filter(codename__in=(*OWN_KEYS, *LOOKED_AT))
    edit = ours.filter(codename__in=EDITED)
    for name, granted in {
        "viewers": look,
        "operators": look,
        "editors": look | edit,
    }.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*granted)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_everyone_moves_in")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
