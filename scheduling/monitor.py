"""Tells an outside monitor that beat fires, so that somebody notices when it does not.

Services such as Healthchecks raise the alarm when a URL is not called for a while. The URL is a
secret: who knows it can keep the alarm from ringing. Only its host is ever logged.
"""

from __future__ import annotations

import logging
import threading
import time
from urllib.parse import urlsplit

import requests
from django.conf import settings

logger = logging.getLogger(__name__)

#: Seconds to connect, and to wait for the answer.
_TIMEOUTS = (3.05, 5)


class Monitor:
    """Calls `url` every `seconds` at most, never two calls at a time; without a URL nothing."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._due = time.monotonic()
        self._in_flight = threading.Lock()
        self._complained = False

    def ping(self) -> None:
        """Call it from a thread of its own, if that is due. Returns at once, raises nothing."""
        if not self._url or time.monotonic() < self._due:
            return
        if not self._in_flight.acquire(blocking=False):
            return
        self._due = time.monotonic() + self._seconds
        threading.Thread(target=self._call, name="monitor", daemon=True).start()

    def _call(self) -> None:
        try:
            with requests.get(self._url, timeout=_TIMEOUTS, stream=True) as answer:
                problem = "" if answer.ok else f"HTTP {answer.status_code}"
        except Exception as error:  # noqa: BLE001 -- its text would show the URL
            problem = type(error).__name__
        self._tell(problem)
        self._in_flight.release()

    def _tell(self, problem: str) -> None:
        """Log it when it stops working, and when it works again."""
        parts = urlsplit(self._url)
        where = f"{parts.scheme}://{parts.hostname}"
        if problem and not self._complained:
            logger.warning("the monitor at %s was not reached: %s", where, problem)
        elif self._complained and not problem:
            logger.info("the monitor at %s is reached again", where)
        self._complained = bool(problem)


def monitor_of_settings() -> Monitor:
    """Return the monitor that the settings name."""
    conf = settings.SCHEDULING
    return Monitor(conf.monitor_url, conf.monitor_seconds)
