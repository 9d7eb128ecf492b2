"""All settings of `notifications`, with their defaults and units.

Read from the environment as `NOTIFICATIONS_<NAME>` by `config.settings.base` and used as
`settings.NOTIFICATIONS.<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings:
    internal_api_keys: tuple[str, ...] = field(
        default=(), repr=False, metadata={"env": "INTERNAL_API_KEY", "secret": True}
    )
    """The first is sent as `X-Api-Key`, to `internal_origins` alone."""
    internal_origins: tuple[str, ...] = field(
        default=(), metadata={"env": "INTERNAL_ORIGINS"}
    )
    """Own origins (`http://localhost:8000`) that get the internal key and may be private."""
    allowed_origins: tuple[str, ...] = ()
    """Origins that webhooks may call although their address is private; they get no key."""

    connect_seconds: float = 5.0
    """Time limit of name look-up, TCP and TLS."""
    total_seconds: float = 20.0
    """Time limit of one POST, from the first byte out to the last byte in."""
    max_answer_bytes: int = 65_536
    """More of an answer than this is not read."""
    kept_answer_chars: int = 2_000
    """How much of an answer and of a request body an attempt keeps."""
    user_agent: str = "Backbeat/0.1"
    """What Backbeat calls itself towards receivers and pages."""

    lease_seconds: float = 60.0
    """A delivery whose sender has been silent for this long is taken over."""
    max_attempts: int = 8
    """Tries of one delivery before it has failed."""
    rering_after_seconds: float = 15.0
    """A pending delivery that is due for this long is rung again."""
    keep_deliveries_days: int = 90
    """Deliveries older than this are pruned; 0 keeps them for ever."""
    keep_sessions_days: int = 365
    """Chat sessions older than this are pruned; 0 keeps them for ever."""
    formatter_modules: tuple[str, ...] = ()
    """Modules of the project that `@register` further formats; imported at start."""
