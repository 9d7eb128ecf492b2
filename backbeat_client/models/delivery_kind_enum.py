from enum import StrEnum


class DeliveryKindEnum(StrEnum):
    ALERT = "alert"
    DIGEST = "digest"
    RESULT = "result"

    def __str__(self) -> str:
        return str(self.value)
