"""What the page of a chat session shows of replies: `{% load conversation %}`."""

from __future__ import annotations

import uuid

from django import template
from django.template import Context

from scheduling import services
from scheduling.conversations import Standing, standing_of
from scheduling.models import Run
from scheduling.services.replies import MAX_CHARS

register = template.Library()


@register.simple_tag(takes_context=True)
def conversation(context: Context) -> Standing:
    """What has become of the replies in the session of this page; each message learns its own."""
    messages = context["messages_shown"]
    standing = standing_of(context["session"], messages)
    for message in messages:
        run = standing.runs.get(message.run_id)
        message.is_reply = run is not None and message.role == message.Role.USER
        message.fate = (
            standing.fates.get(message.run_id, "") if message.is_reply else ""
        )
        message.is_open = bool(message.fate and run and run.status in Run.ACTIVE)
    return standing


@register.simple_tag(takes_context=True)
def reply_form(context: Context) -> dict[str, object]:
    """What the form for a reply shows; what was sent in vain stands in it again, with the reason."""
    sent = context.get("sent") or {}
    error = sent.get("error", "")
    refusal = services.refusal(context["session"])
    return {
        "text": sent.get("message", ""),
        "error": error,
        "refusal": refusal if refusal != error else "",
        "is_shut": bool(refusal),
        "reply_id": sent.get("reply_id") or uuid.uuid4(),
        "most": MAX_CHARS,
    }
