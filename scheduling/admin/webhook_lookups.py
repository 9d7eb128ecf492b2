"""Names of receivers are looked up before a form is saved, not while the database waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from notifications.services import MAX_WEBHOOKS
from notifications.ssrf import looked_up


class HostsFirst(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """For a page with webhooks in its form: Django checks and saves it in one transaction."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with looked_up(_posted_urls(request)):
            return super().changeform_view(request, *args, **kwargs)


def _posted_urls(request: HttpRequest) -> list[str]:
    sent = request.POST.items() if request.method == "POST" else ()
    named = [str(text).strip() for name, text in sent if f"-{name}".endswith("-url")]
    return [url for url in named if url][: 2 * MAX_WEBHOOKS]
