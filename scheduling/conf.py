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
    worker_capacity: int = 400
    """Runs in flight in one worker process."""
    lease_seconds: float = 20.0
    """A run whose worker has been silent for this long is rescued."""
    heartbeat_seconds: float = 4.0
    """How often a worker renews its leases and looks for cancels."""
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
