"""What a format is: its input, its output, and what it can say about itself. Pure.

A format is one function `(payload, config) -> message or messages`, registered by name in
`notifications.formatters`. It imports this module and pure ones, nothing else of the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from notifications.markup import tables_as_code
from notifications.splitting import clip, iter_parts, utf16_units
from signals.sanitise import JSON

Message: TypeAlias = dict[str, Any]
"""The JSON body of one request."""

NO_OUTPUT = "(no output)"
_PLAIN_URL = re.compile(r"https?://[\w.:/~%@-]+", re.ASCII)
_TEXT_KEYS = ("text", "content", "output", "markdown")
# No chat shows them, and each is six characters of JSON.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class NotificationPayload:
    """One result to tell of: the seven fields of the raw format (CONTRACTS A0)."""

    task_id: str
    task_name: str
    run_id: str
    user_id: str
    output_type: str
    content: JSON
    metadata: Mapping[str, JSON] = field(default_factory=dict)
    """Of the run: `status` ("succeeded", "failed") and `error` change how it is shown."""

    def as_dict(self) -> Message:
        """The raw body: exactly these seven keys."""
        return {
            "task_id": self.task_id,
            "task_name": self.task_name,
            "run_id": self.run_id,
            "user_id": self.user_id,
            "output_type": self.output_type,
            "content": self.content,
            "metadata": dict(self.metadata),
        }


@dataclass(frozen=True, kw_only=True)
class FormatConfig:
    """What a format may read of its webhook."""

    url: str = ""
    chat_id: str = ""
    body_template: JSON = None
    name: str = ""
    options: Mapping[str, JSON] = field(default_factory=dict)
    has_secret: bool = False
    """Whether a signing secret is there; no format sees it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Largest sizes of one message; 0 where the channel names none, or has no such part.

    Texts are measured in UTF-16 units: Telegram counts so, the others count characters, of
    which there are never more.
    """

    text: int = 0
    """The text, or one block of it."""
    title: int = 0
    footer: int = 0
    total: int = 0
    blocks: int = 0
    entities: int = 0
    """Pieces with a format of their own."""
    body: int = 0
    """Bytes of the whole body as JSON in UTF-8."""


@dataclass(frozen=True, kw_only=True)
class ErrorHint:
    """What a receiver's own error format says beyond the HTTP status."""

    permanent: bool = False
    """Sending the same again can never help."""
    retry_after: float | None = None
    """Seconds that the receiver asks to wait."""
    dead: bool = False
    """The endpoint will never take anything again."""
    reason: str = ""
    """For people."""


