"""One machine: `make up` and a developer's shell. Plain HTTP on the loopback address."""

from __future__ import annotations

from config.env import env
from config.settings.base import *  # noqa: F403 -- Django's settings are one flat namespace
from config.settings.base import ALLOWED_HOSTS as _HOSTS

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = _HOSTS or ["localhost", "127.0.0.1", "[::1]"]
