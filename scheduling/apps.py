from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        # Modules that hold models may be imported only now.
        from notifications.endpoints import ask_who_is_responsible  # noqa: PLC0415
        from notifications.event_bus import published  # noqa: PLC0415
        from scheduling import trigger_checks  # noqa: F401, PLC0415 -- registers
        from scheduling.alerts import responsible_for  # noqa: PLC0415
        from scheduling.triggers import hear  # noqa: PLC0415

        published.connect(hear)
        ask_who_is_responsible(responsible_for)
