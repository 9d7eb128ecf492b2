"""In which form a view answers, where that is not for the caller to choose."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class FirstRenderer(DefaultContentNegotiation):
    """The view's first renderer, whatever the caller says it accepts.

    For files and streams, which are asked for as `text/calendar` alone: refusals are JSON all the same.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:  # fmt: skip
        """Return the renderer and its media type."""
        first = next(iter(renderers))
        return first, str(first.media_type)
