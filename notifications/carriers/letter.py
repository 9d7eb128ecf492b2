"""A mail as it goes out: the text as it is, and the same as HTML without anything remote."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

import nh3
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.formatters.base import Message
from pages.markdown import render

_CELL = "border:1px solid #d0d7de;padding:4px 10px;text-align:left"
_STYLES = {
    "blockquote": "margin:0 0 16px;padding:0 16px;border-left:4px solid #d0d7de;opacity:.75",
    "code": "font-family:ui-monospace,Consolas,monospace;font-size:90%",
    "pre": "margin:0 0 16px;padding:12px;background:#f6f8fa;color:#1f2328;"
    "font-family:ui-monospace,Consolas,monospace;font-size:13px;white-space:pre-wrap",
    "table": "border-collapse:collapse;margin:0 0 16px",
    "td": _CELL,
    "th": _CELL,
}
"""On each tag: many readers of mail drop style sheets, and none has our classes."""
_NO_PICTURES = nh3.ALLOWED_TAGS - {"img", "map", "area"}


def shown(message: Message) -> Message:
    """The mail of `message` in parts, as a preview shows them."""
    whole = {
        "subject": message["subject"],
        "text": _text(message),
        "html": _html(message),
    }
    attachment = message.get("attachment")
    return whole | {"attachment": attachment} if attachment else whole


def compose(
    message: Message, recipients: Sequence[str], *, webhook_id: str
) -> EmailMultiAlternatives:
    """The mail of `message`, under a stable id by which readers know a repetition."""
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<{webhook_id}@{domain}>",
        "Webhook-Id": webhook_id,
        # RFC 3834: no "I am on holiday" in answer to a machine.
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(
        message["subject"], _text(message), sender, list(recipients), headers=headers
    )
    mail.attach_alternative(_html(message), "text/html")
    if attachment := message.get("attachment"):
        mail.attach(attachment["name"], attachment["text"], "text/markdown")
    return mail


def _text(message: Message) -> str:
    footer = message.get("footer")
    return f"{message['text']}\n\n-- \n{footer}\n" if footer else message["text"] + "\n"


def _html(message: Message) -> str:
    styled: dict[str, Any] = {tag: {"style": css} for tag, css in _STYLES.items()}
    content = nh3.clean(
        render(message["text"]), tags=_NO_PICTURES, set_tag_attribute_values=styled
    )
    return render_to_string(
        "notifications/email.html", {"message": message, "content": content}
    )
