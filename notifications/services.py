"""Verbs people ask for: replay a delivery, cancel one, say which webhooks there are to be."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from notifications import lifecycle
from notifications.doorbell import ring
from notifications.exceptions import Conflict
from notifications.models import Delivery, Webhook

logger = logging.getLogger(__name__)

MAX_WEBHOOKS = 20
"""Most webhooks of one task: each gets a copy of every result."""


def replay(
    delivery: Delivery, *, user: AbstractBaseUser | AnonymousUser | None
) -> Delivery:
    """Deliver a final delivery again, under its old id.

    Raises `Conflict` while it is open, and when its webhook was deleted or is switched off.
    """
    active = Webhook.objects.filter(deliveries=delivery).values_list("active")
    if (True,) not in active:
        if active:
            raise Conflict(
                _(
                    "This delivery cannot be replayed: its webhook is switched off: switch it on first."
                )
            )
        raise Conflict(_("This delivery cannot be replayed: its webhook was deleted."))
    with transaction.atomic():
        if not lifecycle.reopen(delivery):
            raise Conflict(
                _("This delivery is still under way; replay it when it has ended.")
            )
        transaction.on_commit(partial(ring, [delivery.id]))
    logger.info("delivery %s replayed by %s", delivery.id, user)
    delivery.refresh_from_db()
    return delivery


def cancel_delivery(
    delivery: Delivery, *, user: AbstractBaseUser | AnonymousUser | None
) -> Delivery:
    """Cancel a delivery that waits for its next try. Raises `Conflict` otherwise."""
    if not lifecycle.cancel(delivery):
        raise Conflict(_("Only a pending delivery can be cancelled."))
    logger.info("delivery %s cancelled by %s", delivery.id, user)
    delivery.refresh_from_db()
    return delivery


def switch_on(
    webhook: Webhook, *, user: AbstractBaseUser | AnonymousUser | None
) -> bool:
    """Use a webhook again that Backbeat or a person switched off. False: it was on already."""
    switched = Webhook.objects.filter(pk=webhook.pk, active=False).update(
        active=True, disabled_reason=""
    )
    if switched:
        logger.info("webhook %s switched on by %s", webhook.pk, user)
    return bool(switched)


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

    Inside the caller's transaction.
    """
    for webhook in kept:
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
