"""Housekeeping as ordinary periodic tasks: visible and editable in the admin."""

from django.db import migrations

EVERY_SECONDS = {
    "Rescue and ring runs": ("scheduling.keep_house", 5),
    "Take over and ring deliveries": ("notifications.keep_house", 5),
}
DAILY = {
    "Prune old runs": ("scheduling.prune", "20"),
    "Prune old deliveries": ("notifications.prune", "40"),
}


def create(apps, schema_editor):
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    for name, (task, seconds) in EVERY_SECONDS.items():
        every, _ = interval.objects.get_or_create(every=seconds, period="seconds")
        periodic.objects.get_or_create(
            name=name,
            # A message that nobody took in time is worth nothing: the next one does it all.
            defaults={"task": task, "interval": every, "expire_seconds": seconds * 2},
        )
    for name, (task, minute) in DAILY.items():
        at, _ = crontab.objects.get_or_create(minute=minute, hour="3", timezone="UTC")
        periodic.objects.get_or_create(
            name=name, defaults={"task": task, "crontab": at}
        )


def remove(apps, schema_editor):
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    periodic.objects.filter(name__in=[*EVERY_SECONDS, *DAILY]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(create, remove)]
