"""The formats a webhook can have: one visible dict, open to guests.

    from notifications.formatters import extract_text, register

    @register("my_format", label="My pager")
    def format_pager(payload, config):
        return {"message": extract_text(payload.content)[:200]}

Modules named in `NOTIFICATIONS_FORMATTER_MODULES` are imported at start, which registers
what they hold. The built-in formats below go the same way.
"""

from __future__ import annotations

from collections.abc import Callable

from notifications.formatters import (
    apprise,
    chat,
    discord,
    email,
    google_chat,
    raw,
    signal_output,
    slack,
    standard,
    teams,
    telegram,
    template,
)
from notifications.formatters.base import (
    ALL_SETTINGS,
    CheckConfig,
    ErrorHint,
    Fallback,
    FormatConfig,
    FormatFunction,
    Formatter,
    FormatterError,
    Limits,
    Message,
    NotificationPayload,
    ReadError,
    any_config,
    extract_text,
    no_hint,
)

__all__ = [
    "FORMATTERS",
    "ErrorHint",
    "FormatConfig",
    "Formatter",
    "FormatterError",
    "Message",
    "NotificationPayload",
    "extract_text",
    "get_formatter",
    "register",
    "uses_of",
]

FORMATTERS: dict[str, Formatter] = {}


def register(
    name: str,
    *,
    label: str = "",
    deduplicates: bool = True,
    limits: Limits | None = None,
    carrier: str = "http",
    fallback: Fallback | None = None,
    read_error: ReadError = no_hint,
    check_config: CheckConfig = any_config,
    fields: tuple[str, ...] = ALL_SETTINGS,
    options: tuple[str, ...] | None = None,
) -> Callable[[FormatFunction], FormatFunction]:
    """Decorator that makes a function the format `name`; returns the function as it is.

    What the options mean is said at `Formatter`. Raises `ValueError` for a name that is
    blank or taken.
    """
    if not name.strip():
        raise ValueError(f"name: {name!r} is blank; give the format a name")
    if name in FORMATTERS:
        raise ValueError(f"name: {name!r} is taken by {FORMATTERS[name].label!r}")

    def add(fn: FormatFunction) -> FormatFunction:
        FORMATTERS[name] = Formatter(
            name=name,
            label=label or name.replace("_", " ").capitalize(),
            fn=fn,
            deduplicates=deduplicates,
            limits=limits,
            carrier=carrier,
            fallback=fallback,
            read_error=read_error,
            check_config=check_config,
            fields=fields,
            options=options,
        )
        return fn

    return add


def uses_of(name: str) -> tuple[str, ...]:
    """The settings that the format `name` has a use for; none of one that is not registered."""
    known = FORMATTERS.get(name)
    return known.fields if known else ()


def get_formatter(name: str) -> Formatter:
    """The format `name`. Raises `FormatterError` that lists the names there are."""
    try:
        return FORMATTERS[name]
    except KeyError:
        raise FormatterError(
            "format", f"{name!r} is not known; there are: {', '.join(FORMATTERS)}"
        ) from None


register(
    "raw",
    label="Raw JSON",
    fields=("url", "headers", "signing_secret"),
    options=(),
)(raw.format_raw)
register(
    "standard",
    label="Standard Webhooks",
    check_config=standard.check_secret,
    fields=("url", "headers", "signing_secret"),
    options=(),
)(standard.format_standard)
register(
    "discord",
    label="Discord",
    limits=discord.LIMITS,
    deduplicates=False,
    read_error=discord.read_error,
    fields=("url", "headers"),
    options=("max_messages",),
)(discord.format_discord)
register(
    "slack",
    label="Slack",
    limits=slack.LIMITS,
    deduplicates=False,
    read_error=slack.read_error,
    fields=("url", "headers"),
    options=("max_messages",),
)(slack.format_slack)
register(
    "telegram",
    label="Telegram",
    limits=telegram.LIMITS,
    deduplicates=False,
    fallback=telegram.plain_text_instead,
    read_error=telegram.read_error,
    check_config=telegram.check_chat_id,
    fields=("url", "headers", "chat_id"),
    options=("max_messages",),
)(telegram.format_telegram)
register(
    "teams",
    label="Microsoft Teams",
    limits=teams.LIMITS,
    deduplicates=False,
    read_error=teams.read_error,
    fields=("url", "headers"),
    options=("max_messages",),
)(teams.format_teams)
register(
    "google_chat",
    label="Google Chat",
    limits=google_chat.LIMITS,
    deduplicates=False,
    read_error=google_chat.read_error,
    fields=("url", "headers"),
    options=("max_messages",),
)(google_chat.format_google_chat)
register(
    "template",
    label="JSON template",
    check_config=template.check_template,
    fields=("url", "headers", "body_template", "signing_secret"),
    options=(),
)(template.format_template)
register(
    "signal_output",
    label="Signal output (table)",
    carrier="table",
    fields=(),
    options=(),
)(signal_output.format_signal_output)
register(
    "email",
    label="E-mail",
    limits=email.LIMITS,
    deduplicates=False,
    carrier="mail",
    check_config=email.check_subject,
    fields=("url",),
    options=("subject",),
)(email.format_email)
# It is written in one transaction with the mark, so trying again doubles nothing.
register(
    "chat",
    label="Inbox here",
    limits=chat.LIMITS,
    carrier="inbox",
    fields=("chat_id",),
    options=(),
)(chat.format_chat)
register(
    "apprise",
    label="Apprise",
    limits=apprise.LIMITS,
    deduplicates=False,
    carrier="apprise",
    fields=("url",),
    options=(),
)(apprise.format_apprise)
