"""Every export of a task at once, and for those there cannot be, why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from scheduling.interop.exports.cron_line import CannotExport
from scheduling.interop.exports.crontab import crontab
from scheduling.interop.exports.kubernetes import kubernetes
from scheduling.interop.exports.webhook_url import webhook_url
from scheduling.models import ScheduledTask


@dataclass(frozen=True, kw_only=True)
class Exports:
    """What triggers a task; "" where its schedule cannot be said, with the reason in `refused`."""

    webhook_url: dict[str, str]
    crontab: str
    kubernetes: str
    refused: dict[str, str] = field(default_factory=dict)


def exports_of(task: ScheduledTask, base_url: str, *, token: str = "") -> Exports:
    """Return all exports of `task`. With a `token`, the Secret for Kubernetes holds it."""
    refused: dict[str, str] = {}

    def text(kind: str, make: Callable[[], str]) -> str:
        try:
            return make()
        except CannotExport as error:
            refused[kind] = str(error)
            return ""

    return Exports(
        webhook_url=webhook_url(task, base_url),
        crontab=text("crontab", partial(crontab, task, base_url)),
        kubernetes=text("kubernetes", partial(kubernetes, task, base_url, token=token)),
        refused=refused,
    )
