from enum import StrEnum


class ListIncidentsKind(StrEnum):
    APPROVAL = "approval"
    BEAT_SILENT = "beat_silent"
    BLOCKED = "blocked"
    BUDGET = "budget"
    DEAD_ENDPOINT = "dead_endpoint"
    FAILING = "failing"
    LATE = "late"
    SET_ASIDE = "set_aside"
    UNTOLD = "untold"

    def __str__(self) -> str:
        return str(self.value)
