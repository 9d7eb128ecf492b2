"""The verbs of `manage.py scheduler`."""

from __future__ import annotations

from config.management.scheduler_verbs.exports import (
    Export,
    ExportIcal,
    Stats,
    WebhookUrl,
)
from config.management.scheduler_verbs.running import Start, Stop
from config.management.scheduler_verbs.status import Status
from config.management.scheduler_verbs.tasks import Listing, Trigger

VERBS = (Start, Stop, Status, Listing, Trigger, ExportIcal, Export, WebhookUrl, Stats)
