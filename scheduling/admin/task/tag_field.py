"""Tags in the task's form: words that there are, and new ones."""

from __future__ import annotations

from typing import Any

from django import forms

from scheduling.admin.widgets import TagSelect
from scheduling.models import Tag
from scheduling.tags import check_tags

MOST_OFFERED = 500


class TagsField(forms.MultipleChoiceField):
    """Names of tags, for `scheduling.tags.save_tags`."""

    widget = TagSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_offered, **kwargs)

    def prepare_value(self, value: Any) -> list[str]:
        names = [str(each) for each in value or ()]
        offered = {name for name, _label in _offered()} | {*names}
        # What was typed, or is not among the first, is an option too.
        self.widget.choices = [(name, name) for name in sorted(offered)]
        return names

    def has_changed(self, initial: Any, data: Any) -> bool:
        return {str(each) for each in initial or ()} != {*(data or ())}

    def clean(self, value: Any) -> list[str]:
        """Raises `ValidationError` with the faults of the single words."""
        words = [word for word in self.to_python(value) if word.strip()]
        try:
            return check_tags(words)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error


def _offered() -> list[tuple[str, str]]:
    names = Tag.objects.values_list("name", flat=True)[:MOST_OFFERED]
    return [(name, name) for name in names]
