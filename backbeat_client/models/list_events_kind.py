from enum import StrEnum


class ListEventsKind(StrEnum):
    APPROVAL = "approval"
    BEAT_BACK = "beat_back"
    BEAT_SILENT = "beat_silent"
    BLACKOUT = "blackout"
    BLOCKED = "blocked"
    BUDGET = "budget"
    EXPIRED = "expired"
    LATE = "late"
    LIFTED = "lifted"
    LOOP = "loop"
    MISSED = "missed"
    ON_TIME = "on_time"
    OVERDUE = "overdue"
    PAUSED = "paused"
    REFUSED = "refused"
    RESUMED = "resumed"
    SET_ASIDE = "set_aside"
    UNBLOCKED = "unblocked"

    def __str__(self) -> str:
        return str(self.value)
