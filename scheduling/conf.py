"""All settings of `scheduling`, with their defaults and units.

Read from the environment as `SCHEDULING_<NAME>` by `config.settings.base` and used as
`settings.SCHEDULING.<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

AGENTS_QUEUE = "agents"
HOUSE_QUEUE = "celery"


def own_queue(name: str, serve_user: str) -> str:
    """Return what those call `name`, a queue or a lease, who serve only this user, if any."""
    return f"{name}.user-{serve_user}" if serve_user else name


def is_user_id(text: str) -> bool:
    """Whether `text` can be the id of a user, as commands and settings name one."""
    return text.isascii() and text.isdecimal() and 0 < int(text[:12]) < 2**31


@dataclass(frozen=True, kw_only=True)
class SchedulingSettings:
    default_timezone: str = "Asia/Ho_Chi_Minh"
    """IANA zone of a task that names none."""

    # Beat
    beat_poll_seconds: float = 1.0
    """Longest sleep of beat: how late an edit is seen when its wake-up message is lost."""
    beat_lease_seconds: float = 10.0
    """How long a dead beat keeps the standby beats waiting."""
    dispatch_batch: int = 100
    """Due tasks that one transaction takes on before their runs are rung."""
    chunk_size: int = 25
    """Run ids in one Celery message."""
    missed_after_seconds: float = 60.0
    """A slot later than this counts as missed: the task's catch-up policy decides."""

    # Silence
    grace_seconds: int = 300
    """A slot that has not started by then is late, unless its task says otherwise."""
    monitor_url: str = field(default="", repr=False, metadata={"secret": True})
    """Pinged by the beat that fires, so that an outside monitor notices when it stops."""
    monitor_seconds: float = 60.0
    """How often."""

    # Runner
    worker_capacity: int = 600
    """Runs in flight in one worker process."""
    lease_seconds: float = 20.0
    """A run whose worker has been silent for this long is rescued."""
    heartbeat_seconds: float = 4.0
    """How often a worker renews its leases; for cancels it looks four times a second."""
    drain_seconds: float = 10.0
    """How long a stopping worker lets its runs finish before it gives them back."""
    default_deadline_seconds: int = 300
    """Deadline of a run whose task names none."""
    longest_run_seconds: int = 0
    """No run of this worker takes longer, whatever the deadline of its task; 0: as that says."""
    max_output_chars: int = 1_000_000
    """A longer output is capped, with a visible mark."""

    pulse_seconds: float = 10.0
    """How often beats and workers announce themselves; silent for three times this: not alive."""

    # Housekeeping
    rering_after_seconds: float = 15.0
    """A queued run that nobody claimed for this long is rung again."""
    keep_runs_days: int = 365
    """Finished runs older than this are pruned; 0 keeps them for ever."""

    # Agents
    agent_allowed_origins: tuple[str, ...] = ()
    """Origins (`http://127.0.0.1:4010`) that agents may call although their address is private."""
    public_url: str = ""
    """Where this installation is reached from outside (`https://backbeat.example`): the beginning
    of the addresses at which agents answer later."""
    function_modules: tuple[str, ...] = ()
    """Modules that are imported for the functions which they register with `@agent_function`."""
    allowed_functions: tuple[str, ...] = ()
    """Callables that agents may run without being registered: `module:callable`, or `module:*`."""
    allowed_commands: tuple[str, ...] = ()
    """Programs that agents may run, each an absolute path. Empty: none."""
    command_environment: tuple[str, ...] = ()
    """Names of environment variables that commands and functions get from their worker."""
    memory_chars: int = 20_000
    """Most characters that one memory holds; what is more is refused or cut, with a mark."""

    replies_per_hour: int = 60
    """Most replies that one person sends to agents in an hour; 0: nobody can reply."""
    event_runs_per_minute: int = 60
    """Most runs of one task that events begin in a minute; the others are refused."""

    # What agents may schedule by themselves
    agent_for_outside: str = ""
    """The agent that does what agents outside schedule through MCP. Empty: the only one there is."""
    agent_min_interval_seconds: int = 900
    """Least time between two slots of a schedule that an agent makes."""
    agent_max_tasks: int = 10
    """Most active tasks of one lineage."""
    agent_max_depth: int = 2
    """How deep tasks made by tasks made by agents may go: 1 is made by a task of a person."""
    agent_max_days: int = 30
    """A schedule made by an agent ends after this many days at the latest."""
    agent_daily_runs: int = 100
    """Most runs of the tasks of one lineage in a day."""
    agent_daily_tokens: int = 1_000_000
    """Most tokens of the tasks of one lineage in a day."""

    # Triggers: requests from outside that begin a run
    trigger_allowed_ips: tuple[str, ...] = ()
    """Addresses and networks (`203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`) that may trigger tasks.
    Empty: all."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of the proxies in front of the web process, whose `X-Forwarded-For` is believed."""
    trigger_rate_per_minute: int = 60
    """Most requests of one address for one task in a minute; 0: no limit."""
    trigger_secret: str = field(default="", repr=False, metadata={"secret": True})
    """Signs triggers of every task (HMAC-SHA256). Empty: only keys of single tasks sign."""
    trigger_jwt_key: str = field(default="", repr=False, metadata={"secret": True})
    """Verifies JWTs: a shared secret for HS…, a public key in PEM for RS…, PS…, ES… and EdDSA.
    Empty: JWTs are refused."""
    trigger_jwt_algorithms: tuple[str, ...] = ("HS256",)
    """Algorithms of JWTs that are believed."""
    trigger_jwt_audience: str = ""
    """The `aud` that a JWT must have. Empty: none is asked for."""
    trigger_verify_hook: str = ""
    """`module:callable` that judges who triggers: see docs/triggers.md. Empty: none."""
    trigger_sync_seconds: float = 60.0
    """Longest wait of a trigger that asks for the result."""

    idempotency_hours: int = 24
    """For so long a request that is sent again with its Idempotency-Key gets the same answer."""
    serve_user: str = ""
    """Id of the only user whose tasks this beat fires and this worker runs. Empty: everybody's."""
    completion_modules: tuple[str, ...] = ()
    """Modules that are imported by workers for what they register with `@on_task_complete`."""
