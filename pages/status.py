"""How each state looks: an icon of Material Symbols and a tone of `admin.css`."""

from __future__ import annotations

UNKNOWN = ("help", "quiet")

APPEARANCES: dict[str, tuple[str, str]] = {
    # Tasks
    "active": ("play_circle", "good"),
    "paused": ("pause_circle", "warn"),
    "late": ("alarm", "bad"),
    "finished": ("task_alt", "quiet"),
    "set_aside": ("report", "bad"),
    "blocked": ("report", "bad"),
    # Runs
    "queued": ("schedule", "quiet"),
    "running": ("sync", "busy"),
    "succeeded": ("check_circle", "good"),
    "failed": ("error", "bad"),
    "cancelled": ("block", "quiet"),
    "skipped": ("skip_next", "warn"),
    # Outputs that a person approves
    "waiting": ("rate_review", "busy"),
    "approved": ("check_circle", "good"),
    "rejected": ("block", "bad"),
    # Incidents
    "open": ("crisis_alert", "bad"),
    "acknowledged": ("visibility", "warn"),
    "resolved": ("check_circle", "good"),
    # Deliveries
    "pending": ("schedule", "quiet"),
    "sending": ("send", "busy"),
    "delivered": ("check_circle", "good"),
    "unknown": ("help", "warn"),
    # Signal outputs
    "new": ("fiber_new", "busy"),
    "processing": ("sync", "busy"),
    "completed": ("check_circle", "good"),
    # Processes
    "alive": ("check_circle", "good"),
    "silent": ("error", "bad"),
}
