"""The project as a Django app: its system checks and its `manage.py up`."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "Backbeat"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 -- registers once apps are loaded
