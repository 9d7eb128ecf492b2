from enum import StrEnum


class ListSignalOutputsStatus(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    NEW = "new"
    PROCESSING = "processing"

    def __str__(self) -> str:
        return str(self.value)
