from enum import StrEnum


class SignalStatusEnum(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    NEW = "new"
    PROCESSING = "processing"

    def __str__(self) -> str:
        return str(self.value)
