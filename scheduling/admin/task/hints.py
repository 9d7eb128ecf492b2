"""What the form offers to put into its fields by a click."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

VARIABLES = (
    ("date", _("the day the run is for, as 2027-01-31")),
    ("scheduled_time", _("the time the run is for, with its offset from UTC")),
    ("last_output", _("what the last run that succeeded said")),
    ("last_run_at", _("when the last run ended")),
    ("already_reported", _("what its last five runs that succeeded said, in short")),
    ("task_name", _("the name of this task")),
    ("parent_output", _("what the tasks before it said")),
    ("parent_data", _("the typed outputs of the tasks before it, as JSON")),
    ("output_of_<task id>", _("what one task before it said, named by its id")),
    ("data_of_<task id>", _("the typed output of one task before it")),
    ("event_type", _("the type of the event that triggered the run")),
    ("event", _("the whole event, as JSON")),
    ("event_payload", _("what the event carries, as JSON")),
)
"""The variables of `scheduling.prompt` with their meanings."""

CRON_LINES = (
    ("*/15 * * * *", _("Every 15 minutes")),
    ("0 * * * *", _("Every hour")),
    ("0 7 * * *", _("Every day at 7")),
    ("0 7 * * 1-5", _("Monday to Friday at 7")),
    ("0 9-17 * * 1-5", _("Each working hour")),
    ("0 9 * * 1", _("Mondays at 9")),
    ("0 8 1 * *", _("The first of the month at 8")),
    ("0 18 L * *", _("The last day of the month at 18")),
    ("0 9 * * 1#2", _("The second Monday of the month at 9")),
    ("0 17 * * 5L", _("The last Friday of the month at 17")),
)
"""Cron lines to start from, with their meanings."""
