"""`--webhook`: where a task reports to, as `name=…,format=…,url=…`, as JSON, or in a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from notifications.models import Webhook
from pages.commands import CommandParser, wrong
from scheduling.models import ScheduledTask

_MOST_CHARS = 100_000
#: A URL may hold commas: only one before the name of a field parts two fields.
_FIELD = re.compile(rf"(?:^|,)({'|'.join(Webhook.EDITABLE)}|header\.[A-Za-z0-9-]+)=")


def add_webhooks(parser: CommandParser, *, changing: bool = False) -> None:
    more = "One more" if changing else "Where it reports to"
    parser.add_argument(
        "--webhook", action="append", default=[], metavar="FIELDS",
        help=f"{more}: name=Ops,format=slack,url=https://…,header.X-Key=…; a JSON object; or @FILE "
        "with either, which keeps secrets off the command line. May be given again.",
    )  # fmt: skip
    if changing:
        parser.add_argument("--no-webhooks", action="store_true", help="Those that it has go.")  # fmt: skip


def read_webhooks(texts: list[str]) -> list[dict[str, Any]]:
    """Return the entries that the options name, as the service takes them."""
    return [_entry(text) for text in texts]


def kept_webhooks(task: ScheduledTask) -> list[dict[str, Any]]:
    """Return the entries that leave a task's webhooks as they are."""
    return [{"id": pk} for pk in task.webhooks.order_by("pk").values_list("pk", flat=True)]  # fmt: skip


def _entry(text: str) -> dict[str, Any]:
    text = read_text("--webhook", text).strip()
    if text.startswith("{"):
        return _json(text)
    parts = list(_FIELD.finditer(text))
    if not parts or parts[0].start():
        # Not the text itself: it may hold a secret.
        raise wrong("--webhook: write name=Ops,format=slack,url=https://…, a JSON object, or @FILE.")  # fmt: skip
    entry: dict[str, Any] = {}
    ends = [part.start() for part in parts[1:]] + [len(text)]
    for part, end in zip(parts, ends, strict=True):
        name, value = part[1], text[part.end() : end]
        if name.startswith("header."):
            entry.setdefault("headers", {})[name.removeprefix("header.")] = value
        else:
            entry[name] = value
    return entry


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong("--webhook: this is no JSON object.") from error
    if "id" in found:
        raise wrong("--webhook: id: a new webhook has none.")
    return dict(found)


def read_text(option: str, text: str) -> str:
    """Return `text`, or what stands in the file that `@FILE` names."""
    if not text.startswith("@"):
        return text
    try:
        with Path(text[1:]).open(encoding="utf-8-sig") as file:
            found = file.read(_MOST_CHARS + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise wrong(f"{option}: {text[1:]} cannot be read: {reason}.") from error
    if len(found) > _MOST_CHARS:
        raise wrong(f"{option}: {text[1:]} has more than {_MOST_CHARS} characters.")
    return found