class FormatterError(Exception):
    """A result cannot be shaped with this webhook's settings; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}" if field else message)


FormatFunction: TypeAlias = Callable[
    [NotificationPayload, FormatConfig], Message | list[Message]
]
Fallback: TypeAlias = Callable[
    [NotificationPayload, FormatConfig, Message, int, str], Message | None
]
ReadError: TypeAlias = Callable[[int, Mapping[str, str], str], ErrorHint | None]
CheckConfig: TypeAlias = Callable[[FormatConfig], None]

ALL_SETTINGS = ("url", "headers", "chat_id", "body_template", "signing_secret")
"""What a webhook can be told besides its name, format and rule."""


def no_hint(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """`read_error` of a format whose receivers have no error format of their own."""
    del status, headers, body
    return None


def any_config(config: FormatConfig) -> None:
    """`check_config` of a format that needs no settings."""
    del config


@dataclass(frozen=True, kw_only=True)
class Formatter:
    """One entry of the registry."""

    name: str
    label: str
    """For people."""
    fn: FormatFunction
    """A list means several messages, to be sent in this order."""
    deduplicates: bool
    """Can the receiver recognise a repeated message by its `webhook-id`? Chats cannot."""
    limits: Limits | None = None
    """Of one message; None where the receiver names none."""
    carrier: str = "http"
    """What brings it there (`notifications.carriers`): http, table, mail, inbox or apprise."""
    fallback: Fallback | None = None
    """`(payload, config, message, status, answer)` -> another message to try once, or None."""
    read_error: ReadError = no_hint
    """`(status, lower-case headers, body)` -> what the vendor says, or None."""
    check_config: CheckConfig = any_config
    """Raises `FormatterError` for settings that the format could not work with."""
    fields: tuple[str, ...] = ALL_SETTINGS
    """The settings it has a use for; forms hide the others."""
    options: tuple[str, ...] | None = None
    """The names that its `options` may have; None: whatever its author has said elsewhere."""

    @property
    def needs_url(self) -> bool:
        """Whether a webhook must say where to."""
        return "url" in self.fields

    @property
    def signs(self) -> bool:
        """Whether a signing secret signs its messages (Standard Webhooks)."""
        return "signing_secret" in self.fields

    def messages(
        self, payload: NotificationPayload, config: FormatConfig
    ) -> list[Message]:
        """The messages to send, in order; at least one.

        Raises `FormatterError` when the settings are wrong or the format misbehaves.
        """
        made: object = self.fn(payload, config)
        found: list[Any] = made if isinstance(made, list) else [made]
        if not found or not all(isinstance(message, dict) for message in found):
            raise FormatterError(
                "format",
                f"{self.name!r} returned {type(made).__name__}; "
                "a format returns a dict or a list of at least one dict",
            )
        return found


def extract_text(content: JSON) -> str:
    """`content` as Markdown.

    A str as it is; None is ""; of a dict its `text`, `content`, `output` or `markdown`, when
    that is a str; a list of such parts joined by blank lines; all else as JSON in a fence.
    """
    if content is None:
        return ""
    text = _own_text(content)
    if text is None and isinstance(content, list):
        parts = [_own_text(part) for part in content]
        if None not in parts:
            text = "\n\n".join(part for part in parts if part)
    if text is not None:
        return text
    pretty = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    return f"```json\n{pretty}\n```"


def _legible(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def _own_text(content: JSON) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        for key in _TEXT_KEYS:
            value = content.get(key)
            if isinstance(value, str):
                return value
    return None


def has_failed(payload: NotificationPayload) -> bool:
    """Whether the result is that of a failed run."""
    return payload.metadata.get("status") == "failed"


def title_text(payload: NotificationPayload, limit: int, suffix: str = "") -> str:
    """The title of a message in at most `limit` UTF-16 units, `suffix` included.

    One line: the task's name (its id when it has none), with a cross before it on failure.
    """
    name = " ".join(_legible(payload.task_name).split())
    name = name or payload.task_id or "Backbeat"
    mark = "❌ " if has_failed(payload) else ""
    return clip(mark + name, limit - utf16_units(suffix)) + suffix


def body_text(payload: NotificationPayload) -> str:
    """What to say, as Markdown; never blank. The error of a failed run comes first, or what has
    changed since the run before (`diff` of the metadata), unless the text says it itself.
    """
    text = _legible(extract_text(payload.content))
    error = payload.metadata.get("error")
    if has_failed(payload) and isinstance(error, str) and error.strip():
        ticks = max((len(run) for run in re.findall("`+", error)), default=0)
        fence = "`" * max(3, ticks + 1)
        text = f"{fence}\n{_legible(error).strip()}\n{fence}\n\n{text}"
    elif (changes := changes_text(payload)) and changes not in text:
        text = f"## What changed\n\n{changes}\n\n{text}"
    return text if text.strip() else NO_OUTPUT


def changes_text(payload: NotificationPayload) -> str:
    """What changed since the run before, as Markdown; "" when the result does not say."""
    changes = payload.metadata.get("diff")
    return _legible(changes).strip() if isinstance(changes, str) else ""


def origin_text(payload: NotificationPayload) -> str:
    """Which task and run a message is of: its footer."""
    run = payload.run_id and f"run {payload.run_id}"
    return _legible(" · ".join(part for part in (payload.task_id, run) if part))


def session_link(payload: NotificationPayload) -> str:
    """A link to the session in which the target user can reply, as Markdown; "" without one."""
    url = payload.metadata.get("session_url")
    known = isinstance(url, str) and _PLAIN_URL.fullmatch(url)
    return f"[Open the conversation]({url})" if known else ""


def numbered(index: int, count: int) -> str:
    """ " (2/3)" for the second of three, "" for the only one; `index` counts from 0."""
    return f" ({index + 1}/{count})" if count > 1 else ""


def text_parts(
    text: str,
    limit: int,
    *,
    at_most: int,
    measure: Callable[[str], int] = utf16_units,
    ending: str = "",
) -> list[str]:
    """`text` in parts of at most `limit`, as `splitting.split` makes them; tables as code.

    The last one ends with `ending`, a short paragraph. When `at_most` parts do not hold it all, the last one ends with a notice that says how
    much there is and where: ten megabytes of output must not become thousands of messages.
    """
    whole = len(text)
    text = text.strip()
    # A part takes at most `limit` characters, so more of the source is never needed.
    source = tables_as_code(text[: limit * (at_most + 1)])
    found = iter_parts(source, limit, measure=measure)
    parts = [part.text for part in islice(found, at_most + 1)]
    if len(parts) <= at_most and len(text) <= limit * (at_most + 1):
        last = "\n\n".join(filter(None, (parts[-1], ending)))
        if measure(last) <= limit:
            return [*parts[:-1], last]
        if len(parts) < at_most:
            return [*parts, ending]
    notice = (
        f"… Cut here: the whole output has {whole} characters. "
        "Backbeat keeps it with the run."
    )
    notice = "\n\n".join(filter(None, (notice, ending)))
    room = limit - measure(notice) - 8
    *before, last = parts[:at_most]
    shorter = next(iter_parts(last, room, measure=measure))
    return [*before, f"{shorter.text}\n\n{notice}"]
