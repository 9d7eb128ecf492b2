from enum import StrEnum


class BasisEnum(StrEnum):
    AGENT = "agent"
    PRICES = "prices"
    TASK = "task"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
