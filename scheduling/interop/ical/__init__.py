"""Tasks in calendar programs: a file, an answer of the API, a live feed."""

from __future__ import annotations

from scheduling.interop.ical.calendar import (
    MOST_TASKS,
    NAME,
    etag_of,
    export_ical,
    tasks_of_calendar,
)

__all__ = ["MOST_TASKS", "NAME", "etag_of", "export_ical", "tasks_of_calendar"]
