from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        for module in settings.NOTIFICATIONS.formatter_modules:
            import_module(module)
        # Modules that hold models may be imported only now.
        from notifications.signal_events import tell_signals  # noqa: PLC0415
        from signals.events import moved  # noqa: PLC0415

        moved.connect(tell_signals)
