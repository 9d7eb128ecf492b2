"""What a webhook is told of the change since the run before: `diff`, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.diffs import MAX_CHARS, diff
from notifications.models import Webhook
from notifications.placeholders import names
from notifications.result import Previous, Result
from notifications.rules import asks_before, compared

_MOST_CHARS = 4 * MAX_CHARS
"""Compared in one finishing transaction: a tenth of a second at the worst."""


def asks_for_diff(webhook: Webhook) -> bool:
    """Whether a message to `webhook` says what has changed."""
    if webhook.notify_on == Webhook.NotifyOn.CHANGE:
        return True
    template = webhook.body_template
    return bool(template) and webhook.format == "template" and "diff" in names(template)


def asks_for_previous(webhook: Webhook) -> bool:
    """Whether the runs before must be known for what `webhook` is told."""
    return asks_before(webhook) or asks_for_diff(webhook)


class Changes:
    """The diffs of the results of one transaction, each made once, as many as time allows."""

    def __init__(self) -> None:
        self._left = _MOST_CHARS
        self._made: dict[tuple[object, ...], str] = {}

    def told_to(self, webhook: Webhook, result: Result) -> dict[str, str]:
        """What the metadata of the message to `webhook` has more than those of `result`."""
        if result.status != "succeeded" or not asks_for_diff(webhook):
            return {}
        if isinstance(result.metadata.get("changed"), bool):
            return {}  # the agent compares by itself, and has said what there is to say
        paths = webhook.changed_fields
        fields = [str(path) for path in paths] if isinstance(paths, list) else []
        key = (result.run_id, *fields)
        if key not in self._made:
            self._made[key] = self._diff(result, fields)
        return {"diff": self._made[key]}

    def _diff(self, result: Result, fields: Sequence[str]) -> str:
        previous = result.previous
        if previous is None or not previous.has_output:
            return ""
        self._left -= _size(result.content) + _size(previous.content)
        return markdown(previous, result, fields) if self._left > 0 else ""


def markdown(previous: Previous, result: Result, fields: Sequence[str] = ()) -> str:
    """What changed from the output before to that of `result`, in a fence; "" when nothing did."""
    before, after = previous.content, result.content
    if isinstance(before, str) and isinstance(after, str):
        return diff(before, after).markdown
    if fields and not isinstance(before, str) and not isinstance(after, str):
        before, after = compared(before, fields), compared(after, fields)
        return diff(before, after, fields).markdown
    return diff(before, after).markdown


def _size(content: object) -> int:
    # Of typed outputs a bounded number of fields is looked at: as much as a short text.
    return min(len(content), MAX_CHARS) if isinstance(content, str) else MAX_CHARS // 10
