"""Verbs people ask for: replay a delivery, cancel one, say which webhooks there are to be."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import lifecycle
from notifications.exceptions import Conflict
from notifications.formatters import get_formatter
from notifications.models import Delivery, Webhook
from notifications.replays import (
    SwitchedOn,
    mark_arrived,
    missed_count,
    replay,
    replay_all,
    replayable,
    seconds_to_replay,
    switch_on,
)
from notifications.signing import generate_secret

__all__ = [
    "SwitchedOn",
    "cancel_delivery",
    "check_webhooks",
    "mark_arrived",
    "missed_count",
    "replay",
    "replay_all",
    "replayable",
    "rotate_secret",
    "save_webhooks",
    "seconds_to_replay",
    "switch_on",
]

logger = logging.getLogger(__name__)

KEEP_OLD_SECRET = timedelta(hours=24)
"""How long both the new and the old signing secret sign after a change."""
MAX_WEBHOOKS = 20
"""Most webhooks of one task: each gets a copy of every result."""


def cancel_delivery(
    delivery: Delivery, *, user: AbstractBaseUser | AnonymousUser | None
) -> Delivery:
    """Cancel a delivery that waits for its next try. Raises `Conflict` otherwise."""
    if not lifecycle.cancel(delivery):
        raise Conflict(_("Only a pending delivery can be cancelled."))
    logger.info("delivery %s cancelled by %s", delivery.id, user)
    delivery.refresh_from_db()
    return delivery


def rotate_secret(
    webhook: Webhook,
    *,
    user: AbstractBaseUser | AnonymousUser | None,
    keep_old_for: timedelta = KEEP_OLD_SECRET,
) -> str:
    """Give `webhook` a new signing secret and return it, this once.

    The old one signs too for `keep_old_for`, so that the receiver can follow in its own time.
    Raises `Conflict` for a format that is not signed.
    """
    if not get_formatter(webhook.format).signs:
        raise Conflict(
            _("Messages of the format %(format)r are not signed.")
            % {"format": webhook.format}
        )
    secret, now = generate_secret(), timezone.now()
    with transaction.atomic():
        stored = Webhook.objects.select_for_update().get(pk=webhook.pk)
        keeps = bool(stored.signing_secret) and keep_old_for > timedelta(0)
        stored.previous_secret = stored.signing_secret if keeps else ""
        stored.previous_secret_until = now + keep_old_for if keeps else None
        stored.signing_secret = secret
        stored.save(
            update_fields=[
                "signing_secret", "previous_secret", "previous_secret_until", "updated_at",
            ]
        )  # fmt: skip
    logger.info("signing secret of webhook %s changed by %s", webhook.pk, user)
    webhook.refresh_from_db(
        fields=["signing_secret", "previous_secret", "previous_secret_until"]
    )
    return secret


def check_webhooks(
    model: type[Webhook],
    owner_field: str,
    owner: Model,
    wanted: Sequence[Mapping[str, Any]],
) -> list[Webhook]:
    """Return the webhooks that `owner` is to have, valid and unsaved; outside a transaction.

    It looks names up, which may take seconds. An entry with the `id` of one of its webhooks
    changes that one, and keeps the URL and the headers it does not name; the others are new.
    Raises `ValidationError` under `webhooks`, naming each entry by its place.
    """
    if len(wanted) > MAX_WEBHOOKS:
        raise ValidationError(
            {"webhooks": f"{len(wanted)} are too many: at most {MAX_WEBHOOKS}."}
        )
    existing = {each.pk: each for each in model.objects.filter(**{owner_field: owner})}
    errors: list[dict[str, list[str]]] = []
    kept: list[Webhook] = []
    for entry in wanted:
        webhook, problem = _from_entry(model, owner_field, owner, entry, existing)
        if any(webhook is each for each in kept):
            problem = {"id": [f"{entry['id']!r} is named twice."]}
        errors.append(problem)
        kept.append(webhook)
    if any(errors):
        raise ValidationError({"webhooks": _in_place(errors)})
    return kept


def save_webhooks(
    model: type[Webhook], owner_field: str, owner: Model, kept: Sequence[Webhook]
) -> None:
    """Make the webhooks of `owner` those that `check_webhooks` returned; the others go.

    Inside the caller's transaction. One that was off, and is to be on, ends its incident.
    """
    were_off = model.objects.filter(**{owner_field: owner}, active=False)
    off = set(were_off.values_list("pk", flat=True))
    for webhook in kept:
        if webhook.active and webhook.pk in off:
            switch_on(webhook, user=None)
            webhook.failing_since = None
        setattr(webhook, owner_field, owner)
        webhook.save()
    others = model.objects.filter(**{owner_field: owner})
    others.exclude(pk__in=[webhook.pk for webhook in kept]).delete()


def _from_entry(
    model: type[Webhook],
    owner_field: str,
    owner: Model,
    entry: Mapping[str, Any],
    existing: Mapping[Any, Webhook],
) -> tuple[Webhook, dict[str, list[str]]]:
    fields = {name: value for name, value in entry.items() if name != "id"}
    if unknown := sorted(set(fields) - set(Webhook.EDITABLE)):
        known = ", ".join(Webhook.EDITABLE)
        return model(), {
            name: [f"No such field; there are: {known}."] for name in unknown
        }
    if entry.get("id") is None:
        webhook = model(**{owner_field: owner}, **fields)
    elif entry["id"] in existing:
        webhook = existing[entry["id"]]
        webhook.keeps_url = fields.get("url", webhook.url) == webhook.url
        for name, value in fields.items():
            setattr(webhook, name, value)
    else:
        return model(), {"id": [f"{entry['id']!r} is none of its webhooks."]}
    try:
        webhook.full_clean(exclude=[owner_field])
    except ValidationError as error:
        return webhook, error.message_dict
    return webhook, {}


def _in_place(errors: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    return [
        f"[{place}].{field}: {message}"
        for place, problem in enumerate(errors)
        for field, messages in problem.items()
        for message in messages
    ]
