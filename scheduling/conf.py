"""All settings of `scheduling`, with their defaults and units.

Read from the environment as `SCHEDULING_<NAME>` by `config.settings.base` and used as
`settings.SCHEDULING.<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


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
