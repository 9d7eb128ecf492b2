"""Where and how a program triggers a task (CONTRACTS A2)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from scheduling.models import ScheduledTask

TOKEN_NAME = "Export"  # noqa: S105 -- what a token is called that was made for an export


def base_url(request: HttpRequest | Request) -> str:
    """Return where this installation is reached: as its settings say, else as it was just now."""
    return settings.SCHEDULING.public_url or request.build_absolute_uri("/").rstrip("/")


def trigger_address(task: ScheduledTask, base_url: str) -> str:
    """Return the address that begins a run of `task`."""
    return f"{base_url.rstrip('/')}/webhook/trigger/{task.pk}"


def webhook_url(task: ScheduledTask, base_url: str) -> dict[str, str]:
    """Return the address and how a request to it is signed."""
    return {
        "url": trigger_address(task, base_url),
        "method": "POST",
        "signature_header": "X-Webhook-Signature",
        "timestamp_header": "X-Webhook-Timestamp",
        "signature_algorithm": "HMAC-SHA256",
        "signature_format": "hex(HMAC-SHA256(secret, timestamp + '.' + body))",
    }


def one_line(text: str) -> str:
    """Return `text` without what ends a line anywhere."""
    return " ".join(text.split())
