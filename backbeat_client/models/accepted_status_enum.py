from enum import StrEnum


class AcceptedStatusEnum(StrEnum):
    ACCEPTED = "accepted"

    def __str__(self) -> str:
        return str(self.value)
