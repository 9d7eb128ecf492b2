"""What is wrong with the rule of a webhook, in words, by field."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from notifications.conditions import ConditionError, check
from notifications.formatters.base import Formatter
from notifications.quiet import MAX_DIGEST_SECONDS, MIN_DIGEST_SECONDS, collects
from pages.translation import translated

if TYPE_CHECKING:
    from notifications.models.webhook import Webhook

MAX_CHANGED_FIELDS = 20


def rule_errors(webhook: Webhook, formatter: Formatter) -> dict[str, str]:
    """Return errors by field name; those of a field that is no rule's are left to others."""
    errors = {
        "condition": _condition_error(webhook.condition),
        "changed_fields": _fields_error(webhook),
        "quiet_from": _missing_end(webhook, "quiet_from"),
        "quiet_until": _missing_end(webhook, "quiet_until") or _empty_hours(webhook),
        "digest_seconds": _digest_error(webhook),
        "digest_at": _two_digests(webhook),
        "timezone": _zone_error(webhook.timezone),
    }
    errors = {field: error for field, error in errors.items() if error}
    if formatter.carrier == "table" and not errors and collects(webhook):
        field = "quiet_from" if webhook.quiet_from is not None else "digest_seconds"
        field = "digest_at" if webhook.digest_at is not None else field
        errors[field] = _("The format %(format)r takes each result by itself.") % {
            "format": webhook.format
        }
    return errors


def _condition_error(expression: str) -> str:
    if not expression:
        return ""
    try:
        check(expression)
    except ConditionError as error:
        return translated(error.sentence)
    return ""


def _fields_error(webhook: Webhook) -> str:
    paths = webhook.changed_fields
    if not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
        return _("Must be a list of paths, such as signal.score.")
    if len(paths) > MAX_CHANGED_FIELDS:
        text = _("Has %(count)d paths; at most %(most)d are allowed.")
        return text % {"count": len(paths), "most": MAX_CHANGED_FIELDS}
    for path in paths:
        try:
            check(path)
        except ConditionError as error:
            return f"{path}: {translated(error.sentence)}"
    if paths and webhook.notify_on != "change":
        return _("Fields are compared only when it is told about changes.")
    return ""


def _missing_end(webhook: Webhook, name: str) -> str:
    other = {"quiet_from": "quiet_until", "quiet_until": "quiet_from"}[name]
    if getattr(webhook, name) is None and getattr(webhook, other) is not None:
        return _("Quiet hours need both a beginning and an end.")
    return ""


def _empty_hours(webhook: Webhook) -> str:
    if webhook.quiet_until is not None and webhook.quiet_from == webhook.quiet_until:
        return _("Quiet hours cannot end when they begin.")
    return ""


def _digest_error(webhook: Webhook) -> str:
    given = webhook.digest_seconds
    if given is None or MIN_DIGEST_SECONDS <= given <= MAX_DIGEST_SECONDS:
        return ""
    text = _("Must be %(least)d to %(most)d.")
    return text % {"least": MIN_DIGEST_SECONDS, "most": MAX_DIGEST_SECONDS}


def _two_digests(webhook: Webhook) -> str:
    if webhook.digest_at is not None and webhook.digest_seconds is not None:
        return _("Collect for a time, or until a time of day: not both.")
    return ""


def _zone_error(name: str) -> str:
    if not name or name in available_timezones():
        return ""
    return _("%(name)r is no time zone: give one such as Asia/Ho_Chi_Minh.") % {
        "name": name
    }
