from enum import StrEnum


class ListDeliveriesKind(StrEnum):
    ALERT = "alert"
    DIGEST = "digest"
    RESULT = "result"

    def __str__(self) -> str:
        return str(self.value)
