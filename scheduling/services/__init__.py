"""Verbs people ask for. Each owns its transaction, says who did it, and wakes beat.

Bad input raises Django's `ValidationError` by field and leaves nothing half-written; what the
state does not allow raises `Conflict`.
"""

from __future__ import annotations

from scheduling.services.agent_made import (
    adopt_task,
    still_going,
    stop_agent_made,
)
from scheduling.services.agents import (
    check_agent,
    create_agent,
    save_agent,
    update_agent,
)
from scheduling.services.approvals import approve, reject
from scheduling.services.backfills import (
    cancel_backfill,
    create_backfill,
    plan_backfill,
)
from scheduling.services.blackouts import (
    check_blackout,
    delete_blackout,
    pause_all,
    resume_all,
    save_blackout,
)
from scheduling.services.calendars import (
    check_calendar,
    delete_calendar,
    free_calendar_id,
    save_calendar,
)
from scheduling.services.comparing import compare as compare_versions
from scheduling.services.comparing import label_of, label_of_webhook
from scheduling.services.comparing import shown as shown_version
from scheduling.services.dependencies import set_parents
from scheduling.services.event_triggers import (
    changed_event_triggers,
    delete_event_trigger,
    save_event_trigger,
)
from scheduling.services.feed_keys import (
    feed_keys_of,
    find_feed_key,
    make_feed_key,
    revoke_feed_key,
)
from scheduling.services.made_keys import mark_key_used
from scheduling.services.memories import (
    memory_of,
    memory_versions,
    revert_memory,
    save_memory,
)
from scheduling.services.outside_work import OutsideWork, complete_slot, plan_next
from scheduling.services.pauses import pause_task, resume_task
from scheduling.services.replies import TooManyReplies, refusal, reply
from scheduling.services.reverting import revert_agent, revert_task
from scheduling.services.runs import cancel_cycle, cancel_run, rerun, run_now
from scheduling.services.saving import wake_beat
from scheduling.services.shared_webhooks import (
    address_book,
    delete_shared,
    save_shared,
    shared_by,
)
from scheduling.services.tasks import (
    clone_task,
    create_task,
    delete_task,
    free_id,
    save_task,
    update_task,
)
from scheduling.services.trigger_keys import (
    make_trigger_key,
    revoke_trigger_key,
    trigger_keys_of,
)
from scheduling.services.versions import (
    list_versions,
    record_task,
    versions_visible_to,
)

__all__ = [
    "OutsideWork",
    "TooManyReplies",
    "address_book",
    "adopt_task",
    "approve",
    "cancel_backfill",
    "cancel_cycle",
    "cancel_run",
    "changed_event_triggers",
    "check_agent",
    "check_blackout",
    "check_calendar",
    "clone_task",
    "compare_versions",
    "complete_slot",
    "create_agent",
    "create_backfill",
    "create_task",
    "delete_blackout",
    "delete_calendar",
    "delete_event_trigger",
    "delete_shared",
    "delete_task",
    "feed_keys_of",
    "find_feed_key",
    "free_calendar_id",
    "free_id",
    "label_of",
    "label_of_webhook",
    "list_versions",
    "make_feed_key",
    "make_trigger_key",
    "mark_key_used",
    "memory_of",
    "memory_versions",
    "pause_all",
    "pause_task",
    "plan_backfill",
    "plan_next",
    "record_task",
    "refusal",
    "reject",
    "reply",
    "rerun",
    "resume_all",
    "resume_task",
    "revert_agent",
    "revert_memory",
    "revert_task",
    "revoke_feed_key",
    "revoke_trigger_key",
    "run_now",
    "save_agent",
    "save_blackout",
    "save_calendar",
    "save_event_trigger",
    "save_memory",
    "save_shared",
    "save_task",
    "set_parents",
    "shared_by",
    "shown_version",
    "still_going",
    "stop_agent_made",
    "trigger_keys_of",
    "update_agent",
    "update_task",
    "versions_visible_to",
    "wake_beat",
]
