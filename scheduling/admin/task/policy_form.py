"""The policies' part of the task's form: lengths of time as people say them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from scheduling.admin.task.schedule_form import ScheduleForm
from scheduling.admin.task.schedule_inputs import LengthField
from scheduling.models import ScheduledTask
from scheduling.models.policies import LIMITS

CatchUp = ScheduledTask.CatchUp

_OF_CATCHING_UP = ("catch_up_window_seconds", "catch_up_spread_seconds")
FIELDS_OF_CATCH_UP: dict[str, tuple[str, ...]] = {
    CatchUp.SKIP: (),
    CatchUp.LATEST: _OF_CATCHING_UP,
    CatchUp.ALL: (*_OF_CATCHING_UP, "catch_up_cap"),
}
"""What each policy after downtime uses; the others' fields are hidden, and kept."""


class PolicyForm(ScheduleForm):
    """What a task does when things go otherwise than planned."""

    catch_up_window_seconds = LengthField(
        label=_("Not later than"), required=False, most=LIMITS["catch_up_window_seconds"][1],
        help_text=_("A slot that was missed longer ago is not run any more. Blank: however long ago."),
    )  # fmt: skip
    catch_up_cap = forms.IntegerField(
        label=_("Missed slots at most"), required=False,
        min_value=LIMITS["catch_up_cap"][0], max_value=LIMITS["catch_up_cap"][1],
        widget=UnfoldAdminIntegerFieldWidget({"min": 1}),
        help_text=_("The latest so many of them run."),
    )  # fmt: skip
    catch_up_spread_seconds = LengthField(
        label=_("Spread over"), required=False, blank=0, most=LIMITS["catch_up_spread_seconds"][1],
        help_text=_("So that many tasks do not all start at once after downtime."),
    )  # fmt: skip
    grace_seconds = LengthField(
        label=_("Late after"), required=False, most=LIMITS["grace_seconds"][1],
        help_text=_("A slot that has not started by then makes the task late. Blank: as the installation says."),
    )  # fmt: skip
    expected_seconds = LengthField(
        label=_("Expected run time"), required=False, most=LIMITS["expected_seconds"][1],
        help_text=_("A run that takes longer makes the task late. Blank: its deadline."),
    )  # fmt: skip
    pause_after_failures = forms.IntegerField(
        label=_("Pause after failures in a row"), required=False,
        min_value=LIMITS["pause_after_failures"][0], max_value=LIMITS["pause_after_failures"][1],
        widget=UnfoldAdminIntegerFieldWidget({"min": 1}),
        help_text=_("Blank: it is never paused by itself."),
    )  # fmt: skip

    def clean_catch_up_cap(self) -> int:
        field = ScheduledTask._meta.get_field("catch_up_cap")  # noqa: SLF001 -- Django's documented API
        return int(self.cleaned_data["catch_up_cap"] or field.default)
