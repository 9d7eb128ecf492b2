from enum import StrEnum


class LineKindEnum(StrEnum):
    ADDED = "added"
    GAP = "gap"
    REMOVED = "removed"
    SAME = "same"

    def __str__(self) -> str:
        return str(self.value)
