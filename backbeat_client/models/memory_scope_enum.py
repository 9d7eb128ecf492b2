from enum import StrEnum


class MemoryScopeEnum(StrEnum):
    AGENT = "agent"
    TASK = "task"

    def __str__(self) -> str:
        return str(self.value)
