"""What templates about deliveries and webhooks need: `{% load deliveries %}`."""

from __future__ import annotations

import json
from typing import Any

from django import template

from notifications.formatters import FORMATTERS
from notifications.labels import format_label as label_of
from notifications.labels import webhook_label
from notifications.models import Delivery
from notifications.models.rule import Rule
from notifications.rule_words import rule_in_words

register = template.Library()
_PROTOCOLS = {"http": "HTTP", "mail": "SMTP"}


@register.filter
def format_label(name: str) -> str:
    """A format's name for people."""
    return label_of(name)


@register.filter
def answered(status_code: int, name: str) -> str:
    """A receiver's status, such as "SMTP 250"; "" when the format `name` has no receiver outside."""
    carrier = FORMATTERS[name].carrier if name in FORMATTERS else "http"
    protocol = _PROTOCOLS.get(carrier)
    return f"{protocol} {status_code}" if protocol else ""


@register.filter
def rule_words(rule: Rule) -> str:
    """What a webhook tells about, and when."""
    return rule_in_words(rule)


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
