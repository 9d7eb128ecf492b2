"""Which webhooks of the address book a task reports to, and which one is told of its incidents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from notifications import endpoints
from notifications.models import Webhook
from notifications.services import MAX_WEBHOOKS
from scheduling.models import ScheduledTask
from scheduling.services.people import User

logger = logging.getLogger(__name__)

FIELD, ALERTS = "shared_webhooks", "alert_webhook"


def check_shared(
    task: ScheduledTask,
    wanted: Sequence[int] | None,
    fields: Mapping[str, Any],
    user: User,
    *,
    source: ScheduledTask | None = None,
) -> list[int] | None:
    """Return the ids that `task` is to have, each once; None when nobody asks to change them.

    Whoever is not of the staff may take them away, and keep those that there are, also in a copy
    of `source`: who else writes to the team's channel is for staff to say. Raises
    `ValidationError` by field.
    """
    ids = None if wanted is None else sorted(set(wanted))
    if source is not None:
        user = None  # it has no more than what it is a copy of
    errors = {
        name: message
        for name, message in (
            (FIELD, _wrong_ids(task, ids or (), user)),
            (ALERTS, _wrong_channel(task, fields, user)),
        )
        if message
    }
    if errors:
        raise ValidationError(errors)
    return ids


def save_shared(task: ScheduledTask, ids: Sequence[int]) -> None:
    """Make them those that `check_shared` returned; in the caller's transaction."""
    task.shared_webhooks.set(ids)


def address_book() -> Any:
    """The webhooks that tasks may share, without their secrets."""
    rows = Webhook.objects.filter(taskwebhook__isnull=True)
    return rows.defer(*Webhook.ENCRYPTED)


def shared_by(task: ScheduledTask) -> list[int]:
    """The ids of those that it has."""
    if task._state.adding:  # noqa: SLF001 -- Django's documented API
        return []
    through = ScheduledTask.shared_webhooks.through.objects
    return sorted(
        through.filter(scheduledtask_id=task.pk).values_list("webhook_id", flat=True)
    )


def delete_shared(webhook: Webhook, *, user: User) -> None:
    """Delete it, and end the incident about it; the tasks that use it report there no more."""
    with transaction.atomic():
        endpoints.say_it_is_over(webhook, user)
        logger.info("webhook %s of the address book deleted by %s", webhook.pk, user)
        webhook.delete()


def _wrong_ids(task: ScheduledTask, ids: Iterable[int], user: User) -> str:
    asked = set(ids)
    if not asked:
        return ""
    if len(asked) > MAX_WEBHOOKS:
        text = _("%(count)d are too many: at most %(most)d.")
        return text % {"count": len(asked), "most": MAX_WEBHOOKS}
    there = set(address_book().filter(pk__in=asked).values_list("pk", flat=True))
    if unknown := sorted(asked - there):
        text = _("The address book has no webhook %(ids)s.")
        return text % {"ids": ", ".join(map(str, unknown))}
    if _is_staff(user) or asked <= set(shared_by(task)):
        return ""
    return _("Only staff let a task report to the address book.")


def _wrong_channel(task: ScheduledTask, fields: Mapping[str, Any], user: User) -> str:
    given = fields.get("alert_webhook_id", fields.get(ALERTS))
    if given is None or _is_staff(user):
        return ""  # whether it is there is asked of the whole row
    key = getattr(given, "pk", given)
    kept = ScheduledTask.objects.filter(pk=task.pk, alert_webhook_id=key)
    return "" if kept.exists() else _("Only staff choose who is told of incidents.")


def _is_staff(user: User) -> bool:
    return user is None or bool(getattr(user, "is_staff", False))
