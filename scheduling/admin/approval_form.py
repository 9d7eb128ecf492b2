"""What a person decides about an output with, on the page of its run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from scheduling.models import Approval, Run
from scheduling.services.approvals import MOST_NOTE_CHARS, text_to_edit

MOST_EDITED = 200_000
"""A longer output is approved or rejected as it is, or edited over the API."""


class ApprovalForm(forms.Form):
    """A note, and the output to be edited. `save` in what is sent means the text as it is sent."""

    output = forms.CharField(
        label=_("What is told"), required=False, strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 14}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=MOST_NOTE_CHARS,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Kept with the decision; nobody is told."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, run: Run) -> None:
        self._text = text_to_edit(run)
        super().__init__(data, initial={"output": self._text})
        if len(self._text) > MOST_EDITED:
            del self.fields["output"]

    @property
    def edited(self) -> str | None:
        """The text that takes the output's place, of a valid form; None: as it is."""
        wanted = "save" in self.data and "output" in self.data
        return self.cleaned_data.get("output") if wanted else None

    def clean_output(self) -> str:
        text: str = self.cleaned_data["output"]
        sent = "output" in self.data and "save" not in self.data
        if sent and _lines(text) != _lines(self._text):
            raise forms.ValidationError(
                gettext(
                    "You have changed the text: save and approve it, or undo the change."
                )
            )
        return text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip("\n")


def parts_of(run: Run, user: Any) -> dict[str, Any]:
    """Return the context of `templates/scheduling/approval/panel.html`."""
    if not run.approval or not user.has_perm("scheduling.view_approval"):
        return {"approval": None}
    rows = Approval.objects.select_related("decided_by").filter(run=run)
    if run.approval == Run.Approval.WAITING:
        rows = rows.defer("original_output", "original_data")
    may = user.has_perm("scheduling.decide_approval")
    return {
        "approval": rows.first(),
        "can_decide": may and run.approval == Run.Approval.WAITING,
        "approval_form": ApprovalForm(run=run),
    }
