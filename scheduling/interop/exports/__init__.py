"""Tasks for other programs: what triggers them, as a cron server or Kubernetes would."""

from __future__ import annotations

from scheduling.interop.exports.all_of_them import Exports, exports_of
from scheduling.interop.exports.cron_line import CannotExport, CronLine, cron_line
from scheduling.interop.exports.crontab import crontab, plain_crontab, token_file
from scheduling.interop.exports.kubernetes import kubernetes, manifests, plain_cronjob
from scheduling.interop.exports.webhook_url import (
    TOKEN_NAME,
    base_url,
    trigger_address,
    webhook_url,
)

__all__ = [
    "TOKEN_NAME",
    "CannotExport",
    "CronLine",
    "Exports",
    "base_url",
    "cron_line",
    "crontab",
    "exports_of",
    "kubernetes",
    "manifests",
    "plain_cronjob",
    "plain_crontab",
    "token_file",
    "trigger_address",
    "webhook_url",
]
