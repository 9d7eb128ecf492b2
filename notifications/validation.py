"""What is wrong with a webhook, in words, by field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django.conf import settings

from notifications.formatters import FORMATTERS, FormatConfig, FormatterError
from notifications.placeholders import PlaceholderError, validate
from notifications.ssrf import UnsafeUrl, check_url
from notifications.transport import OWN_HEADERS
from signals.sanitise import JSON

if TYPE_CHECKING:
    from notifications.models.webhook import Webhook

MAX_TEMPLATE_CHARS = 65_536
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
#: A webhook's own would break the request, or forge what receivers de-duplicate by.
_RESERVED_HEADERS = OWN_HEADERS | {"webhook-id"}


def webhook_errors(webhook: Webhook) -> dict[str, str]:
    """Return errors by field name; empty when its format can work with it."""
    formatter = FORMATTERS.get(webhook.format)
    if formatter is None:
        known = ", ".join(FORMATTERS)
        return {"format": f"{webhook.format!r} is no format: choose one of {known}."}
    errors = {
        "url": _url_error(webhook) if formatter.needs_url else "",
        "headers": _headers_error(webhook.headers),
        "body_template": _template_error(webhook.body_template),
    }
    errors = {field: error for field, error in errors.items() if error}
    try:
        formatter.check_config(config_of(webhook))
    except FormatterError as error:
        # A form can only show what is wrong with a field that there is.
        own = error.field in webhook.EDITABLE
        errors.setdefault(
            error.field if own else "format", error.message if own else str(error)
        )
    return errors


def config_of(webhook: Webhook) -> FormatConfig:
    """What a formatter may read of its webhook."""
    return FormatConfig(
        url=webhook.url,
        chat_id=webhook.chat_id,
        body_template=webhook.body_template,
        name=webhook.name,
    )


def _url_error(webhook: Webhook) -> str:
    if not webhook.url:
        return f"The format {webhook.format!r} needs the receiver's URL (https://…)."
    conf = settings.NOTIFICATIONS
    try:
        check_url(
            webhook.url, allowed_origins=conf.allowed_origins + conf.internal_origins
        )
    except UnsafeUrl as error:
        return str(error)
    return ""


def _headers_error(headers: object) -> str:
    if not isinstance(headers, dict):
        return "Must be a JSON object: header name to value."
    for name, value in headers.items():
        if not isinstance(value, str) or not _HEADER_NAME.fullmatch(str(name)):
            return f"{name!r}: a header is a name (letters, digits, dashes) and a text."
        if name.lower() in _RESERVED_HEADERS:
            return f"{name!r} is set by Backbeat itself."
        if not value.isprintable() or not value.isascii():
            return f"{name!r}: its value must be printable ASCII on one line."
    return ""


def _template_error(template: JSON) -> str:
    size = len(json.dumps(template, default=str))
    if size > MAX_TEMPLATE_CHARS:
        return f"Has {size} characters; at most {MAX_TEMPLATE_CHARS} are allowed."
    try:
        validate(template)
    except PlaceholderError as error:
        return str(error)
    return ""
