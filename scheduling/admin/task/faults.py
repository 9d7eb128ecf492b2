"""What is wrong after a refused save: each faulty field by its name, with a way to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import capfirst


@dataclass(frozen=True)
class FaultyField:
    """The id of a field's input, the field's label, and the form where it is not the task's."""

    target: str
    label: str
    form: str = ""


def faulty_fields(form: forms.BaseForm, inlines: Iterable[Any]) -> list[FaultyField]:
    """The faulty fields of the task's form and of its inlines, in the order of the page."""
    found = [*_of(form, "")] if form.is_bound else []
    for inline in inlines:
        if not inline.formset.is_bound:
            continue
        name = inline.opts.verbose_name
        for number, each in enumerate(inline.formset.forms, start=1):
            found += _of(each, f"{capfirst(name)} #{number}")
    return found


def _of(form: forms.BaseForm, place: str) -> Iterable[FaultyField]:
    for field in form:
        if field.errors:
            target = field.id_for_label or field.auto_id
            yield FaultyField(target, str(field.label), place)
