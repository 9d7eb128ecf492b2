from enum import StrEnum


class ListRunsReasonOfTheFailure(StrEnum):
    BUDGET = "budget"
    ERROR = "error"
    INVALID_OUTPUT = "invalid_output"
    LOST = "lost"
    TIMEOUT = "timeout"

    def __str__(self) -> str:
        return str(self.value)
