"""The groups of the staff: viewers look, operators run and pause, editors change."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOKED_AT = (
    "scheduling", "notifications", "signals", "django_celery_beat", "django_celery_results",
)  # fmt: skip
OWN_TOKENS = ("add_authtoken", "delete_authtoken", "view_authtoken")
OPERATED = (
    "operate_scheduledtask", "operate_run", "replay_delivery", "consume_signaloutput",
)  # fmt: skip
EDITED = ("agent", "scheduledtask", "taskwebhook", "webhook", "tag")


def create(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Permissions are otherwise made after the last migration, which is too late for a group.
    for label in (*LOOKED_AT, "knox"):
        _create_permissions(apps, label, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    look = permissions.filter(
        content_type__app_label__in=LOOKED_AT, codename__startswith="view_"
    ) | permissions.filter(content_type__app_label="knox", codename__in=OWN_TOKENS)
    operate = permissions.filter(
        content_type__app_label__in=LOOKED_AT, codename__in=OPERATED
    )
    edit = permissions.filter(
        content_type__app_label__in=("scheduling", "notifications"),
        codename__in=[
            f"{verb}_{model}" for verb in ("add", "change", "delete") for model in EDITED
        ],
    )
    for name, granted in {
        "viewers": look,
        "operators": look | operate,
        "editors": look | operate | edit,
    }.items():
        group, _ = groups.get_or_create(name=name)
        if not group.permissions.exists():  # else a person has filled it
            group.permissions.set(granted)


def _create_permissions(apps, label, alias):
    config = apps.get_app_config(label)
    kept = getattr(config, "models_module", None)
    config.models_module = kept or True  # the models of a migration have no module
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = kept


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0003_admin_and_inbox"),
        ("notifications", "0002_admin_and_inbox"),
        ("signals", "0002_admin_and_inbox"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("knox", "0009_extend_authtoken_field"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("django_celery_results", "0014_alter_taskresult_status"),
    ]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
