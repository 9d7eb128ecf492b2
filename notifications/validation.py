"""What is wrong with a webhook, in words, by field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.formatters import FORMATTERS, FormatConfig, FormatterError
from notifications.formatters.base import Formatter
from notifications.formatters.options import check_options
from notifications.placeholders import PlaceholderError, validate
from notifications.reach import apprise_problem, mail_problem
from notifications.rule_checks import rule_errors
from notifications.signing import BadSecret, check_secret
from notifications.ssrf import UnsafeUrl, check_url
from notifications.transport import OWN_HEADERS
from pages.translation import translated
from signals.sanitise import JSON

if TYPE_CHECKING:
    from notifications.models.webhook import Webhook

MAX_TEMPLATE_CHARS = 65_536
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
#: A webhook's own would break the request, or forge what receivers de-duplicate by.
_RESERVED_HEADERS = OWN_HEADERS | {
    "webhook-id", "webhook-timestamp", "webhook-signature",
}  # fmt: skip

#: What is wrong with a URL that is no web address, by its carrier.
_PROBLEMS = {"mail": mail_problem, "apprise": apprise_problem}


def webhook_errors(webhook: Webhook) -> dict[str, str]:
    """Return errors by field name; empty when its format can work with it."""
    formatter = FORMATTERS.get(webhook.format)
    if formatter is None:
        known = ", ".join(FORMATTERS)
        message = _("%(format)r is no format: choose one of %(known)s.")
        return {"format": message % {"format": webhook.format, "known": known}}
    errors = {
        "url": _url_error(webhook) if formatter.needs_url else "",
        "headers": _headers_error(webhook.headers),
        "body_template": _template_error(webhook.body_template),
        "options": _options_error(webhook, formatter),
        "signing_secret": _secret_error(webhook.signing_secret),
    }
    errors = {field: error for field, error in errors.items() if error}
    errors |= rule_errors(webhook, formatter)
    try:
        formatter.check_config(config_of(webhook))
    except FormatterError as error:
        field, words = _told(error)
        # A form can only show what is wrong with a field that there is.
        if field in webhook.EDITABLE:
            errors.setdefault(field, words)
        else:
            errors.setdefault("format", translated(error))
    return errors


def _told(error: FormatterError) -> tuple[str, str]:
    """The field of a webhook, and what is wrong with it or with the part of it that is named."""
    field, _dot, part = error.field.partition(".")
    words = translated(error.message)
    return field, f"{part}: {words}" if part else words


def config_of(webhook: Webhook) -> FormatConfig:
    """What a formatter may read of its webhook."""
    return FormatConfig(
        url=webhook.url,
        chat_id=webhook.chat_id,
        body_template=webhook.body_template,
        name=webhook.name,
        options=webhook.options if isinstance(webhook.options, dict) else {},
        has_secret=bool(webhook.signing_secret),
    )


def _url_error(webhook: Webhook) -> str:
    carrier = FORMATTERS[webhook.format].carrier
    if problem := _PROBLEMS.get(carrier):
        return problem(webhook.url)
    if not webhook.url:
        needs = _("The format %(format)r needs the receiver's URL (https://…).")
        return needs % {"format": webhook.format}
    conf = settings.NOTIFICATIONS
    try:
        check_url(
            webhook.url,
            allowed_origins=conf.allowed_origins + conf.internal_origins,
            by_name=not webhook.keeps_url,
        )
    except UnsafeUrl as error:
        return translated(error.reason)
    return ""


def _headers_error(headers: object) -> str:
    if not isinstance(headers, dict):
        return _("Must be a JSON object: header name to value.")
    for name, value in headers.items():
        if not isinstance(value, str) or not _HEADER_NAME.fullmatch(str(name)):
            text = _(
                "%(name)r: a header is a name (letters, digits, dashes) and a text."
            )
            return text % {"name": name}
        if name.lower() in _RESERVED_HEADERS:
            return _("%(name)r is set by Backbeat itself.") % {"name": name}
        if not value.isprintable() or not value.isascii():
            text = _("%(name)r: its value must be printable ASCII on one line.")
            return text % {"name": name}
    return ""


def _options_error(webhook: Webhook, formatter: Formatter) -> str:
    if not isinstance(webhook.options, dict):
        return _("Must be a JSON object: option name to value.")
    try:
        check_options(formatter, config_of(webhook))
    except FormatterError as error:
        return _told(error)[1]
    return ""


def _secret_error(secret: str) -> str:
    if not secret:
        return ""
    try:
        check_secret(secret)
    except BadSecret as error:
        return translated(error.sentence)
    return ""


def _template_error(template: JSON) -> str:
    size = len(json.dumps(template, default=str))
    if size > MAX_TEMPLATE_CHARS:
        text = _("Has %(count)d characters; at most %(most)d are allowed.")
        return text % {"count": size, "most": MAX_TEMPLATE_CHARS}
    try:
        validate(template)
    except PlaceholderError as error:
        return translated(error.sentence)
    return ""
