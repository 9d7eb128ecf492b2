"""What templates about deliveries and webhooks need: `{% load deliveries %}`."""

from __future__ import annotations

import json
from typing import Any

from django import template

from notifications.labels import format_label as label_of
from notifications.labels import webhook_label
from notifications.models import Delivery

register = template.Library()


@register.filter
def format_label(name: str) -> str:
    """A format's name for people."""
    return label_of(name)


@register.filter
def webhook_name(delivery: Delivery) -> str:
    """The name of the webhook that a delivery is for."""
    return webhook_label(delivery.webhook_name, delivery.format)


@register.filter
def pretty_json(value: Any) -> str:
    """JSON, as a text or as a value, over several lines; a text that is no JSON as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (
            ValueError,
            RecursionError,
        ):  # cut off, or a receiver's own kind of answer
            return str(value)
        if isinstance(value, str):
            return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
