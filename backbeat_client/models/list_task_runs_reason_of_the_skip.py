from enum import StrEnum


class ListTaskRunsReasonOfTheSkip(StrEnum):
    BLOCKED = "blocked"
    BUDGET = "budget"
    CALENDAR = "calendar"
    LIMIT = "limit"
    MISSED = "missed"
    OVERLAP = "overlap"
    PARENT = "parent"
    PAUSED = "paused"

    def __str__(self) -> str:
        return str(self.value)
