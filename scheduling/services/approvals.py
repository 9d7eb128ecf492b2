"""Approving and rejecting outputs that a person is to see before anybody is told of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scheduling import decisions
from scheduling.decisions import Edit
from scheduling.exceptions import Conflict
from scheduling.models import Run
from scheduling.services.people import User, person
from signals.sanitise import clean_json, clean_text

MOST_NOTE_CHARS = 2000


def approve(
    run_id: uuid.UUID,
    *,
    user: User,
    output: str | None = None,
    data: Any = None,
    note: str = "",
) -> Run:
    """Approve the output of a run: now it is told to whom it is meant for.

    `output` takes its place, `data` that of the typed output. Where the output was the JSON of
    the typed output, so must be the new one, and `data` is read from it; else the typed output
    goes with the text that it belonged to. Raises `Conflict` when it does not wait for approval
    (any more), `ValidationError` for `output` and `note`.
    """
    run = _found(run_id)
    edit = None if output is None and data is None else _edited(run, output, data)
    return _decide(run, Run.Approval.APPROVED, user, note, edit)


def reject(run_id: uuid.UUID, *, user: User, note: str = "") -> Run:
    """Reject the output of a run: nobody is told. Raises as `approve` does."""
    return _decide(_found(run_id), Run.Approval.REJECTED, user, note, None)


def text_to_edit(run: Run) -> str:
    """Return what a person edits: the output, or its typed output as JSON when it has no text."""
    if run.output or run.output_data is None:
        return run.output
    return json.dumps(run.output_data, ensure_ascii=False, indent=2)


def _found(run_id: uuid.UUID) -> Run:
    columns = Run.objects.only("id", "approval", "output", "output_data")
    run = columns.filter(id=run_id, approval=Run.Approval.WAITING).first()
    if run is None:
        raise _over()
    return run


def _over() -> Conflict:
    return Conflict(_("This output does not wait for approval, or not any more."))


def _decide(
    run: Run, verdict: Run.Approval, user: User, note: str, edit: Edit | None
) -> Run:
    note = clean_text(note).strip()
    if len(note) > MOST_NOTE_CHARS:
        raise ValidationError({"note": [_("At most %(most)d characters.") % {"most": MOST_NOTE_CHARS}]})  # fmt: skip
    if not decisions.decide(run.id, verdict, by=person(user), note=note, edit=edit):
        raise _over()
    related = ("task", "approval_record")
    return Run.objects.select_related(*related).get(id=run.id)


def _edited(run: Run, output: str | None, data: Any) -> Edit | None:
    """What becomes of the output; None when it is as it was."""
    if output is None:
        return Edit(output=run.output, data=clean_json(data))
    # Browsers send all line ends as CRLF.
    text = clean_text(output).replace("\r\n", "\n")
    most = settings.SCHEDULING.max_output_chars
    if len(text) > most:
        words = _("It has %(length)d characters, and %(most)d is the most.")
        raise ValidationError({"output": [words % {"length": len(text), "most": most}]})
    if data is not None:
        return Edit(output=text, data=clean_json(data))
    if text == text_to_edit(run).replace("\r\n", "\n"):
        return None
    if not _is_json_of_data(run):
        return Edit(output=text)
    return Edit(output=text if run.output else "", data=_parsed(text))


def _is_json_of_data(run: Run) -> bool:
    """Whether the output says the same as the typed output, and nothing beside it."""
    if run.output_data is None or not run.output:
        return run.output_data is not None
    try:
        return bool(json.loads(run.output) == run.output_data)
    except (ValueError, RecursionError):
        return False


def _parsed(text: str) -> Any:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        words = _("This output is JSON, and this is none: %(error)s")
        raise ValidationError({"output": [words % {"error": error}]}) from error
    return clean_json(parsed)
