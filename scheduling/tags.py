"""The tags of a task: words, made when they are first used."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scheduling.models import ScheduledTask, Tag
from signals.sanitise import clean_text

MAX_TAGS = 20
"""Most tags of one task."""
MAX_CHARS = 50


def check_tags(names: Sequence[str]) -> list[str]:
    """Return `names` trimmed, each once. Raises `ValidationError` under `tags`."""
    tags = list(dict.fromkeys(clean_text(name).strip() for name in names))
    errors = [text for tag in tags if (text := _problem(tag))]
    if len(tags) > MAX_TAGS:
        errors.append(
            _("%(count)d are too many: at most %(most)d.")
            % {"count": len(tags), "most": MAX_TAGS}
        )
    if errors:
        raise ValidationError({"tags": errors})
    return tags


def save_tags(task: ScheduledTask, names: Sequence[str]) -> None:
    """Make the tags of `task` those that `check_tags` returned; inside a transaction."""
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    task.tags.set(Tag.objects.filter(name__in=names))


def _problem(tag: str) -> str:
    if not tag:
        return _("A tag is empty: give 1 to %d characters.") % MAX_CHARS
    if len(tag) > MAX_CHARS:
        return _("“%(tag)s…” has %(count)d characters: at most %(most)d.") % {
            "tag": tag[:MAX_CHARS],
            "count": len(tag),
            "most": MAX_CHARS,
        }
    return ""
