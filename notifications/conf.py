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
    per_host: int = 8
    """Posts to one host that a sender process has under way at once."""
    at_once: int = 56
    """Posts that a sender process has under way at once; its other threads (of 64) keep house."""
    disable_after_hours: float = 72.0
    """A webhook where nothing has arrived for this long is switched off by its next failed try;
    0: never."""
    replay_per_second: float = 20.0
    """How fast a replayed set of deliveries becomes due."""
    rering_after_seconds: float = 15.0
    """A pending delivery that is due for this long is rung again."""
    keep_deliveries_days: int = 90
    """Deliveries older than this are pruned; 0 keeps them for ever."""
    keep_sessions_days: int = 365
    """Chat sessions older than this are pruned; 0 keeps them for ever."""
    events: bool = True
    """Whether runs, deliveries, signals and the rest are told on the event bus."""
    event_streams: int = 4
    """Server-sent event streams that one web process serves at once: each holds a thread."""
    event_stream_seconds: float = 60.0
    """A stream ends after this long, and the browser comes back for the next."""
    formatter_modules: tuple[str, ...] = ()
    """Modules of the project that `@register` further formats; imported at start."""

    apprise: bool = False
    """Whether webhooks of the format `apprise` are sent. They reach anything that this machine
    reaches: no address is judged, and only staff may make them."""
    max_recipients: int = 20
    """Addresses that one e-mail webhook may name."""

    public_url: str = field(default="", metadata={"env": "SCHEDULING_PUBLIC_URL"})
    """Where people reach this installation (`https://backbeat.example`): the beginning of links
    in what it tells. Empty: no links."""
    default_timezone: str = field(
        default="Asia/Ho_Chi_Minh", metadata={"env": "SCHEDULING_DEFAULT_TIMEZONE"}
    )
    """The installation's zone, in which messages say when something happened."""

    # Incidents
    alert_group_seconds: float = 10.0
    """Alerts that follow another one to the same channel within this time go out together,
    as one message when it is over; 0 tells each by itself."""
    remind_hours: float = 24.0
    """An open incident that nobody has acknowledged is told again each time this has passed;
    0: never."""
    keep_incidents_days: int = 365
    """Resolved incidents that opened longer ago than this are pruned; 0 keeps them for ever."""
