"""Where deliveries lead to, before anybody takes them on: what the lanes must know of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from notifications.destinations import destination_of, host_of
from notifications.encryption import DecryptionError, decrypt
from notifications.formatters import FORMATTERS
from notifications.lanes import Errand
from notifications.models import Delivery, Webhook


class _Place(NamedTuple):
    host: str
    destination: str


_UNREADABLE = _Place("", "")
#: Hosts by fingerprint: a URL is decrypted once a process. They are few, and short.
_hosts: dict[str, str] = {}


def errands_of(due: QuerySet[Delivery]) -> list[Errand]:
    """What the lanes must know of these deliveries, in their order; one query, seldom two.

    Chats get one message at a time in each place: they cannot sort what comes late, nor
    recognise what comes twice.
    """
    rows = list(
        due.values_list(
            "id", "format", "webhook_id", "webhook__destination", "webhook__chat_id"
        )
    )
    places = _places({(pk, known or "") for _, _, pk, known, _ in rows if pk})
    found = []
    for pk, name, webhook_id, _known, chat_id in rows:
        formatter = FORMATTERS.get(name)
        place = places.get(webhook_id, _UNREADABLE)
        if formatter is None:  # it will fail, in words
            found.append(Errand(id=pk, host=""))
            continue
        keeps_order = not formatter.deduplicates
        found.append(
            Errand(
                id=pk,
                host=place.host if formatter.carrier == "http" else formatter.carrier,
                channel=f"{place.destination or webhook_id} {chat_id or ''}"
                if keeps_order
                else "",
                destination=place.destination if formatter.carrier == "http" else "",
            )
        )
    return found


def _places(webhooks: Iterable[tuple[int, str]]) -> dict[int, _Place]:
    known = {
        pk: _Place(_hosts[destination], destination)
        for pk, destination in webhooks
        if destination in _hosts
    }
    strange = [pk for pk, _ in webhooks if pk not in known]
    return known | _looked_up(strange) if strange else known


def _looked_up(webhook_ids: Iterable[int]) -> dict[int, _Place]:
    """Read the URLs, each by itself: one lost key must not take the others with it."""
    urls = Webhook.objects.filter(pk__in=webhook_ids).values_list(
        "pk", "destination", Cast("url", TextField())
    )
    found = {}
    for pk, destination, token in urls:
        try:
            url = decrypt(token, of="url") if token else ""
        except DecryptionError:
            continue
        place = found[pk] = _Place(host_of(url), destination_of(url))
        if place.destination != destination:
            # A row from before there were fingerprints; once in its life.
            Webhook.objects.filter(pk=pk, destination=destination).update(
                destination=place.destination
            )
        if place.destination:
            _hosts[place.destination] = place.host
    return found
