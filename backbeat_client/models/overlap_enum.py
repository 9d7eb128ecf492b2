from enum import StrEnum


class OverlapEnum(StrEnum):
    ALLOW = "allow"
    QUEUE = "queue"
    REPLACE = "replace"
    SKIP = "skip"

    def __str__(self) -> str:
        return str(self.value)
